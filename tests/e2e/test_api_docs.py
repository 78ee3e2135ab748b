"""docs/api.md: every shell line in one shell, and the Python, with a real service with workers that requires a key;
and a webhook, verified as documented. (Its JavaScript runs in tests/page.)"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.access.keys import Keys
from core.settings import Settings
from tests.support import web
from tests.support.api_harness import Api, serving
from tests.support.pipeline_harness import Pipeline, running, write_song
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"^```(\w+)( \w+)?\n(.*?)^```$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE | re.DOTALL)


def blocks(language: str, name: str = "") -> list[str]:
    return [text for kind, called, text in BLOCKS if (kind, called.strip()) == (language, name)]


@dataclass(frozen=True)
class Place:
    api: Api
    pipeline: Pipeline
    site: web.Site
    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, text: str) -> str:
        done = subprocess.run(
            command, input=text, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.pipeline.tail()}"
        return done.stdout


@pytest.fixture(scope="module")
def place(
    redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A reader's folder, with the demo song in it, and a service that requires a key."""
    folder = tmp_path_factory.mktemp("reader")
    song = folder / "deploy" / "local" / "demo_song"
    song.mkdir(parents=True)
    write_song(song / "demo_song.flac", 3.0)  # the content matters, not the name
    with web.serving() as site, pytest.MonkeyPatch.context() as patch:
        site.routes["/hook"] = lambda handler: handler.reply(204)
        variables = {
            **s3_settings,
            "REDIS_URL": redis_server.url,
            "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
            "VOICELIFT_WORK_DIR": str(tmp_path_factory.mktemp("work")),
            "VOICELIFT_FETCH_PORTS": str(site.port),
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
        service_environment |= {"fetch_ports": str(site.port), "fetch_allow": "127.0.0.1"}
        logs = tmp_path_factory.mktemp("logs") / "logs"
        with running({**os.environ}, Settings(), logs) as pipeline, serving(service_environment) as api:
            pipeline.store.client.flushdb()
            pipeline.start("courier", ("-m", "worker.courier"))
            _, key = Keys(pipeline.store.client).create("reader", "default")
            until(lambda: api.client.get("/readyz").json()["status"] == "ready", timeout_s=120)
            reader = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"}
            _, operator = Keys(pipeline.store.client).create("operator", operator=True)
            reader |= {
                "VOICELIFT": api.url,
                "KEY": key,
                "OPERATOR": operator,
                "HOOK": f"http://127.0.0.1:{site.port}/hook",
            }
            yield Place(api, pipeline, site, folder, reader)


def test_every_shell_line_runs_in_order(place: Place) -> None:
    script = "set -euo pipefail\n" + "\n".join(blocks("sh"))
    output = place.run("bash", text=script)
    job = json.loads((place.folder / "job.json").read_text())
    assert (job["state"], job["metadata"], job["progress"]["fraction"]) == ("succeeded", {"user": "8231"}, 1.0)
    assert (place.folder / "vocals.mp3").stat().st_size == job["outputs"][0]["bytes"]
    assert (place.folder / "start").stat().st_size == 100
    assert "#EXT-X-ENDLIST" in (place.folder / "playlist.m3u8").read_text()
    for event in ("state", "piece", "chunk_done"):
        assert f"event: {event}\n" in output
    assert f"\n{job['id']}\n" in output
    assert "\nuser-8231\nuser 8231\n" in output, "a key was created and used"
    assert json.loads((place.folder / "problem.json").read_text())["status"] == 415
    secret = (place.folder / "secret").read_text().strip()
    assert json.loads((place.folder / "tested.json").read_text())["outcome"] == "delivered"
    until(lambda: len(place.site.received) > 1, timeout_s=120)
    messages = {json.loads(message.body)["type"]: message for message in place.site.received[:2]}
    assert set(messages) == {"webhook.test", "job.succeeded"}
    (verify,) = blocks("python", "verify")
    namespace: dict[str, Any] = {}
    exec(verify, namespace)
    for message in messages.values():
        namespace["verify"](secret, message.headers, message.body)
    ended = messages["job.succeeded"]
    with pytest.raises(ValueError, match="not signed"):
        namespace["verify"](secret, ended.headers, ended.body + b" ")


def test_the_python_runs(place: Place) -> None:
    if not (place.folder / "song.flac").exists():
        shutil.copy(place.folder / "deploy/local/demo_song/demo_song.flac", place.folder / "song.flac")
    (script,) = blocks("python")
    output = place.run(sys.executable, "-", text=script)
    assert output.endswith("100% succeeded\n")
    assert (place.folder / "vocals.flac").read_bytes().startswith(b"fLaC")
