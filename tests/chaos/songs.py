"""Songs of several lengths, their results in an undisturbed run, and jobs in flight that are watched to the end."""

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from core.errors import NotFound, StoreUnavailable
from core.jobs.job import Job, State
from core.jobs.options import JobOptions
from core.separation.engine import Engine
from tests.chaos.place import TINY, WAIT_S, Place, until
from tests.support.pipeline_harness import undisturbed, write_song

STEPS = 20  # so that a chunk lasts long enough to be hit
# name -> seconds, rate, channels; the last one comes in more than one part of a multipart upload
MIXED = {
    "blink": (0.7, 44100, 2), "clip": (2.0, 44100, 2), "verse": (4.0, 44100, 2), "song": (8.0, 44100, 2),
    "mono": (3.0, 22050, 1), "wide": (7.5, 192000, 2),
}  # fmt: skip
CHIRP = {"chirp": (0.7, 11025, 1)}  # 15 kB


@dataclass(frozen=True)
class Song:
    """A recording, and its files from an undisturbed run (stem to bytes)."""

    path: Path
    expected: dict[str, bytes]


class Songs:
    """Created and separated at the first request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, int], Song] = {}
        self._engine: Engine | None = None

    def get(self, name: str, steps: int = STEPS) -> Song:
        if (name, steps) not in self._known:
            seconds, rate, channels = (MIXED | CHIRP)[name]
            path = self._folder / f"{name}.wav"
            if not path.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                write_song(path, seconds, rate, channels)
            if self._engine is None:
                self._engine = Engine.load(TINY, "cpu", 1)
            alone = undisturbed(path, self._engine, self._folder / f"{name}-{steps}", JobOptions(steps=steps))
            self._known[name, steps] = Song(path, alone)
        return self._known[name, steps]

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


@dataclass
class Ends:
    """Outcomes of accepted jobs: ids by outcome. `unequal`: other files than an undisturbed run."""

    accepted: int = 0
    succeeded: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)  # jobs with a counted attempt

    @property
    def well(self) -> bool:
        return not (self.lost or self.stuck or self.failed or self.unequal)

    def __str__(self) -> str:
        counts = {"lost": self.lost, "stuck": self.stuck, "failed": self.failed, "with other samples": self.unequal}
        return ", ".join(f"{len(job_ids)} {what}" for what, job_ids in counts.items())


class Workload:
    """Posts jobs with a new Idempotency-Key each, retries until each has a response, and waits for their end."""

    def __init__(self, place: Place, songs: Songs) -> None:
        self.place, self._songs = place, songs
        self.accepted: dict[str, tuple[str, int]] = {}  # job -> song and steps
        self.statuses: Counter[int] = Counter()  # statuses; 0: no response
        self._over: set[str] = set()
        self._open: list[str] = []
        self._read_at, self._reading = -1.0, threading.Lock()
        self._lock = threading.Lock()

    def post(self, name: str, steps: int = STEPS, give_up_s: float = WAIT_S, **fields: Any) -> str:
        """The id of the accepted job. Raises TimeoutError, and ValueError for a response that no client can expect."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        song, end = self._songs.get(name, steps), time.monotonic() + give_up_s
        data = song.path.read_bytes()
        while time.monotonic() < end:
            response = self._try(song.path.name, data, headers, {"steps": str(steps), "cache": "false", **fields})
            with self._lock:
                self.statuses[response.status_code if response else 0] += 1
            if response is not None and response.status_code == 202:
                job_id = str(response.json()["id"])
                with self._reading:
                    self.accepted[job_id] = name, steps
                    self._read_at = -1.0
                return job_id
            if response is not None and response.status_code not in (409, 429, 503):
                raise ValueError(f"{response.status_code}: {response.text}")
            time.sleep(0.3)
        raise TimeoutError("a job was not accepted")

    def _try(self, name: str, data: bytes, headers: dict[str, str], fields: dict[str, str]) -> httpx.Response | None:
        try:
            return self.place.http.post("/v1/jobs", files={"file": (name, data)}, data=fields, headers=headers)
        except httpx.TransportError:
            return None

    def open(self) -> list[str]:
        """Jobs that are not final, as of the last half second."""
        with self._reading:
            if time.monotonic() - self._read_at > 0.5:
                self._open = self._find_open()
                self._read_at = time.monotonic()
            return self._open

    def _find_open(self) -> list[str]:
        jobs = {job_id: self._read(job_id) for job_id in list(self.accepted) if job_id not in self._over}
        self._over |= {job_id for job_id, job in jobs.items() if job is not None and job.state.terminal}
        return [job_id for job_id, job in jobs.items() if job is not None and not job.state.terminal]

    def ends(self, limit_s: float = WAIT_S) -> Ends:
        """Wait until all are final, and compare their files with those of an undisturbed run."""
        started = time.monotonic()
        with tqdm(total=len(self.accepted), desc="  jobs over", leave=False) as bar:
            while (left := self.open()) and time.monotonic() - started < limit_s:
                bar.update(len(self.accepted) - len(left) - bar.n)
                time.sleep(0.5)
        ends = Ends(accepted=len(self.accepted))
        for job_id, (name, steps) in self.accepted.items():
            job = self._read(job_id)
            if job is None:
                ends.lost.append(job_id)
            elif not job.state.terminal:
                ends.stuck.append(job_id)
            elif job.state is not State.succeeded:
                ends.failed.append(job_id)
            else:
                ends.succeeded.append(job_id)
                if self.outputs(job) != self._songs.get(name, steps).expected:
                    ends.unequal.append(job_id)
            if self.place.store.client.llen(f"vl:job:{job_id}:tries"):
                ends.blamed.append(job_id)
        return ends

    def outputs(self, job: Job) -> dict[str, bytes]:
        return {output.stem: self.place.storage.get_bytes(output.key) for output in job.outputs}

    def _read(self, job_id: str) -> Job | None:
        try:
            return self.place.store.records.get(job_id)
        except NotFound:
            return None


class Filling:
    """Keeps about `count` jobs in flight while the block runs, of all songs in turn."""

    def __init__(
        self, workload: Workload, count: int, names: tuple[str, ...] = tuple(MIXED), steps: int = STEPS
    ) -> None:
        self._workload, self.count, self._names, self._steps = workload, count, names, steps
        self._over = threading.Event()
        self._next = 0
        self._threads = [threading.Thread(target=self._fill, daemon=True) for _ in range(3)]
        self.faults: list[str] = []

    def __enter__(self) -> "Filling":
        for name in self._names:
            self._workload._songs.get(name, self._steps)
        for thread in self._threads:
            thread.start()
        until(lambda: len(self._workload.accepted) >= min(4, self.count), "the first jobs are accepted")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _fill(self) -> None:
        while not self._over.is_set():
            try:
                if len(self._workload.open()) >= self.count:
                    self._over.wait(0.3)
                    continue
                self._next += 1
                self._workload.post(self._names[self._next % len(self._names)], self._steps)
            except StoreUnavailable:  # the check itself failed
                self._over.wait(0.3)
            except Exception as error:  # noqa: BLE001  (reported in the table)
                self.faults.append(f"{type(error).__name__}: {error}")
                self._over.wait(0.3)
