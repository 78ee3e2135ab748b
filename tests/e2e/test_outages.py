"""S3 and Redis become unavailable during tasks and return: no job fails, no attempt is counted, nothing is computed
twice, and the files are the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.jobs.dead import DeadLetters
from core.jobs.job import State
from core.jobs.options import JobOptions
from core.separation.engine import Engine
from core.settings import Settings
from core.storage import from_settings
from deploy.local import s3
from deploy.local.plan import LOOPBACK, free_ports, is_free, redis_server, s3_ports
from tests.support.pipeline_harness import Pipeline, running, undisturbed, write_song
from tests.support.waiting import until

STEPS = 40  # enough for the outage to begin in the middle of a chunk
LEASE_S = 4.0
AWAY_S = 2.5 * LEASE_S
WEED = str(Path(sys.executable).parent / "weed")


@dataclass
class Backend:
    """A server that can be killed, frozen and started again with its data."""

    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


@dataclass
class Place:
    pipeline: Pipeline
    redis: Backend
    s3: Backend

    def work(self, song: Path) -> list[str]:
        """Jobs, one of them with a chunk in computation."""
        jobs = [self.pipeline.submit(song, steps=STEPS) for _ in range(3)]
        self.pipeline.wait(jobs[0], 200, lambda _: self.pipeline.store.backlog.stats().in_flight > 0)
        return jobs

    def check(self, jobs: list[str], expected: dict[str, bytes]) -> None:
        for job_id in jobs:
            job = self.pipeline.wait(job_id, 200)
            assert job.state is State.succeeded, f"{job.error}\n{self.pipeline.tail()}"
            assert self.pipeline.outputs(job) == expected
            assert job.chunks_done == job.chunks_total
            client = self.pipeline.store.client
            assert client.lrange(f"vl:job:{job_id}:tries", 0, -1) == [], "no attempt counts"
        assert DeadLetters(self.pipeline.store.client).count() == 0
        for name, process in self.pipeline.processes.items():
            assert process.poll() is None, f"{name} has ended\n{self.pipeline.tail()}"


@pytest.fixture(scope="module")
def place(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("outages")
    (folder / "redis").mkdir()
    (folder / "s3").mkdir()
    (folder / "work").mkdir()
    redis_port, ports = free_ports(1)[0], s3_ports()
    command = [redis_server(os.environ.get("PATH")), "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--dir", str(folder / "redis"), "--appendonly", "yes", "--appendfsync", "always"]
    own_redis = Backend(command, folder / "redis.log")
    own_s3 = Backend(s3.command(WEED, folder / "s3", LOOPBACK, ports), folder / "s3.log")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VOICELIFT_")},
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{ports[0]}",
        "S3_BUCKET": "bucket",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
        "VOICELIFT_WORK_DIR": str(folder / "work"),
        "VOICELIFT_LEASE_S": str(LEASE_S),
        "VOICELIFT_HEARTBEAT_S": "0.5",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = Settings()
    own_redis.start()
    own_s3.start()
    try:
        until(lambda: not is_free(redis_port) and not is_free(ports[0]), timeout_s=20)
        from_settings(settings).ensure_bucket()
        with running(environment, settings, folder / "logs") as pipeline:
            yield Place(pipeline, own_redis, own_s3)
    finally:
        own_redis.kill()
        own_s3.kill()


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_song(tmp_path_factory.mktemp("song") / "song.wav", 4.0)


@pytest.fixture(scope="module")
def expected(tiny_model_dir: Path, song: Path) -> dict[str, bytes]:
    engine = Engine.load(tiny_model_dir, "cpu")
    try:
        return undisturbed(song, engine, song.parent / "alone", JobOptions(steps=STEPS))
    finally:
        engine.close()


def test_jobs_survive_an_outage_of_s3(place: Place, song: Path, expected: dict[str, bytes]) -> None:
    jobs = place.work(song)
    place.s3.kill()
    time.sleep(AWAY_S)
    place.s3.start()
    place.check(jobs, expected)
    assert not any((Path(place.pipeline.environment["VOICELIFT_WORK_DIR"]) / "voicelift-spool").glob("*"))


@pytest.mark.parametrize("how", ["frozen", "killed"])
def test_jobs_survive_an_outage_of_redis(place: Place, song: Path, expected: dict[str, bytes], how: str) -> None:
    jobs = place.work(song)
    if how == "frozen":
        place.redis.send(signal.SIGSTOP)
        time.sleep(AWAY_S)
        place.redis.send(signal.SIGCONT)
    else:
        place.redis.kill()
        time.sleep(AWAY_S)
        place.redis.start()
    place.check(jobs, expected)
