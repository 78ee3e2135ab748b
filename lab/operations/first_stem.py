"""From nothing to a first stem with the packages of clients/: download sizes, lines of code and seconds.

python -m lab.operations.first_stem

Builds each package, installs it with its dependencies into an empty environment, and runs the quick start of its README
against a fresh service, with the demo song. Needs Python and Node with their package indexes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import httpx

from deploy.local import plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import Stack, interruptible
from lab.tables import print_table

CLIENTS = Path(__file__).resolve().parents[2] / "clients"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    folder = Path(tempfile.mkdtemp(prefix="voicelift-first-stem-"))
    try:
        (folder / "data").mkdir()
        with interruptible(), Stack(plan.make(folder / "data", os.environ), log=folder / "log") as stack:
            stack.start()
            httpx.get(f"{stack.plan.url}/readyz", timeout=60, trust_env=False).raise_for_status()
            print_table([python(folder / "python", stack.plan.url), typescript(folder / "typescript", stack.plan.url)])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python(folder: Path, url: str) -> dict[str, str]:
    project = _copy("python", folder)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(project)], check=True)
    (wheel,) = folder.glob("*.whl")
    interpreter = folder / "environment" / "bin" / "python"
    started = time.monotonic()
    venv.create(folder / "environment", with_pip=False)
    subprocess.run([*pip, "--python", str(interpreter), "install", "--quiet", str(wheel)], check=True)
    installed_s = time.monotonic() - started
    (packages,) = (folder / "environment").glob("lib/python*/site-packages")
    start = _quick_start(project, "python")
    seconds = _run([str(interpreter), "-c", start], folder, {"VOICELIFT_URL": url})
    return _row("voicelift-client", wheel, packages, installed_s, start, seconds, folder)


def typescript(folder: Path, url: str) -> dict[str, str]:
    project = _copy("typescript", folder)
    subprocess.run(["npm", "ci", "--silent"], cwd=project, check=True)
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(folder)], cwd=project, check=True)
    (package,) = folder.glob("*.tgz")
    started = time.monotonic()
    subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), str(package)], check=True)
    installed_s = time.monotonic() - started
    start = _quick_start(project, "ts").replace("https://voicelift.example", url)
    (folder / "first_stem.mjs").write_text(start)  # valid JavaScript: it contains no type annotations
    seconds = _run(["node", "first_stem.mjs"], folder, {})
    return _row("@voicelift/client", package, folder / "node_modules", installed_s, start, seconds, folder)


def _copy(client: str, folder: Path) -> Path:
    """The package's sources, with the demo song next to them."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "node_modules", "dist")
    project = shutil.copytree(CLIENTS / client, folder / "project", ignore=ignored)
    shutil.copy(DEMO_SONG, folder / "song.mp3")
    return project


def _quick_start(project: Path, language: str) -> str:
    start = re.search(rf"^```{language}\n(.*?)^```$", (project / "README.md").read_text(), re.M | re.S)
    assert start is not None, f"{project.name} has no quick start"
    return start[1]


def _run(command: list[str], folder: Path, variables: dict[str, str]) -> float:
    started = time.monotonic()
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **variables}
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return time.monotonic() - started


def _row(
    client: str, package: Path, installed: Path, installed_s: float, start: str, seconds: float, folder: Path
) -> dict[str, str]:
    return {
        "client": client,
        "package": f"{package.stat().st_size / 1000:.0f} kB",
        "with dependencies, unpacked": f"{_bytes(installed) / 1e6:.1f} MB",
        "install": f"{installed_s:.0f} s",
        "lines": str(sum(1 for line in start.splitlines() if line.strip())),
        "to vocals.flac": f"{seconds:.0f} s",
        "bytes": str((folder / "vocals.flac").stat().st_size),
    }


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
