"""SIGTERM during tasks, as in every deployment."""

import random
import time
from functools import partial

from tqdm import tqdm

from tests.chaos.frozen import is_busy
from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Filling, Songs, Workload

SETTINGS: dict[str, str] = {}  # leases of 20 s: none may expire


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count, jobs = (3, 4) if quick else (50, 12)
    dice = random.Random(7)
    victims = [("worker-gpu", "worker-cpu", "api", "worker-gpu", "worker-cpu")[number % 5] for number in range(count)]
    workload, seconds, busy, before = Workload(place, songs), [], 0, _expired(place)
    with Filling(workload, jobs) as filling:
        for name in tqdm(victims, desc="  SIGTERM"):
            place.await_up(name)
            if name != "api":
                until(partial(is_busy, place, name), "the worker executes a task")
            time.sleep(dice.uniform(0, 0.3))
            stats = place.store.backlog.stats()
            busy += stats.in_flight + stats.cpu_in_flight > 0
            seconds.append(place.end(name))
            place.start(name)
    for name in set(victims):
        place.await_up(name)
    ends = workload.ends()
    expired = _expired(place) - before
    return [
        Row(
            "SIGTERM lets tasks finish or hands them over",
            f"{count} SIGTERMs of workers and API, {busy} with tasks in flight; {ends.accepted} jobs",
            f"{ends}; {len(ends.blamed)} attempts counted, {expired} leases left to run out, faults: "
            f"{len(filling.faults)}; ended after {max(seconds):.1f} s at most",
            "0 lost, 0 failed",
            ends.well and not ends.blamed and not expired and not filling.faults and max(seconds) < 60,
        )
    ]


def _expired(place: Place) -> int:
    """Number of leases that the janitor has seen expire."""
    return sum("lease expired" in line.get("message", "") for line in place.log_lines("janitor"))
