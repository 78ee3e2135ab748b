"""One thread per worker process that renews its registration and every lease it holds.

It also stops tasks: the reply to a heartbeat says so, and the task checks its `Hold` between steps.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from core.errors import Stopped, StoreUnavailable
from core.jobs.leases import Lease
from core.jobs.store import JobStore
from worker.health import Pulse

Queue = Literal["cpu", "gpu"]

CONFIRMED_S = 20.0
STUCK_S = 120.0  # with a Redis that does not respond, an attempt takes most of a minute

logger = logging.getLogger(__name__)


class Hold:
    """A lease of a task in flight, and whether to continue."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._stop = threading.Event()

    def should_stop(self) -> bool:
        """Whether the job was canceled, is past its deadline or ended, or the lease was lost."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raises Stopped when the task should stop."""
        if self._stop.is_set():
            raise Stopped(f"{self.lease.task.member} was asked to stop.")

    def stop(self) -> None:
        self._stop.set()


class Heartbeats:
    """Start it when the worker can accept tasks; `slots` is its capacity per queue."""

    def __init__(self, store: JobStore, worker_id: str, interval_s: float, model: str | None = None) -> None:
        """`model` is that of a worker of the gpu queue."""
        self._store = store
        self._model = model
        self._worker_id = worker_id
        self._interval_s = interval_s
        self._holds: set[Hold] = set()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._slots: Mapping[Queue, int] = {}
        self._after_beat: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self.tried = Pulse("a heartbeat", STUCK_S)  # whether it succeeded or not
        self.confirmed = Pulse("a heartbeat confirmed by Redis", CONFIRMED_S)

    def start(self, slots: Mapping[Queue, int], after_beat: Callable[[], None]) -> None:
        """Start beating. `after_beat` runs once after the first registration of the slots."""
        self._slots = slots
        self._after_beat = after_beat
        self._thread = threading.Thread(target=self._run, name="heartbeats", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Deregister the worker; leases that are still held expire."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        try:
            for queue in self._slots:
                self._store.turns.register_worker(self._worker_id, queue, 0)
        except StoreUnavailable:
            logger.warning("deregistration failed; the slots of this worker expire with its lease")

    @contextmanager
    def holding(self, lease: Lease) -> Iterator[Hold]:
        """Renew `lease` as long as the block runs."""
        hold = Hold(lease)
        with self._lock:
            self._holds.add(hold)
        try:
            yield hold
        finally:
            with self._lock:
                self._holds.discard(hold)

    @property
    def held(self) -> int:
        with self._lock:
            return len(self._holds)

    def _run(self) -> None:
        announced = False
        while not self._end.is_set():
            try:
                self._beat()
                self.confirmed.beat()
                if not announced:
                    self._after_beat()
                    announced = True
            except StoreUnavailable as error:
                logger.warning("heartbeat failed: %s", error.message)
            except Exception:
                logger.exception("heartbeat failed")
            self.tried.beat()
            self._end.wait(self._interval_s)

    def _beat(self) -> None:
        for queue, slots in self._slots.items():
            self._store.turns.register_worker(self._worker_id, queue, slots, self._model)
        with self._lock:
            holds = list(self._holds)
        for hold in holds:
            beat = self._store.leases.heartbeat(hold.lease)
            if (beat.stop or not beat.held) and not hold.should_stop():
                logger.info("stop requested" if beat.held else "lease lost", extra={"task": hold.lease.task.member})
                hold.stop()
