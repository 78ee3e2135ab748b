"""Metrics of a worker process or a courier, on a port of their own. Names follow Prometheus' conventions, labels are
bounded: docs/operations.md has the list. What a whole job took is counted by the janitor: janitor_metrics.py."""

import logging
import shutil
import socketserver
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, make_wsgi_app

from core.card import Quality
from core.jobs.job import Kind
from core.jobs.webhooks import Outcome
from core.watch import Calls
from worker.gpu_metrics import EngineCollector, GpuCollector
from worker.health import Health

if TYPE_CHECKING:
    from core.separation.engine import Engine

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
MOST_ATTEMPTS, MORE = 5, "more"  # what later attempts are counted as
OUTCOMES = ("done", "left", "stopped", "refused", "given_back", "failed")  # of a task: resident.py

logger = logging.getLogger(__name__)


class WorkerMetrics:
    """Instruments of a worker process, in a registry of their own. `work_dir` is where temporary files lie; `engine`
    is there in workers of the gpu queue."""

    def __init__(self, work_dir: Path, engine: "Engine | None" = None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Calls(self.registry)
        self.chunk_inference = self._histogram(
            "voicelift_chunk_inference_seconds", "Compute seconds of a chunk.", "quality", "device"
        )
        self.task_seconds = self._histogram(
            "voicelift_task_seconds", "Seconds that a task held its lease.", "kind", "outcome"
        )
        self._attempts = Counter(
            "voicelift_task_attempts",
            "Tasks begun, by which attempt it is.",
            ["kind", "attempt"],
            registry=self.registry,
        )
        kinds = [kind for kind in Kind if kind is not Kind.separate or engine is not None]
        for kind in kinds:  # from zero on, so that the first one is an increase
            for outcome in OUTCOMES:
                self.task_seconds.labels(kind, outcome)
            for attempt in (*map(str, range(1, MOST_ATTEMPTS + 1)), MORE):
                self._attempts.labels(kind, attempt)
        self.tasks_running = Gauge(
            "voicelift_worker_tasks_running",
            "Tasks that this worker is doing now.",
            ["kind"],
            registry=self.registry,
        )
        free = Gauge("voicelift_work_dir_free_bytes", "Room for temporary files.", registry=self.registry)
        free.set_function(lambda: shutil.disk_usage(work_dir).free)
        size = Gauge("voicelift_work_dir_size_bytes", "Size of the disk they lie on.", registry=self.registry)
        size.set_function(lambda: shutil.disk_usage(work_dir).total)
        if engine is not None:
            for quality in get_args(Quality):
                self.chunk_inference.labels(quality, engine.device.type)
            self.registry.register(EngineCollector(engine))
            if engine.device.type == "cuda":
                self.registry.register(GpuCollector(engine.device))

    def claimed(self, kind: str, attempt: int) -> None:
        """A task begins, for the `attempt`th time (from 1)."""
        self._attempts.labels(kind, str(attempt) if attempt <= MOST_ATTEMPTS else MORE).inc()

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=SECONDS, registry=self.registry)


class CourierMetrics:
    """Instruments of a courier, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Calls(self.registry)
        self.attempts = Counter(
            "voicelift_webhook_attempts",
            "Attempts to tell a webhook: delivered, failed, refused (its address) or gone (410).",
            ["outcome"],
            registry=self.registry,
        )
        for outcome in get_args(Outcome):
            self.attempts.labels(outcome)
        self.given_up = Counter(
            "voicelift_webhooks_given_up", "Messages that will not be tried again.", registry=self.registry
        )
        self.seconds = Histogram(
            "voicelift_webhook_seconds", "Seconds of an attempt.", buckets=SECONDS, registry=self.registry
        )
        self.pending = Gauge(
            "voicelift_webhooks_pending", "Messages that are not delivered yet.", registry=self.registry
        )


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody wants a line for each time that Prometheus asks."""


def serve(
    registry: CollectorRegistry, host: str, port: int, health: Health | None = None
) -> tuple[WSGIServer, threading.Thread]:
    """Answer /metrics, and the questions that `health` knows, on `port`, 0 meaning any free one; both results stop
    it."""
    metrics = make_wsgi_app(registry)

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answered = health.serve(environ, start) if health else None
        return metrics(environ, start) if answered is None else answered

    server = make_server(host, port, answer, _Server, _Silent)
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    logger.info("metrics are served at http://%s:%d/metrics", host, server.server_port)
    return server, thread
