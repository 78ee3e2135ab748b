"""Messages lost between Celery's pop and the record of the pop."""

import subprocess
import sys
import time
from pathlib import Path

from tqdm import tqdm

from core.jobs import queue
from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Songs, Workload

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, str] = {}
WORKERS = ("worker-cpu", "worker-gpu", "janitor")


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count = 2 if quick else 50
    client = place.store.client
    place.await_idle()  # a task in flight would return to the queue when its worker ends
    for name in WORKERS:
        place.end(name)
    workload = Workload(place, songs)
    place.store.turns.register_worker(
        "nobody", "cpu", count + 1
    )  # so that all are released and none returns to its lane
    for _ in range(count):
        workload.post("blink")
    queue.dispatch(place.store, place.celery)
    sent = client.llen("cpu")
    _pop(place, count)
    place.store.turns.register_worker("nobody", "cpu", 0)
    lost = count - client.llen("cpu") - client.hlen("unacked") - client.zcard("unacked_index")
    started = time.monotonic()
    for name in WORKERS:
        place.start(name)
    waits = _claims(place, workload, started)
    ends = workload.ends()
    return [
        Row(
            "a message lost between pop and unacked-write is recovered",
            f"{count} workers died in that window (kill -9), each with the message of another job; {sent} messages "
            f"were sent, {lost} lost",
            f"{len(ends.succeeded)} of {count} recovered, all begun within {max(waits):.0f} s of a worker's start",
            f"{count} of {count}",
            sent == lost == len(ends.succeeded) == count and not ends.unequal,
        )
    ]


def _pop(place: Place, count: int) -> None:
    command = [sys.executable, "-m", "tests.chaos.popping", str(count)]
    with (place.logs / "popping.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=place.environment, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        for _ in tqdm(process.stdout, desc="  popped and killed", total=count):
            pass
        if process.wait(60):
            raise RuntimeError("a worker did not die where it was to")


def _claims(place: Place, workload: Workload, started: float) -> list[float]:
    """Seconds from `started` to the first claim of each job."""
    claimed: dict[str, float] = {}

    def all_claimed() -> bool:
        for job_id in workload.accepted:
            if job_id not in claimed and place.store.records.get(job_id).state.value != "queued":
                claimed[job_id] = time.monotonic() - started
        return len(claimed) == len(workload.accepted)

    until(all_claimed, "every job has started")
    return list(claimed.values())
