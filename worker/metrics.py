"""Metrics of a worker process or a courier, on a separate port. Names follow Prometheus' conventions and labels are
bounded; docs/operations.md has the list. The janitor counts whole jobs: janitor_metrics.py."""

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
from core.jobs.job import model_key
from core.jobs.task import Kind
from core.jobs.webhooks import Outcome
from core.watch import Calls
from worker.gpu_metrics import EngineCollector, GpuCollector
from worker.health import Health

if TYPE_CHECKING:
    from core.separation.engine import Engine

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
MAX_ATTEMPTS, MORE = 5, "more"  # later attempts count as MORE
OUTCOMES = ("succeeded", "unsettled", "stopped", "rejected", "released", "failed")  # of a task: resident.py

logger = logging.getLogger(__name__)


class WorkerMetrics:
    """Metrics of a worker process, in a separate registry. `work_dir` holds temporary files; only workers of the gpu
    queue have an `engine`."""

    def __init__(self, work_dir: Path, engine: "Engine | None" = None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Calls(self.registry)
        self.chunk_inference = self._histogram(
            "voicelift_chunk_inference_seconds", "Compute time of a chunk.", "model", "quality", "device"
        )
        self.task_seconds = self._histogram(
            "voicelift_task_duration_seconds", "Time for which a task held its lease.", "kind", "outcome"
        )
        self._attempts = Counter(
            "voicelift_task_attempts",
            "Tasks started, by attempt.",
            ["kind", "attempt"],
            registry=self.registry,
        )
        kinds = [kind for kind in Kind if kind is not Kind.separate or engine is not None]
        for kind in kinds:  # series start at zero, so that the first event is an increase
            for outcome in OUTCOMES:
                self.task_seconds.labels(kind, outcome)
            for attempt in (*map(str, range(1, MAX_ATTEMPTS + 1)), MORE):
                self._attempts.labels(kind, attempt)
        self.tasks_running = Gauge(
            "voicelift_worker_tasks_in_flight",
            "Tasks in flight on this worker.",
            ["kind"],
            registry=self.registry,
        )
        free = Gauge("voicelift_work_dir_free_bytes", "Free space for temporary files.", registry=self.registry)
        free.set_function(lambda: shutil.disk_usage(work_dir).free)
        size = Gauge("voicelift_work_dir_size_bytes", "Size of the disk for temporary files.", registry=self.registry)
        size.set_function(lambda: shutil.disk_usage(work_dir).total)
        if engine is not None:
            model = model_key(engine.card.name, engine.card.version)
            for quality in get_args(Quality):
                self.chunk_inference.labels(model, quality, engine.device.type)
            self.registry.register(EngineCollector(engine))
            if engine.device.type == "cuda":
                self.registry.register(GpuCollector(engine.device))

    def claimed(self, kind: str, attempt: int) -> None:
        """Count the start of a task; `attempt` counts from 1."""
        self._attempts.labels(kind, str(attempt) if attempt <= MAX_ATTEMPTS else MORE).inc()

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=SECONDS, registry=self.registry)


class CourierMetrics:
    """Metrics of a courier, in a separate registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Calls(self.registry)
        self.attempts = Counter(
            "voicelift_webhook_attempts",
            "Delivery attempts: delivered, failed, refused (address) or gone (410).",
            ["outcome"],
            registry=self.registry,
        )
        for outcome in get_args(Outcome):
            self.attempts.labels(outcome)
        self.abandoned = Counter(
            "voicelift_webhooks_abandoned", "Messages whose last delivery attempt failed.", registry=self.registry
        )
        self.seconds = Histogram(
            "voicelift_webhook_duration_seconds",
            "Duration of a delivery attempt.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.pending = Gauge("voicelift_webhooks_pending", "Undelivered messages.", registry=self.registry)


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log no scrapes."""


def serve(
    registry: CollectorRegistry, host: str, port: int, health: Health | None = None
) -> tuple[WSGIServer, threading.Thread]:
    """Serve /metrics and the probes of `health` on `port` (0: any free port). Stop it by server and thread."""
    metrics = make_wsgi_app(registry)

    def respond(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answered = health.serve(environ, start) if health else None
        return metrics(environ, start) if answered is None else answered

    server = make_server(host, port, respond, _Server, _Silent)
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    logger.info("metrics at http://%s:%d/metrics", host, server.server_port)
    return server, thread
