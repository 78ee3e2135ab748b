"""docs/guides/mobile-upload.md: the requests of phone and server."""

import hashlib
import re
import subprocess
from pathlib import Path

from core.storage import PART_BYTES
from tests.clients.conftest import Service
from tests.support.pipeline_harness import write_song

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "mobile-upload.md").read_text()


def test_lost_parts_are_sent_again_and_downloads_resume(service: Service, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 32.0)
    assert song.stat().st_size > PART_BYTES
    (script,) = re.findall(r"^```sh phone\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["sh", "-eu"], input=script, cwd=tmp_path, env=service.environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{service.pipeline.tail()}"
    (job,) = service.api.client.get("/v1/jobs", params={"limit": 1}).json()["jobs"]
    assert job["source"]["sha256"] == hashlib.sha256(song.read_bytes()).hexdigest()
    vocals = next(output for output in job["outputs"] if output["stem"] == "vocals")
    assert hashlib.sha256((tmp_path / "vocals.flac").read_bytes()).hexdigest() == vocals["sha256"]
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines == ["sending part 1 again", "True", "succeeded", f"content-length: {vocals['bytes']}", "206", "True"]
