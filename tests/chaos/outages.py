"""Outages: Redis, S3, memory of Redis, disk space, a worker."""

import contextlib
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from core.jobs.task import Task
from deploy.local import plan
from tests.chaos.frozen import held_by, is_busy, is_held
from tests.chaos.place import PROBES, Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Ends, Filling, Songs, Workload

SETTINGS = {"VOICELIFT_LEAST_FREE_BYTES": "2000000"}  # leases of 20 s, the default
DISKS = {"work": 48_000_000, "redis": 48_000_000}
REDIS_AWAY_S, S3_AWAY_S, FULL_S = 40.0, 60.0, 20.0
JOBS, STEPS = 6, 10
KILLS = 3


@dataclass(frozen=True)
class Outage:
    """`failing`: the failing checks of a worker's readyz; `resumed_s`: from the end of the outage to the next claim."""

    ends: Ends
    resumed_s: float
    failing: str
    statuses: str
    faults: list[str]

    @property
    def well(self) -> bool:
        return self.ends.well and not self.ends.blamed and not self.faults

    def __str__(self) -> str:
        return (
            f"{self.ends}, {len(self.ends.blamed)} attempts counted, {len(self.faults)} unexpected responses; "
            f"recovered after {self.resumed_s:.1f} s; responses {self.statuses}; "
            f"readyz named {self.failing or 'nothing'}"
        )


def run(place: Place, songs: Songs, quick: bool) -> Iterator[Row]:
    for scene in (redis_frozen, redis_full, s3_gone, disk_full, redis_disk_full, worker_killed):
        yield scene(place, songs)


def redis_frozen(place: Place, songs: Songs) -> Row:
    @contextmanager
    def trouble() -> Iterator[None]:
        place.send("redis", signal.SIGSTOP)
        yield
        place.send("redis", signal.SIGCONT)

    seen = _meanwhile(place, songs, trouble, REDIS_AWAY_S)
    return _row("Redis frozen for 40 s", seen, "0 failed; consuming again in 15 s", seen.resumed_s <= 15)


def redis_full(place: Place, songs: Songs) -> Row:
    @contextmanager
    def trouble() -> Iterator[None]:
        place.store.client.config_set("maxmemory", 1)
        yield
        place.store.client.config_set("maxmemory", 0)

    seen = _meanwhile(place, songs, trouble, FULL_S)
    return _row("Redis full for 20 s", seen, "0 failed, no process ends; new jobs get 503", True)


def s3_gone(place: Place, songs: Songs) -> Row:
    @contextmanager
    def trouble() -> Iterator[None]:
        place.kill("s3")
        yield
        place.start("s3")
        place.await_up("s3")

    seen = _meanwhile(place, songs, trouble, S3_AWAY_S)
    waiting = list(place.work.glob("voicelift-spool/*"))
    return _row(
        "S3 gone for 60 s",
        seen,
        "0 failed; work resumes; nothing stays in the spool",
        seen.resumed_s <= 30 and not waiting,
    )


def disk_full(place: Place, songs: Songs) -> Row:
    seen = _meanwhile(place, songs, lambda: _full(place.work), FULL_S)
    return _row("the workers' disk full for 20 s", seen, "0 failed, no process ends", True)


def redis_disk_full(place: Place, songs: Songs) -> Row:
    """With appendfsync always Redis exits when it cannot write its file."""
    ends = 0

    @contextmanager
    def trouble() -> Iterator[None]:
        nonlocal ends
        with _full(place.data / "redis"):
            yield
            until(lambda: place.processes["redis"].poll() is not None, "Redis has exited", 60)
            ends += 1
        place.start("redis")
        place.await_up("redis")

    seen = _meanwhile(place, songs, trouble, FULL_S)
    return _row("Redis' disk full for 20 s (it ended, and was started again)", seen, "0 accepted jobs lost", ends == 1)


def worker_killed(place: Place, songs: Songs) -> Row:
    place.start("worker-gpu2")
    waits, most = [], 0
    workload = Workload(place, songs)
    with Filling(workload, JOBS, ("song",), STEPS) as filling:
        until(lambda: place.store.backlog.stats().gpu_slots == 8, "two workers are registered")
        for number in range(KILLS):
            victim = ("worker-gpu", "worker-gpu2")[number % 2]
            until(partial(is_busy, place, victim), "the job has chunks")
            place.send(victim, signal.SIGSTOP)
            held = held_by(place, place.processes[victim].pid)
            started = time.monotonic()
            place.kill(victim)
            until(partial(_are_reaped, place, held), "the leases are reaped")
            until(partial(_are_restarted, place, held), "restarted")
            waits.append(time.monotonic() - started)
            most = max(most, len(held))
            place.start(victim)
            until(lambda: place.store.backlog.stats().gpu_slots == 8, "two workers are registered")
    ends = workload.ends()
    place.end("worker-gpu2")
    return Row(
        "a killed worker's chunks are running again",
        f"{KILLS} kill -9 of one of two gpu workers, leases of 20 s",
        f"after {max(waits):.0f} s at most; {most} chunks of 4 slots computed twice at most; {ends}",
        "within 60 s; at most one chunk per slot computed twice",
        max(waits) <= 60 and most <= 4 and ends.well and not filling.faults,
    )


def _are_reaped(place: Place, held: list[tuple[Task, int]]) -> bool:
    return not any(is_held(place, task, token) for task, token in held)


def _are_restarted(place: Place, held: list[tuple[Task, int]]) -> bool:
    return all(_restarted(place, task.member, task.job_id) for task, _ in held)


def _restarted(place: Place, member: str, job_id: str) -> bool:
    client = place.store.client
    return bool(client.hexists(f"vl:job:{job_id}:leases", member) or client.hexists(f"vl:job:{job_id}:done", member))


def _meanwhile(
    place: Place, songs: Songs, trouble: Callable[[], AbstractContextManager[None]], away_s: float
) -> Outage:
    """Outcome of jobs in flight and of jobs sent during an outage of `away_s`."""
    workload, failing = Workload(place, songs), set()
    with Filling(workload, JOBS, ("song",), STEPS) as filling:
        until(lambda: place.store.backlog.stats().in_flight > 0, "a chunk is being computed")
        workload.statuses.clear()
        with trouble():
            end = time.monotonic() + away_s
            filling.count = 3 * JOBS  # new jobs are also sent meanwhile
            while time.monotonic() < end:
                failing |= _failing(place)
                time.sleep(1)
        back = time.monotonic()
        before = place.store.client.get("vl:token")
        until(lambda: place.store.client.get("vl:token") != before, "a task is claimed", 120)
        resumed = time.monotonic() - back
        filling.count = 0
    statuses = ", ".join(f"{number} x {status or 'nothing'}" for status, number in sorted(workload.statuses.items()))
    return Outage(workload.ends(), resumed, ", ".join(sorted(failing)), statuses, filling.faults)


def _failing(place: Place) -> set[str]:
    with contextlib.suppress(httpx.TransportError):
        url = f"http://{plan.LOOPBACK}:{place.environment[PROBES['worker-cpu']]}/readyz"
        checks = httpx.get(url, timeout=5, trust_env=False).json()["checks"]
        return {name for name, check in checks.items() if not check["ok"]}
    return set()


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    assert shutil.disk_usage(folder).total < 2 * max(DISKS.values()), "only a test disk is filled"
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


def _row(what: str, seen: Outage, promised: str, also: bool) -> Row:
    done = f"{what}, while {JOBS} jobs ran and others were sent: {seen.ends.accepted} accepted in all"
    return Row(f"{what.split(' for ')[0]} costs no job", done, str(seen), promised, seen.well and also)
