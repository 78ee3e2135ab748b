"""`python -m lab.operations.generated_clients`: time from nothing to a first stem, with curl and with generated
clients.

Follows docs/guides/generated-clients.md, each way in an empty folder, with the service of the variables VOICELIFT and
KEY (default: `make serve`), and prints a table in Markdown. Needs Python, Node and their package indexes. The service
separates the song once, for curl; the other ways get a copy, so their time is the client's.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from lab.tables import print_table

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "generated-clients.md"
SONG = ROOT / "deploy" / "local" / "demo_song" / "demo_song.flac"
WAYS = {
    "curl": ("curl", ""),
    "openapi-python-client": ("python", "config.yaml first_stem.py"),
    "openapi-typescript, openapi-fetch": ("typescript", "tsconfig.json generate.mjs first_stem.ts"),
    "@hey-api/openapi-ts": ("hey", "tsconfig.json openapi-ts.config.js hey.ts"),
}


def blocks() -> dict[str, str]:
    """The named blocks of the guide."""
    return dict(re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL))


def lines(name: str, files: str, known: dict[str, str]) -> int:
    """The text to write: commands and files, without empty lines."""
    texts = [known.get(f"{name}-install", ""), known[name], *(known[file] for file in files.split())]
    return sum(1 for text in texts for line in text.splitlines() if line.strip())


def walk(name: str, files: str, known: dict[str, str]) -> tuple[float, float]:
    """Seconds to install, and from there to the stem."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copy(SONG, place / "song.flac")
        venv.create(place / "venv", with_pip=True)
        for file in files.split():
            (place / file).write_text(known[file])
        path = f"{place}/venv/bin:{place}/node_modules/.bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
        service = {"VOICELIFT": "http://127.0.0.1:8000", "KEY": "none"}
        environment = {**service, **os.environ, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        seconds = []
        for text in (known.get(f"{name}-install", ""), known[name]):
            started = time.monotonic()
            subprocess.run(
                ["sh", "-eu"], input=text, text=True, cwd=place, env=environment, check=True, stdout=sys.stderr
            )
            seconds.append(time.monotonic() - started)
        assert (place / "vocals.flac").stat().st_size > 0
    return seconds[0], seconds[1]


def main() -> None:
    known = blocks()
    rows = []
    for title, (name, files) in WAYS.items():
        install_s, rest_s = walk(name, files, known)
        rows.append(
            {
                "": title,
                "lines to write": str(lines(name, files, known)),
                "install": f"{install_s:.0f} s",
                "generate, check, separate, fetch": f"{rest_s:.0f} s",
                "in all": f"{(install_s + rest_s) / 60:.1f} min",
            }
        )
    print_table(rows)


if __name__ == "__main__":
    main()
