"""Workers that are frozen (SIGSTOP) past their leases and resume (SIGCONT) after others have completed their tasks."""

import json
import random
import signal
import time
from dataclasses import dataclass

from tqdm import tqdm

from core.jobs.task import Kind, Task
from tests.chaos.leftovers import leftovers
from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Filling, Songs, Workload

SETTINGS = {"VOICELIFT_LEASE_S": "2", "VOICELIFT_HEARTBEAT_S": "0.4", "VOICELIFT_MAX_ATTEMPTS": "100"}
SECOND = ("worker-gpu2", "worker-cpu2")  # executes the tasks meanwhile
JOBS, STEPS = 6, 6


@dataclass(frozen=True)
class Stale:
    """A lease lost by a frozen worker; `named`: keys with its token in the record at that time."""

    task: Task
    token: int
    named: int


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count = 2 if quick else 100
    dice = random.Random(7)
    for name in SECOND:
        place.start(name)
    workload = Workload(place, songs)
    stale: list[Stale] = []
    with Filling(workload, JOBS, ("clip", "verse"), STEPS) as filling, tqdm(total=count, desc="  leases lost") as bar:
        while len(stale) < count:
            name = dice.choice(("worker-gpu", "worker-gpu2", "worker-cpu", "worker-cpu2"))
            time.sleep(dice.uniform(0.1, 0.6))
            caught = _freeze(place, name)
            bar.update(len(caught))
            stale += caught
    ends = workload.ends()
    time.sleep(2 * place.settings.lease_s)  # for the frozen workers to report their results
    for name in SECOND:
        place.end(name)
    became_visible = [each for each in stale if _named(place, each) != each.named or _stands(place, each)]
    left = leftovers(place)
    chunks = sum(each.task.kind is Kind.separate for each in stale)
    spoke = _outcomes(place, stale)
    lost = f"{len(stale)} leases ({chunks} of chunks) lost by workers frozen past them"
    done = f"{lost} (leases of {place.settings.lease_s:g} s), then resumed"
    return [
        Row(
            "a stopped-then-continued worker past its lease is fenced",
            done,
            f"{len(stale) - len(became_visible)} of {len(stale)} fenced; {spoke['done']} had finished and "
            f"reported, {spoke['stopped']} stopped by themselves; {ends.accepted} jobs: {ends}"
            + "".join(f"; visible: {each.task.kind}" for each in became_visible),
            f"{len(stale)} of {len(stale)}; final files identical",
            not became_visible and ends.well and not filling.faults,
        ),
        Row("nothing is left behind by stale writers", done, str(left), "none", left.none),
    ]


def _freeze(place: Place, name: str) -> list[Stale]:
    """Freeze a worker; if it holds leases, until others have completed its tasks. Returns the leases."""
    place.send(name, signal.SIGSTOP)
    try:
        held = held_by(place, place.processes[name].pid)
        if not held:
            return []
        until(lambda: not any(is_held(place, task, token) for task, token in held), "the leases are lost")
        # Otherwise it was completed: a result sent before the freeze may arrive after it.
        lost = [(task, token) for task, token in held if _was_reaped(place, task, token)]
        stale = [Stale(task, token, _named(place, Stale(task, token, 0))) for task, token in lost]
        until(lambda: all(_is_over(place, each.task) for each in stale), "others have completed it")
        return stale
    finally:
        place.send(name, signal.SIGCONT)


def held_by(place: Place, pid: int) -> list[tuple[Task, int]]:
    stale, client = [], place.store.client
    for kind in Kind:
        for member in map(str, client.zrange(f"vl:leases:{kind}", 0, -1)):
            task = Task.parse(member)
            claim = client.hget(f"vl:job:{task.job_id}:claims", member)
            token = client.hget(f"vl:job:{task.job_id}:leases", member)
            if claim and token and f"-{pid}-" in json.loads(claim)["worker"]:
                stale.append((task, int(token)))
    return stale


def is_busy(place: Place, name: str) -> bool:
    return bool(held_by(place, place.processes[name].pid))


def is_held(place: Place, task: Task, token: int) -> bool:
    return place.store.client.hget(f"vl:job:{task.job_id}:leases", task.member) == str(token)


def _was_reaped(place: Place, task: Task, token: int) -> bool:
    return bool(place.store.client.hexists(f"vl:job:{task.job_id}:lost", f"{task.member}:{token}"))


def _is_over(place: Place, task: Task) -> bool:
    """Whether a later lease has completed the task. Not for publish: it continues with the next piece under the
    same name."""
    client = place.store.client
    return task.kind is Kind.publish or bool(client.hexists(f"vl:job:{task.job_id}:done", task.member))


def _stands(place: Place, each: Stale) -> bool:
    """Whether the store accepted a result of the stale lease."""
    return place.store.client.hget(f"vl:job:{each.task.job_id}:done", each.task.member) == str(each.token)


def _named(place: Place, each: Stale) -> int:
    """Number of objects written under that lease that the record names, by chunk, stem, piece, and output of the
    manifest."""
    job, client = f"vl:job:{each.task.job_id}", place.store.client
    parts = [str(value) for part in ("mixtures", "stems", "pieces") for value in client.hvals(f"{job}:{part}")]
    manifest = str(client.get(f"{job}:manifest") or "")
    return sum(text.count(f".{each.token}.") for text in parts) + manifest.count(f"/outputs/{each.token}/")


def _outcomes(place: Place, stale: list[Stale]) -> dict[str, int]:
    """Outcomes of the frozen attempts, from their workers' logs."""
    tokens = {each.token for each in stale}
    counts = {"done": 0, "stopped": 0}
    for line in place.log_lines("worker"):
        if line.get("token") in tokens and "seconds" in line:
            outcome = str(line["message"]).rpartition(" ")[2]
            counts[outcome] = counts.get(outcome, 0) + 1
    return counts
