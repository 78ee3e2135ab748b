"""Cancel and deadline at random moments of a job's life."""

import random
import time

from tqdm import tqdm

from core.jobs.job import Job, State
from tests.chaos.leftovers import leftovers
from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Songs

SETTINGS: dict[str, str] = {}
STEPS = 1000  # a chunk takes seconds
MAX_S = 10.0  # a heartbeat (2 s), a round of the janitor (1 s), a step, and the machine is busy


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    count = 2 if quick else 25
    dice, data = random.Random(7), songs.get("verse").path.read_bytes()
    waits: list[float] = []
    wrong: list[str] = []
    late_steps = 0.0
    for _ in tqdm(range(count), desc="  cancels"):
        job_id = _post(place, data)
        time.sleep(dice.uniform(0, 3))
        started = time.monotonic()
        place.http.post(f"/v1/jobs/{job_id}/cancel").raise_for_status()
        job = _over(place, job_id)
        waits.append(time.monotonic() - started)
        late_steps += _steps_after(place)
        if job.state is not State.canceled:
            wrong.append(f"{job_id} {job.state}")
    rows = [
        Row(
            "cancel stops the tasks first, then sets the state canceled",
            f"{count} cancels at random moments of the first 3 s",
            f"canceled within {max(waits):.1f} s (median {sorted(waits)[count // 2]:.1f} s), {late_steps:.0f} steps of "
            f"the network after that, {len(wrong)} with another state",
            f"0 steps after; at most the chunks in flight are wasted; here within {MAX_S:g} s",
            not wrong and not late_steps and max(waits) < MAX_S,
        )
    ]
    outcomes: dict[str, int] = {}
    for _ in tqdm(range(count), desc="  deadlines"):
        limit = dice.uniform(0.05, 3)
        started = time.monotonic()
        job = _over(place, _post(place, data, deadline_s=f"{limit:.3f}"))
        waits.append(time.monotonic() - started - limit)
        late_steps += _steps_after(place)
        outcome = f"{job.state} {job.error.code if job.error else ''}"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    right = {"canceled deadline_exceeded", "expired deadline_exceeded"}
    left = leftovers(place)
    rows += [
        Row(
            "a deadline expires a job before its start, and stops it later",
            f"{count} jobs with deadlines of 0.05 to 3 s",
            ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
            + f"; over {max(waits[count:]):.1f} s after the deadline at most, {late_steps:.0f} steps after that",
            f"expired or canceled; 0 steps after; here within {MAX_S:g} s",
            set(outcomes) <= right and not late_steps and max(waits[count:]) < MAX_S,
        ),
        Row("nothing is left behind by stopped jobs", f"{2 * count} stopped jobs", str(left), "none", left.none),
    ]
    return rows


def _post(place: Place, data: bytes, **fields: str) -> str:
    options = {"steps": str(STEPS), "cache": "false", **fields}
    response = place.http.post("/v1/jobs", files={"file": ("a.wav", data)}, data=options)
    return str(response.raise_for_status().json()["id"])


def _over(place: Place, job_id: str) -> Job:
    until(lambda: place.store.records.get(job_id).state.terminal, "the job is final", 60)
    return place.store.records.get(job_id)


def _steps_after(place: Place) -> float:
    """Steps of the idle engine in the second after the job's end was reported."""
    before = place.metric("voicelift_engine_chunk_steps_total", "worker-gpu")
    time.sleep(1)
    return place.metric("voicelift_engine_chunk_steps_total", "worker-gpu") - before
