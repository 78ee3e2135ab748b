"""A worker's /livez and /readyz: a full disk, a lost Redis and a lost S3 are distinguished."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from core.errors import StorageUnavailable
from tests.support.waiting import until
from worker import health
from worker.health import Health, Pulse
from worker.metrics import serve


class Dependencies:
    """The failing checks: by name, with a message."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}
        self.frozen = threading.Event()
        self.frozen.set()

    def redis(self) -> str | None:
        return self.wrong.get("redis")

    def storage(self) -> str | None:
        self.frozen.wait()
        if "storage" in self.wrong:
            raise StorageUnavailable(self.wrong["storage"])
        return None


@pytest.fixture
def dependencies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dependencies]:
    monkeypatch.setattr(health, "EVERY_S", 0.02)
    dependencies = Dependencies()
    yield dependencies
    dependencies.frozen.set()


def ask(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_each_failure_is_named(dependencies: Dependencies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STALE_S", 0.5)
    least = [0]
    ready = {
        "redis": dependencies.redis,
        "storage": dependencies.storage,
        "disk": lambda: health.disk(tmp_path, least[0])(),
    }
    server, thread = serve(CollectorRegistry(), "127.0.0.1", 0, Health({"loop": lambda: None}, ready))
    url = f"http://127.0.0.1:{server.server_port}"

    def failing() -> dict[str, str]:
        status, body = ask(f"{url}/readyz")
        failures = {name: check["detail"] for name, check in body["checks"].items() if not check["ok"]}
        assert (status == 503) == bool(failures)
        return failures

    try:
        until(lambda: failing() == {}, "all checks pass")
        dependencies.wrong["redis"] = "refused"
        until(lambda: failing() == {"redis": "refused"}, "Redis is unavailable")
        dependencies.wrong = {"storage": "S3 is away"}
        until(lambda: failing() == {"storage": "S3 is away"}, "S3 is unavailable")
        dependencies.wrong = {}
        dependencies.frozen.clear()
        until(lambda: "no response for" in failing().get("storage", ""), "S3 does not respond")
        dependencies.frozen.set()
        until(lambda: failing() == {}, "all checks pass again")
        least[0] = 1 << 60
        until(lambda: "MiB are free" in failing().get("disk", ""), "the disk is full")
        assert ask(f"{url}/livez")[0] == 200, "a restart would not help"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_stalled_loop_is_dead() -> None:
    pulse = Pulse("a round", 0.0)
    until(lambda: "a round has not run" in (pulse.check() or ""), "the loop is stalled")
    pulse = Pulse("a round", 100.0)
    assert Health({"loop": pulse.check}, {}).livez() == {"loop": None}
