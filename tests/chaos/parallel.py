"""Fifty simultaneous posts with one Idempotency-Key."""

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
from tqdm import tqdm

from core.access.keys import Keys
from tests.chaos.place import FREE, Place
from tests.chaos.rows import Row
from tests.chaos.songs import Songs

SETTINGS: dict[str, str] = {}
AT_ONCE = 50


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    rounds = 1 if quick else 20
    data = songs.get("blink").path.read_bytes()
    headers = {"Authorization": f"Bearer {Keys(place.store.client).create('chaos', 'parallel', None, FREE)[1]}"}
    created: list[int] = []
    statuses: Counter[int] = Counter()
    limits = httpx.Limits(max_connections=AT_ONCE)
    with httpx.Client(base_url=place.url, timeout=60, trust_env=False, limits=limits, headers=headers) as http:
        for _ in tqdm(range(rounds), desc="  rounds"):
            key, gate, before = uuid.uuid4().hex, threading.Barrier(AT_ONCE), _count(place)

            def post(_: int, key: str = key, gate: threading.Barrier = gate) -> httpx.Response:
                gate.wait()
                return http.post("/v1/jobs", files={"file": ("a.wav", data)}, headers={"Idempotency-Key": key})

            with ThreadPoolExecutor(AT_ONCE) as pool:
                responses = list(pool.map(post, range(AT_ONCE)))
            statuses.update(response.status_code for response in responses)
            ids = {response.json()["id"] for response in responses if response.status_code == 202}
            created.append(_count(place) - before if len(ids) == 1 else -1)
    place.await_idle()
    right = sum(jobs == 1 for jobs in created)
    return [
        Row(
            "50 parallel posts with one Idempotency-Key make one job",
            f"{rounds} rounds of {AT_ONCE} posts at once over as many connections",
            f"1 job in {right} of {rounds} rounds; responses: " + ", ".join(f"{n} x {s}" for s, n in statuses.items()),
            "1 job each; the others 202 with the same job, 409, or 429 beyond 8 forms at a time",
            right == rounds and set(statuses) <= {202, 409, 429},
        )
    ]


def _count(place: Place) -> int:
    return len(place.store.records.list_jobs("parallel", None, 100))
