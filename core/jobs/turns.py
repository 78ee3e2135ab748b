"""Order of tasks, live workers, and timeouts."""

from collections.abc import Sequence
from typing import Literal

from core.jobs.names import redis_key
from core.jobs.scripts import Scripts, reachable
from core.jobs.task import Kind, Task

MODEL_GRACE_S = 900.0  # longer than the replacement of all workers takes


class Turns:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def register_worker(
        self, worker_id: str, queue: Literal["cpu", "gpu"], slots: int, model: str | None = None
    ) -> None:
        """Register this worker as alive for one lease; 0 slots deregisters it. A worker of the gpu queue holds a
        `model` (`ModelRef.key`)."""
        self._run("register_worker", worker_id, queue, slots, model or "")

    def release(self) -> list[Task]:
        """Take the tasks whose turn it is out of the lanes; the caller announces them. See lua/release.lua."""
        return [Task.parse(member) for member in self._run("release")]

    def due_hints(self, unclaimed_s: float) -> list[Task]:
        """Released tasks without a claim for `unclaimed_s`, each time twice as long, to be announced again: a message
        may be lost."""
        return [Task.parse(member) for member in self._run("due_hints", unclaimed_s)]

    def reap(self, model_grace_s: float = MODEL_GRACE_S) -> list[Task]:
        """Process all timeouts: leases, delays, deadlines, workers, and models that no live worker has held for
        `model_grace_s` while other models are available. Returns the tasks whose leases expired."""
        return [Task.parse(member) for member in self._run("reap", model_grace_s)]

    def do_others_wait(self) -> bool:
        """Whether a task waits for a slot of the cpu queue that a long recording holds."""
        with reachable(), self._run.client.pipeline(transaction=False) as pipeline:
            for kind in (Kind.prepare, Kind.extend, Kind.finish, Kind.convert):
                pipeline.zcard(redis_key("waiting", kind))
            return any(pipeline.execute())

    def do_messages_wait(self) -> bool:
        """Whether a task sent to the cpu queue is unclaimed, as when no slot is free."""
        with reachable(), self._run.client.pipeline(transaction=False) as pipeline:
            for kind in Kind:
                if kind is not Kind.separate:
                    pipeline.zcard(redis_key("released", kind))
            return any(pipeline.execute())

    def models_of(self, tasks: Sequence[Task]) -> list[str | None]:
        """The model (`ModelRef.key`) of each task's job; None without a record."""
        with reachable(), self._run.client.pipeline(transaction=False) as pipeline:
            for task in tasks:
                pipeline.hget(redis_key("job", task.job_id), "model_key")
            return list(pipeline.execute())
