"""docs/guides with a real service with workers: a receiver of webhooks, a folder of songs. (Generated clients:
tests/clients.)"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from core.access.keys import Keys
from core.settings import Settings
from tests.conftest import free_port, listening
from tests.support.api_harness import Api, serving
from tests.support.pipeline_harness import Pipeline, running, write_song
from tests.support.waiting import until

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"


def blocks(guide: str) -> dict[str, str]:
    """The named blocks of a guide."""
    text = (GUIDES / f"{guide}.md").read_text()
    return dict(re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@dataclass(frozen=True)
class Place:
    """A service that requires a key and may connect to `port` of this machine; a reader's folder and variables."""

    api: Api
    pipeline: Pipeline
    port: int
    folder: Path
    environment: dict[str, str]

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{script}"], cwd=self.folder, env={**self.environment, **more},
            capture_output=True, text=True, timeout=240,
        )  # fmt: skip

    def run_script(self, script: str, **more: str) -> str:
        done = self.run(script, **more)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.pipeline.tail()}"
        return done.stdout

    def get(self, path: str) -> Any:
        return self.api.client.get(path).json()


@pytest.fixture(scope="module")
def place(
    redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp("reader"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        variables = {
            **s3_settings,
            "REDIS_URL": redis_server.url,
            "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
            "VOICELIFT_WORK_DIR": str(tmp_path_factory.mktemp("work")),
            "VOICELIFT_FETCH_PORTS": str(port),
            "VOICELIFT_FETCH_ALLOW": "127.0.0.1",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        service_environment = {
            **s3_settings,
            "REDIS_URL": redis_server.url,
            "model_dir": str(tiny_model_dir),
            "auth": "on",
        }
        service_environment |= {"fetch_ports": str(port), "fetch_allow": "127.0.0.1"}
        logs = tmp_path_factory.mktemp("logs") / "logs"
        with running({**os.environ}, Settings(), logs) as pipeline, serving(service_environment) as api:
            pipeline.store.client.flushdb()
            pipeline.start("courier", ("-m", "worker.courier"))
            _, key = Keys(pipeline.store.client).create("reader", "default")
            api.client.headers["Authorization"] = f"Bearer {key}"
            until(lambda: api.client.get("/readyz").json()["status"] == "ready", timeout_s=120)
            reader = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"}
            reader |= {"VOICELIFT": api.url, "KEY": key, "QUALITY": "draft", "LC_ALL": "C.UTF-8"}
            reader |= {"HOOK": f"http://127.0.0.1:{port}/hooks/voicelift", "PORT": str(port)}
            yield Place(api, pipeline, port, folder, reader)


# ----------------------------------------------------------------- webhooks

GUIDE = blocks("webhooks")


@contextlib.contextmanager
def receiver(place: Place) -> Iterator[None]:
    """The receiver of the guide, started as documented."""
    process = subprocess.Popen(["bash", "-c", GUIDE["start"]], cwd=place.folder, env=place.environment)
    try:
        until(lambda: listening(place.port), "the receiver listens", 60)
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_receiver_gets_each_event_once_even_after_an_outage(place: Place) -> None:
    (place.folder / "receiver.py").write_text(GUIDE["receiver.py"])
    write_song(place.folder / "song.flac", 3.0)
    stems = place.folder / "stems"

    def saved(job_id: str) -> bool:
        return {path.name for path in (stems / job_id).glob("*")} == {"vocals.flac", "instrumental.flac"}

    unreachable = place.run_script(GUIDE["test"])
    assert '"outcome":"failed"' in unreachable, "nothing listens yet"
    with receiver(place):
        assert '"outcome":"delivered"' in place.run_script(GUIDE["test"])
        place.run_script(GUIDE["job"], ORDER="first")
        (first,) = place.get("/v1/jobs")["jobs"]
        until(lambda: saved(first["id"]), lambda: f"the stems are saved\n{place.pipeline.tail()}", 120)
        forged = httpx.post(place.environment["HOOK"], json={"type": "job.succeeded", "data": first})
        assert forged.status_code == 400
        check_repeated(place, first["id"], stems)

    place.run_script(GUIDE["job"], ORDER="second")
    second = place.get("/v1/jobs")["jobs"][0]
    deliveries = f"{second['url']}/deliveries"
    until(lambda: place.get(deliveries)["deliveries"], "an attempt has failed", 120)
    with receiver(place):
        place.run(GUIDE["redeliver"], JOB=second["id"])  # unless the next attempt was quicker
        until(lambda: saved(second["id"]), lambda: f"the stems are saved\n{place.pipeline.tail()}", 60)
    outcomes = [attempt["outcome"] for attempt in place.get(deliveries)["deliveries"]]
    assert (outcomes[0], outcomes[-1]) == ("failed", "delivered")
    assert outcomes.count("delivered") == 1


def check_repeated(place: Place, job_id: str, stems: Path) -> None:
    """A repeated message has no effect."""
    message = f"msg_{job_id.removeprefix('job_')}"
    body = httpx.Response(200, json={"type": "job.succeeded", "data": place.get(f"/v1/jobs/{job_id}")}).content
    now = datetime.now(UTC)
    signature = Webhook(place.get("/v1/webhooks/secret")["secret"]).sign(message, now, body.decode())
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    before = {path: path.stat().st_mtime_ns for path in (stems / job_id).glob("*")}
    assert httpx.post(place.environment["HOOK"], content=body, headers=headers).status_code == 204
    assert {path: path.stat().st_mtime_ns for path in (stems / job_id).glob("*")} == before


# --------------------------------------------------------------------- bulk


def deadly_curl(folder: Path) -> Path:
    """A folder with a curl that kills the script at its third call."""
    path = folder / "bin" / "curl"
    path.parent.mkdir()
    calls = "echo >> calls; [ $(wc -l < calls) -lt 3 ] || kill -KILL 0"
    path.write_text(f'#!/bin/bash\n{calls}\nexec {shutil.which("curl")} "$@"\n')
    path.chmod(0o755)
    return path.parent


def test_a_folder_is_separated_and_resumed(place: Place) -> None:
    guide, folder, stems = blocks("bulk"), place.folder / "songs", place.folder / "stems"
    shutil.rmtree(stems, ignore_errors=True)
    (place.folder / "bulk.sh").write_text(guide["bulk.sh"])
    names = ["a song.wav", 'b/it\'s, "quoted".wav', "b/ünï.wav", "c.wav"]
    for index, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_song(path, 1.0 + 0.1 * index)
    journal = stems / "autumn-2026.jobs"

    def noted() -> list[str]:
        return journal.read_text().splitlines() if journal.exists() else []

    stopped = subprocess.run(
        ["bash", "-c", guide["run"]],
        cwd=place.folder,
        env={**place.environment, "PATH": f"{deadly_curl(place.folder)}:{place.environment['PATH']}"},
        start_new_session=True,
    )
    assert (stopped.returncode, len(noted())) == (-signal.SIGKILL, 2)
    journal.write_text("\n".join(noted()[:-1]) + "\n")  # like an interruption before the last line was written
    refused = folder / "no song.wav"
    refused.write_text("%PDF-1.7")

    second = place.run(guide["run"])
    assert second.returncode == 1, "one file was refused"
    assert f"songs/{refused.name}: " in second.stderr
    assert "unsupported_media" in second.stderr
    batch = place.get("/v1/batches/autumn-2026")
    assert (batch["jobs"], batch["states"]["succeeded"], batch["finished"]) == (len(names), len(names), True)
    refused.unlink()
    for name in names:
        with zipfile.ZipFile(stems / f"{name}.zip") as packed:
            assert packed.testzip() is None
            assert len(packed.namelist()) == 2
    assert list(stems.rglob("*.part")) == []

    third = place.run(guide["run"])
    assert (third.returncode, third.stdout) == (0, ""), "everything exists already"
    assert place.get("/v1/batches/autumn-2026")["jobs"] == len(names)


def test_the_client_separates_each_song_of_a_folder_once(place: Place) -> None:
    songs = place.folder / "songs"
    for name in ("d.wav", "e/f.wav"):
        (songs / name).parent.mkdir(parents=True, exist_ok=True)
        write_song(songs / name, 1.0)
    there = sorted(path.relative_to(songs).with_suffix("").as_posix() for path in songs.rglob("*.wav"))
    source = Path(__file__).resolve().parents[2] / "clients" / "python" / "src"
    script = f'voicelift-client() {{ python -m voicelift_client "$@"; }}\n{blocks("bulk")["client"]}'
    output = place.run_script(script, PYTHONPATH=str(source))
    assert len(output.splitlines()) == 2 * len(there)
    stems = sorted(
        path.relative_to(place.folder / "lifted").as_posix() for path in place.folder.glob("lifted/**/*.flac")
    )
    assert stems == sorted(f"{name} ({stem}).flac" for name in there for stem in ("vocals", "instrumental"))
    assert place.get("/v1/batches/summer-2026")["states"]["succeeded"] == len(there)
    assert place.run_script(script, PYTHONPATH=str(source)) == ""
    assert place.get("/v1/batches/summer-2026")["jobs"] == len(there)
