"""The long-lived parts of a worker process, and the execution of one task under its lease.

A task that ends without a result has one of three outcomes (worker/faults.py). It was asked to stop, or a dependency is
unavailable (S3, Redis, disk space): released, and the attempt does not count. The recording is the cause: the job fails
with an error for its owner. Any other error: released, but the attempt counts, and after the last attempt the job
fails.

Computed results wait for S3 and Redis with the lease held, rather than being computed again (`wait_for_storage`).
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from celery import Celery

from core import logs
from core import storage as object_storage
from core.errors import InputError, NotFound, Stopped, StorageUnavailable, StoreUnavailable
from core.jobs import queue
from core.jobs.job import model_key
from core.jobs.leases import Lease
from core.jobs.store import JobStore
from core.jobs.task import Kind, Task
from worker.faults import Fault, fault_of
from worker.heartbeats import Heartbeats, Hold
from worker.metrics import WorkerMetrics
from worker.scratch import Scratch
from worker.settings import WorkerSettings
from worker.spool import Spool

if TYPE_CHECKING:
    from core.separation.engine import Engine

DEPENDENCY_RETRY_S, LONGEST_DEPENDENCY_RETRY_S = 2.0, 15.0  # while a dependency is unavailable: growing intervals
STORAGE_WAIT_S = 600.0  # how long a result waits for S3 before its task is released
UNEXPECTED_RETRY_S = 1.0
DRAIN_WITHIN_S = 30.0  # after SIGTERM; supervisors kill after 60

logger = logging.getLogger(__name__)

Body = Callable[["Resident", Hold], None]
P = ParamSpec("P")
T = TypeVar("T")


class Resident:
    """Clients, engine (gpu queue only), heartbeats, temporary files."""

    def __init__(self, settings: WorkerSettings, celery: Celery, engine: "Engine | None") -> None:
        self.settings = settings
        self.celery = celery
        self.metrics = WorkerMetrics(settings.work_dir, engine)
        self.store = JobStore.from_settings(settings, self.metrics.calls, patient=True)
        self.storage = object_storage.from_settings(settings, self.metrics.calls)
        self.scratch = Scratch(settings.work_dir)
        self.spool = Spool(settings.work_dir, settings.spool_bytes)
        self.engine = engine
        self.model = None if engine is None else model_key(engine.card.name, engine.card.version)
        self.draining = threading.Event()
        self._drain_until = float("inf")
        self._dependency_errors = 0  # consecutive tasks that failed because of a dependency
        self._pulse = JobStore.from_settings(settings, self.metrics.calls)  # impatient: the next beat follows anyway
        self.heartbeats = Heartbeats(self._pulse, self.store.name, settings.heartbeat_s, self.model)

    def drain(self) -> None:
        """Drain: finish tasks in flight that do not take long, and hand over the others."""
        self._drain_until = time.monotonic() + DRAIN_WITHIN_S
        self.draining.set()

    def must_hand_over(self) -> bool:
        """Whether a chunk in flight must be left to another worker, before this process is killed."""
        return time.monotonic() > self._drain_until

    def perform(self, task: Task, body: Body) -> None:
        """Claim and execute `task`; returns quietly when it cannot be claimed. Never raises."""
        with logs.bind(job_id=task.job_id, chunk=task.index if task.kind is Kind.separate else None):
            try:
                lease = self.store.leases.claim(task, self.model)
            except StoreUnavailable as error:
                logger.warning("%s not claimed: %s", task.kind, error.message)
                return
            if lease is None:
                logger.debug("%s cannot be claimed", task.kind)
                return
            self.metrics.claimed(task.kind, lease.attempt)
            with logs.bind(request_id=lease.request_id, token=lease.token, attempt=lease.attempt):
                started = time.perf_counter()
                with self.metrics.tasks_running.labels(task.kind).track_inprogress():
                    outcome = self._perform(lease, body)
                seconds = time.perf_counter() - started
                self.metrics.task_seconds.labels(task.kind, outcome).observe(seconds)
                logger.info("%s %s", task.kind, outcome, extra={"seconds": round(seconds, 3)})
            self.dispatch()

    def _perform(self, lease: Lease, body: Body) -> str:
        try:
            with self.heartbeats.holding(lease) as hold:
                try:
                    body(self, hold)
                except Exception as error:  # noqa: BLE001  (sorted, and logged, in _end)
                    return self._end(lease, error)
            self._dependency_errors = 0
            return "succeeded"
        except StoreUnavailable as error:
            logger.warning("%s unsettled until its lease expires: %s", lease.task.kind, error.message)
            return "unsettled"

    def _over(self, lease: Lease) -> bool:
        """Whether the result is no longer needed. Raises StoreUnavailable."""
        try:
            job = self.store.records.get(lease.task.job_id)
        except NotFound:
            return True
        return not job.downloadable if lease.task.kind is Kind.convert else job.state.terminal

    def _end(self, lease: Lease, error: Exception) -> str:
        """Settle a task that `error` has ended; returns the outcome. Raises StoreUnavailable."""
        fault = fault_of(error)
        if fault is Fault.unexpected and self._over(lease):
            fault = Fault.stopped  # the objects of an ended job are deleted while tasks may still read them
        match fault:
            case Fault.stopped:
                self.store.leases.give_back(lease)
                return "stopped"
            case Fault.input:
                assert isinstance(error, InputError)
                logger.info("job failed: %s", error.message, extra={"code": error.code})
                self.store.leases.fail_job(lease, error)
                return "rejected"
            case Fault.dependency:
                logger.warning("task released: %s", error)
                delay_s = min(DEPENDENCY_RETRY_S * 2 ** min(self._dependency_errors, 9), LONGEST_DEPENDENCY_RETRY_S)
                self._dependency_errors += 1
                self.store.leases.give_back(lease, delay_s)
                return "released"
            case Fault.unexpected:
                logger.error("%s failed", lease.task.kind, exc_info=error)
                self.store.leases.give_back(lease, UNEXPECTED_RETRY_S, blame=f"{type(error).__name__}: {error}")
                return "failed"

    def wait_for_storage(self, hold: Hold, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`call` S3, and retry while it is unavailable: the result is expensive, and the lease is held.

        Raises Stopped when the task is to stop or this process to end, StorageUnavailable after STORAGE_WAIT_S."""
        pause_s, until = 0.5, time.monotonic() + STORAGE_WAIT_S
        while True:
            try:
                return call(*args, **kwargs)
            except StorageUnavailable as error:
                hold.check()
                if self.draining.is_set():
                    raise Stopped("The worker is draining while S3 is unavailable.") from error
                if time.monotonic() > until:
                    raise
                logger.warning("waiting for S3: %s", error.message)
                self.draining.wait(pause_s)
                pause_s = min(2 * pause_s, 5.0)

    def dispatch(self) -> None:
        """Release and announce the next tasks; if Redis is unavailable, the janitor does it later."""
        try:
            queue.dispatch(self.store, self.celery)
        except StoreUnavailable as error:
            logger.warning("dispatch failed: %s", error.message)

    def close(self) -> None:
        self.heartbeats.close()
        if self.engine is not None:
            self.engine.close()
        self.scratch.close()
        self._pulse.client.close()
        self.store.client.close()
