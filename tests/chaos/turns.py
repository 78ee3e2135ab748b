"""A tenant with 200 jobs and a tenant that sends one song at a time."""

import time

import httpx
import numpy as np
from tqdm import tqdm

from tests.chaos.place import Place, until
from tests.chaos.rows import Row
from tests.chaos.songs import Songs

SETTINGS: dict[str, str] = {}
HEAVY, LIGHT = 200, 20


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    heavy, light = (20, 4) if quick else (HEAVY, LIGHT)
    data = songs.get("song").path.read_bytes()
    with (
        httpx.Client(base_url=place.url, timeout=60, trust_env=False, headers=place.headers("heavy")) as much,
        httpx.Client(base_url=place.url, timeout=60, trust_env=False, headers=place.headers("light")) as little,
    ):
        _send(place, little, data)  # the first job warms up
        alone = [_send(place, little, data) for _ in tqdm(range(light), desc="  alone")]
        jobs = [_post(much, data) for _ in tqdm(range(heavy), desc="  the other's jobs")]
        loaded = [_send(place, little, data) for _ in tqdm(range(light), desc="  with them")]
        left = sum(not place.store.records.get(job_id).state.terminal for job_id in jobs)
        until(lambda: all(place.store.records.get(job_id).state.terminal for job_id in jobs), "the other's jobs", 900)
    done = sum(place.store.records.get(job_id).state.value == "succeeded" for job_id in jobs)
    one, p95 = float(np.median(alone)), [float(np.quantile(waits, 0.95)) for waits in (alone, loaded)]
    most = 2 * p95[0] + one
    return [
        Row(
            f"a tenant with {heavy} jobs does not make a light one wait for them",
            f"{light} songs, one after the other, alone and with {heavy} of another tenant, of which {left} still "
            f"waited at the end and {done} were done in time",
            f"p95 from post to done {p95[0]:.1f} s alone, {p95[1]:.1f} s with them",
            f"at most twice as long, plus one job: {most:.1f} s",
            p95[1] <= most and left > 0 and done == heavy,
        )
    ]


def _post(http: httpx.Client, data: bytes) -> str:
    response = http.post("/v1/jobs", files={"file": ("a.wav", data)}, data={"cache": "false"})
    return str(response.raise_for_status().json()["id"])


def _send(place: Place, http: httpx.Client, data: bytes) -> float:
    """Seconds from the post to the end of a job."""
    started = time.monotonic()
    job_id = _post(http, data)
    until(lambda: place.store.records.get(job_id).state.terminal, "the light tenant's job", 600)
    return time.monotonic() - started
