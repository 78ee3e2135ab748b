"""A store with a manual clock, for contract tests of the data in Redis."""

from typing import Any

from core.jobs.job import Source
from core.jobs.leases import Lease
from core.jobs.options import JobOptions
from core.jobs.store import JobStore
from core.jobs.task import Task
from tests.support.jobs import AUDIO, MODEL, make_job


class Clock:
    """A manual clock, which the store uses instead of Redis' clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """A store with a clock, live workers, and shortcuts for tests."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.gpu, self.cpu = 2, 4  # slots

    def workers(self, gpu: int | None = None, cpu: int | None = None) -> None:
        """Register both workers, with other numbers of slots where given."""
        self.gpu, self.cpu = gpu or self.gpu, cpu or self.cpu
        self.store.turns.register_worker("gpu-worker", "gpu", self.gpu, MODEL.key)
        self.store.turns.register_worker("cpu-worker", "cpu", self.cpu)

    def create(self, tenant: str = "anna", deadline_at: float | None = None, **more: Any) -> str:
        more.setdefault("options", JobOptions(seed=2**63 - 1))
        more.setdefault("source", Source(key="k", filename="song.wav", bytes=10, sha256="5ha"))
        job = make_job(tenant=tenant, created_at=self.clock.now, deadline_at=deadline_at, **more)
        assert self.store.records.create(job)
        return job.id

    def claim(self, kind: str, job_id: str, index: int = 0) -> Lease:
        task = Task.model_validate({"kind": kind, "job_id": job_id, "index": index})
        lease = self.store.leases.claim(task, MODEL.key)
        assert lease is not None
        return lease

    def prepare(self, job_id: str, chunks: int) -> None:
        """Run prepare, without changing other jobs' released tasks."""
        self.store.turns.release()
        lease = self.claim("prepare", job_id)
        for index in range(chunks):
            assert self.store.leases.chunk_ready(lease, index, f"mixture-{index}.{lease.token}")
        assert self.store.leases.prepared(lease, chunks, AUDIO)

    def reap(self) -> list[Task]:
        """The tasks that a janitor reaps every second, however far the test has moved time."""
        self.store.client.set("vl:reaped", self.clock.now)
        return self.store.turns.reap()

    def advance(self, seconds: float, *held: Lease) -> None:
        """Move time; workers stay alive and renew the leases `held`."""
        while seconds > 0:
            step = min(seconds, 5.0)
            self.clock.now += step
            seconds -= step
            self.workers()
            for lease in held:
                self.store.leases.heartbeat(lease)
