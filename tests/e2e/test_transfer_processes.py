"""Listeners and couriers as separate processes, and their shutdown."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from standardwebhooks import Webhook

from tests.support import web
from tests.support.api_harness import WAV, Api, free_address, responds
from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def started(environment: dict[str, str], *command: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    variables = {name: value for name, value in environment.items() if name.isupper()}
    variables["VOICELIFT_MODEL_DIR"] = environment["model_dir"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **variables, **more}, cwd=REPOSITORY
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_listener_does_not_delay_the_shutdown_of_the_api(environment: dict[str, str], api: Api) -> None:
    address = free_address()
    port = address.split(":")[1]
    with (
        started(environment, "api", VOICELIFT_PORT=port) as process,
        httpx.Client(base_url=f"http://{address}", timeout=60) as client,
    ):
        until(lambda: responds(client) or process.poll() is not None, "the API responds", 60)
        assert process.poll() is None, "the API did not start"
        job = client.post("/v1/jobs", files={"file": ("song.wav", WAV)}).json()
        with client.stream("GET", job["events_url"]) as response:
            lines = response.iter_lines()
            assert any(line.startswith("event:") for line in lines)
            process.send_signal(signal.SIGTERM)
            assert not any(line.startswith("event:") for line in lines), "the stream ends, and the client reconnects"
        assert process.wait(20) in (0, -signal.SIGTERM)


def test_a_courier_delivers_and_stops_on_sigterm(environment: dict[str, str], api: Api) -> None:
    with web.serving() as site:
        site.routes["/hook"] = lambda handler: handler.reply(204)
        allowed = {"VOICELIFT_FETCH_PORTS": str(site.port), "VOICELIFT_FETCH_ALLOW": "127.0.0.0/8"}
        job_id = api.job()["id"]
        api.store.client.hset(f"vl:job:{job_id}", "webhook_url", f"http://127.0.0.1:{site.port}/hook")
        api.store.records.request_cancel(job_id)
        secret = api.client.get("/v1/webhooks/secret").json()["secret"]
        with started(environment, "worker.courier", **allowed) as process:
            until(lambda: bool(site.received), timeout_s=30)
            assert Webhook(secret).verify(site.received[0].body, site.received[0].headers)["data"]["id"] == job_id
            until(lambda: bool(api.services.webhooks.attempts(job_id)))
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert len(site.received) == 1
