"""What a worker process keeps for its whole life, and how it does one work under its lease.

Work that ends without a result goes one of three ways. It was told to stop, or something around it is away
(S3, Redis): given back, and no attempt is counted. The recording itself is the reason: the job fails with
words for its owner. Anything else is a surprise: given back, but it counts, and after a few attempts the job
fails.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from celery import Celery

from core import logs
from core import storage as object_storage
from core.errors import InputError, LeaseLost, Stopped, StoreUnavailable, VoiceliftError
from core.jobs import queue
from core.jobs.job import Kind, Work
from core.jobs.store import JobStore, Lease
from worker.heartbeats import Heartbeats, Hold
from worker.metrics import WorkerMetrics
from worker.scratch import Scratch
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from core.separation.engine import Engine

AWAY_RETRY_S = 5.0  # S3 or Redis is away: nothing is gained by asking more often
SURPRISE_RETRY_S = 1.0
LEAVE_WITHIN_S = 30.0  # of SIGTERM; supervisors kill after 60

logger = logging.getLogger(__name__)

Body = Callable[["Resident", Hold], None]


class Resident:
    """Clients, engine (gpu queue only), heartbeats, temporary files."""

    def __init__(self, settings: WorkerSettings, celery: Celery, engine: "Engine | None") -> None:
        self.settings = settings
        self.celery = celery
        self.store = JobStore.from_settings(settings)
        self.storage = object_storage.from_settings(settings)
        self.metrics = WorkerMetrics()
        self.scratch = Scratch(settings.work_dir)
        self.engine = engine
        self.leaving = threading.Event()
        self._leave_by = float("inf")
        worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.heartbeats = Heartbeats(self.store, worker_id, settings.heartbeat_s)

    def leave(self) -> None:
        """The process was told to end: what runs is finished if it does not take long, else handed over."""
        self._leave_by = time.monotonic() + LEAVE_WITHIN_S
        self.leaving.set()

    def must_hand_over(self) -> bool:
        """Whether a chunk that still runs must be left to another worker, before this process is killed."""
        return time.monotonic() > self._leave_by

    def perform(self, work: Work, body: Body) -> None:
        """Claim `work` and do it; returns quietly when it is not there to be taken. Never raises."""
        with logs.bind(job_id=work.job_id, chunk=work.index if work.kind is Kind.separate else None):
            try:
                lease = self.store.claim(work)
            except StoreUnavailable as error:
                logger.warning("%s not begun: %s", work.kind, error.message)
                return
            if lease is None:
                logger.debug("%s is not there to be taken", work.kind)
                return
            with logs.bind(token=lease.token, attempt=lease.attempt):
                began = time.perf_counter()
                with self.metrics.tasks_running.labels(work.kind).track_inprogress():
                    outcome = self._perform(lease, body)
                seconds = time.perf_counter() - began
                self.metrics.task_seconds.labels(work.kind, outcome).observe(seconds)
                logger.info("%s %s", work.kind, outcome, extra={"seconds": round(seconds, 3)})
            self.dispatch()

    def _perform(self, lease: Lease, body: Body) -> str:
        try:
            try:
                with self.heartbeats.holding(lease) as hold:
                    body(self, hold)
                return "done"
            except (Stopped, LeaseLost):
                self.store.give_back(lease)
                return "stopped"
            except InputError as error:
                logger.info("the job fails: %s", error.message, extra={"code": error.code})
                self.store.fail_job(lease, error)
                return "refused"
            except VoiceliftError as error:
                if not error.retryable:
                    raise
                logger.warning("given back: %s", error.message)
                self.store.give_back(lease, delay_s=AWAY_RETRY_S)
                return "given_back"
        except StoreUnavailable as error:
            logger.warning("%s is left to its lease: %s", lease.work.kind, error.message)
            return "left"
        except Exception:
            logger.exception("%s failed", lease.work.kind)
            return self._surprised(lease)

    def _surprised(self, lease: Lease) -> str:
        try:
            self.store.give_back(lease, delay_s=SURPRISE_RETRY_S, counts=True)
            return "failed"
        except StoreUnavailable as error:
            logger.warning("%s is left to its lease: %s", lease.work.kind, error.message)
            return "left"

    def dispatch(self) -> None:
        """Send what may go next; when Redis is away, the janitor does it later."""
        try:
            queue.dispatch(self.store, self.celery)
        except StoreUnavailable as error:
            logger.warning("not dispatched: %s", error.message)

    def close(self) -> None:
        self.heartbeats.close()
        if self.engine is not None:
            self.engine.close()
        self.scratch.close()
        self.store.client.close()
