"""Generated clients: they type-check, send a real song and download its vocals.

The programs are those of docs/guides/generated-clients.md.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.audio.decode import open_audio
from tests.clients.conftest import Service
from tests.support import node

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "docs" / "openapi.json"
SONG = ROOT / "deploy" / "local" / "demo_song" / "demo_song.flac"
GUIDE = (ROOT / "docs" / "guides" / "generated-clients.md").read_text()
BLOCKS = dict(re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
# client.py of openapi-python-client, the same for every contract, is less strict than its other output.
MYPY = "[mypy]\nstrict = True\n[mypy-voicelift_api.client]\nignore_errors = True\n"


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("curl", ""),
        ("python", "config.yaml first_stem.py"),
        ("typescript", "tsconfig.json generate.mjs first_stem.ts"),
        ("hey", "tsconfig.json openapi-ts.config.js hey.ts"),
    ],
)
def test_a_generated_client_separates_a_song(
    name: str, files: str, service: Service, node_modules: Path, tmp_path: Path
) -> None:
    shutil.copy(SONG, tmp_path / "song.flac")
    for file in files.split():
        (tmp_path / file).write_text(BLOCKS[file])
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    before = {job["id"] for job in service.api.client.get("/v1/jobs").json()["jobs"]}
    done = subprocess.run(
        ["sh", "-eu"], input=BLOCKS[name], cwd=tmp_path, env=service.environment, capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{service.pipeline.tail()}"
    (job,) = (job for job in service.api.client.get("/v1/jobs").json()["jobs"] if job["id"] not in before)
    assert (job["state"], job["options"]["quality"], job["source"]["filename"]) == ("succeeded", "draft", "song.flac")
    vocals = tmp_path / "vocals.flac"
    (output,) = (output for output in job["outputs"] if output["stem"] == "vocals")
    assert hashlib.sha256(vocals.read_bytes()).hexdigest() == output["sha256"]
    with open_audio(vocals) as stem, open_audio(SONG) as song:
        assert stem.info.duration_s == song.info.duration_s
    if name == "python":
        (tmp_path / "mypy.ini").write_text(MYPY)
        checked = subprocess.run(
            [sys.executable, "-m", "mypy", "first_stem.py", "voicelift_api"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout
        assert "WARNING" not in done.stdout + done.stderr, "the generator skips something"


def lint(node_modules: Path, *command: str | Path) -> Any:
    """The report of a linter on the contract."""
    environment = {"PATH": node.PROGRAMS, "HOME": str(node_modules), "REDOCLY_TELEMETRY": "off"}
    done = subprocess.run(
        [node_modules / ".bin" / command[0], "lint", CONTRACT, *command[1:], "--format", "json"],
        cwd=node.FOLDER, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_redocly_finds_nothing(node_modules: Path) -> None:
    report = lint(node_modules, "redocly", "--config", "redocly.yaml")
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, json.dumps(report["problems"], indent=1)


def test_spectral_finds_nothing(node_modules: Path) -> None:
    assert lint(node_modules, "spectral", "--quiet", "--ruleset", "spectral.yaml") == []
