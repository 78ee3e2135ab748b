"""A stack under a small load of every kind, scraped by a real Prometheus."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from deploy.local import client, plan
from deploy.local.stack import Stack
from lab.operations.rehearsal.prometheus import Prometheus, watching
from tests.support.media import tones, write_media
from tests.support.waiting import until
from tests.support.web import serving

ROOT = Path(__file__).resolve().parents[2]
RATE = 44100


@dataclass
class Watched:
    """`jobs` are the songs sent, in their final state, with the request ids edge-0, edge-1, ...; `accepted` is the
    number of accepted recordings, broken ones included."""

    stack: Stack
    http: httpx.Client
    prometheus: Prometheus
    log: Path
    jobs: list[dict[str, Any]] = field(default_factory=list)
    accepted: int = 0

    def logged(self) -> list[dict[str, Any]]:
        """The log lines of the stack's processes, without honcho's time and name."""
        lines = (line.partition(" | ")[2] for line in self.log.read_text().splitlines())
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def watched_stack(model_dir: Path, folder: Path) -> Iterator[Watched]:
    """The stack with the model of `model_dir`, its files in `folder`, after the load has been scraped."""
    with serving() as hook:
        hook.fallback = lambda handler: handler.reply(204)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VOICELIFT_")},
            "VOICELIFT_MODEL_DIR": str(model_dir),
            "VOICELIFT_LOG_FORMAT": "json",
            "VOICELIFT_FETCH_ALLOW": "127.0.0.1/32",
            "VOICELIFT_FETCH_PORTS": str(hook.port),
        }
        with (
            Stack(plan.make(folder / "data", environment), log=folder / "log") as stack,
            watching(stack.plan.metrics, folder / "prometheus") as prometheus,
        ):
            stack.start()
            with httpx.Client(base_url=stack.plan.url, timeout=60, trust_env=False) as http:
                watched = Watched(stack, http, prometheus, folder / "log")
                _load(watched, folder, f"http://127.0.0.1:{hook.port}/told")
                yield watched


def _load(watched: Watched, folder: Path, hook: str) -> None:
    """A song of two chunks, the same again without and with the cache, a broken one, and refused requests."""
    song = write_media(folder / "song.flac", "flac", tones(RATE, 15 * RATE), RATE)
    half = folder / "half.flac"
    half.write_bytes(song.read_bytes()[:600])
    # As in a service before its first song: all series are scraped at zero.
    until(partial(_is_true, watched, "sum(voicelift_jobs_ended_total) == 0"), "jobs are counted from zero on", 90)
    for number, cache in enumerate(("false", "false", "true")):
        with song.open("rb") as file:
            posted = watched.http.post(
                "/v1/jobs",
                files={"file": ("song.flac", file)},
                data={"quality": "draft", "cache": cache, "webhook_url": hook},
                headers={"X-Request-ID": f"edge-{number}"},
            ).raise_for_status()
        watched.jobs.append(_ended(watched, posted.json()))
        broken = watched.http.post("/v1/jobs", files={"file": ("half.flac", half.read_bytes())})
        watched.accepted += 1 + (broken.status_code == 202)
        watched.http.post("/v1/jobs", files={"file": ("letter.txt", b"no song")})
    ended = f"sum(voicelift_jobs_ended_total) == {watched.accepted}"
    delivered = f"sum(voicelift_webhook_duration_seconds_count) >= {len(watched.jobs)}"
    until(partial(_is_true, watched, f"{ended} and {delivered}"), "the ended jobs are scraped", 90)
    assert [job["state"] for job in watched.jobs] == ["succeeded"] * 3


def _is_true(watched: Watched, query: str) -> bool:
    return bool(watched.prometheus.query(query))


def _ended(watched: Watched, job: dict[str, Any]) -> dict[str, Any]:
    for update in client.follow(watched.http, job, watched.stack.check):
        job = update
    return job
