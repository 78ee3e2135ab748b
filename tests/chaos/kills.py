"""kill -9 at random moments, of the API, both workers and Redis, with many jobs in flight."""

import random
import time

from tqdm import tqdm

from tests.chaos.leftovers import leftovers
from tests.chaos.place import Place
from tests.chaos.rows import Row
from tests.chaos.songs import Filling, Songs, Workload

TARGETS = ("api", "worker-gpu", "worker-cpu", "redis")
# Short leases shorten the wait for a dead worker's tasks; unlimited attempts let no job fail because of many kills.
SETTINGS = {"VOICELIFT_LEASE_S": "4", "VOICELIFT_HEARTBEAT_S": "0.5", "VOICELIFT_MAX_ATTEMPTS": "100"}
LONGEST_PAUSE_S = 2.0


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count, jobs = (4, 6) if quick else (200, 40)
    dice = random.Random(7)
    victims = [TARGETS[number % len(TARGETS)] for number in range(count)]
    dice.shuffle(victims)
    workload, before = Workload(place, songs), _known(place)
    with Filling(workload, jobs) as filling:
        for name in tqdm(victims, desc="  kill -9"):
            place.await_up(name)
            time.sleep(dice.uniform(0, LONGEST_PAUSE_S))
            place.kill(name)
            place.start(name)
    for name in TARGETS:
        place.await_up(name)
    ends = workload.ends()
    known = _known(place) - before
    left = leftovers(place)
    done = f"{count} kill -9 ({count // len(TARGETS)} each of {', '.join(TARGETS)}), always about {jobs} jobs in flight"
    unanswered = sum(number for status, number in workload.statuses.items() if status != 202)
    return [
        Row(
            "202 means durable; a killed process loses nothing",
            f"{done}; {ends.accepted} jobs accepted, leases of {place.settings.lease_s:g} s",
            f"{ends}; of posts, {unanswered} without an answer or with 503, then sent again; faults: "
            f"{len(filling.faults)}",
            "0 lost, 0 stuck, all samples equal to an undisturbed run",
            ends.well and not filling.faults,
        ),
        Row(
            "a request that is sent again makes one job",
            f"{ends.accepted} posts with a key each",
            f"{known} jobs",
            f"{ends.accepted} jobs",
            known == ends.accepted,
        ),
        Row(
            "nothing is left behind",
            f"{done}; then the daily chore, at once: it removed {left.abandoned}",
            str(left),
            "none",
            left.none,
        ),
    ]


def _known(place: Place) -> int:
    """Number of jobs in the store."""
    return sum(1 for _ in place.store.client.scan_iter("vl:job:job_??????????????????????????"))
