"""Poison: recordings that kill each worker that processes them, among many good ones."""

import contextlib
import json
import threading
import time

from tqdm import tqdm

from core.errors import NotFound
from core.jobs.dead import DeadLetters
from core.jobs.job import State
from core.jobs.task import Kind
from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Filling, Songs, Workload

SETTINGS = {"VOICELIFT_LEASE_S": "3", "VOICELIFT_HEARTBEAT_S": "0.5"}  # the default number of attempts: 3
AT_ONCE, JOBS = 2, 8
DEADLY = {Kind.prepare: "worker-cpu", Kind.separate: "worker-gpu"}  # the poisonous task, and its worker


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count = 1 if quick else 6
    poisons, neighbours = Workload(place, songs), Workload(place, songs)
    with _Poison(place) as poison, Filling(neighbours, JOBS, ("clip", "verse", "mono"), 10) as filling:
        for number in tqdm(range(0, count, AT_ONCE), desc="  poisons"):
            for each in range(number, min(number + AT_ONCE, count)):
                kind = (Kind.separate, Kind.prepare)[each // AT_ONCE % 2]
                poison.jobs[poisons.post("blink", 100)] = kind
            until(lambda: not poisons.open(), "the poison has failed")
    ends = neighbours.ends()
    letters = {letter.job_id: letter for letter in DeadLetters(place.store.client).newest(1000)}
    dead = [job_id for job_id in poisons.accepted if job_id in letters]
    errors = {(job.error.code if job.error else "") for job in map(place.store.records.get, poisons.accepted)}
    most = max(poison.kills.values(), default=0)
    failed = all(place.store.records.get(job_id).state is State.failed for job_id in poisons.accepted)
    return [
        Row(
            "poison input ends as a dead letter without effect on its neighbours",
            f"{count} jobs whose preparing or whose chunk kills (-9) every worker that takes it, {AT_ONCE} at a time "
            f"with {JOBS} others; {sum(poison.kills.values())} workers killed",
            f"{len(dead)} of {count} dead letters ({', '.join(sorted(errors))}), after at most {most} attempts; of "
            f"{ends.accepted} neighbours {ends}, {len(ends.blamed)} with an attempt counted",
            "at most 3 attempts each; neighbours 0 failed",
            len(dead) == count and failed and most <= 3 and ends.well and not filling.faults,
        )
    ]


class _Poison:
    """Kills the worker that holds a poisonous task of one of `jobs`, and restarts it, like its supervisor."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.jobs: dict[str, Kind] = {}
        self.kills: dict[str, int] = {}  # by task
        self._seen: set[tuple[str, int]] = set()

    def __enter__(self) -> "_Poison":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            for job_id, kind in list(self.jobs.items()):
                with contextlib.suppress(NotFound):
                    self._check(job_id, kind)

    def _check(self, job_id: str, kind: Kind) -> None:
        place, name = self._place, DEADLY[kind]
        for field, text in place.store.client.hgetall(f"vl:job:{job_id}:claims").items():
            member, claim = str(field), json.loads(text)
            mine = f"-{place.processes[name].pid}-" in claim["worker"]
            if member.startswith(f"{kind}:") and mine and (member, claim["nonce"]) not in self._seen:
                self._seen.add((member, claim["nonce"]))
                self.kills[member] = self.kills.get(member, 0) + 1
                place.kill(name)
                place.start(name)
                time.sleep(0.1)
                return
