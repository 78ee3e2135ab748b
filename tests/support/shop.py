"""A store with a clock that tests move, for the contract tests of what lives in Redis."""

from typing import Any

from core.card import Geometry
from core.jobs.job import Audio, Job, JobOptions, ModelRef, Source, Work, new_job_id
from core.jobs.store import JobStore, Lease

AUDIO = Audio(sample_rate=44100, channels=2, samples=441000, duration_s=10.0, container="wav", codec="pcm_s16le")


class Clock:
    """Time that tests move. The store is given it instead of Redis' own clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """A store with a clock, workers that are alive, and short words for what tests do often."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def workers(self, gpu: int = 2, cpu: int = 4) -> None:
        self.store.register_worker("gpu-worker", "gpu", gpu)
        self.store.register_worker("cpu-worker", "cpu", cpu)

    def create(self, tenant: str = "anna", deadline_at: float | None = None, **more: Any) -> str:
        job_id = new_job_id()
        source = Source(key=f"jobs/{job_id}/source", filename="song.wav", bytes=10, sha256="5ha")
        model = ModelRef(name="tiny", version="1", sample_rate=24000, geometry=Geometry())
        more.setdefault("options", JobOptions(seed=2**63 - 1))
        job = Job(
            id=job_id,
            tenant=tenant,
            source=source,
            model=model,
            created_at=self.clock.now,
            deadline_at=deadline_at,
            **more,
        )
        assert self.store.create(job)
        return job_id

    def claim(self, kind: str, job_id: str, index: int = 0) -> Lease:
        lease = self.store.claim(Work.model_validate({"kind": kind, "job_id": job_id, "index": index}))
        assert lease is not None
        return lease

    def prepare(self, job_id: str, chunks: int) -> None:
        """Run prepare, and everything that other jobs have released stays released."""
        self.store.release()
        lease = self.claim("prepare", job_id)
        for index in range(chunks):
            assert self.store.chunk_ready(lease, index, f"mixture-{index}.{lease.token}")
        assert self.store.prepared(lease, chunks, AUDIO)

    def advance(self, seconds: float, *held: Lease) -> None:
        """Move time; workers stay alive and renew the leases `held`."""
        while seconds > 0:
            step = min(seconds, 5.0)
            self.clock.now += step
            seconds -= step
            self.workers()
            for lease in held:
                self.store.heartbeat(lease)
