"""Metrics of a worker process, the janitor or a courier, on a port of their own. Names follow Prometheus'
conventions."""

import logging
import threading
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from core.jobs.job import Job

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_RTF = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)

logger = logging.getLogger(__name__)


class WorkerMetrics:
    """Instruments of a worker process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.job_inference = self._histogram(
            "voicelift_job_inference_seconds", "Compute seconds of a job: the sum over its chunks.", "quality"
        )
        self.job_queue = self._histogram(
            "voicelift_job_queue_seconds", "Seconds from a job's creation to its first claim."
        )
        self.job_first_piece = self._histogram(
            "voicelift_job_first_piece_seconds", "Seconds from creation to the first playable piece."
        )
        self.job_total = self._histogram("voicelift_job_total_seconds", "Seconds from creation to success.", "quality")
        self.job_rtf = Histogram(
            "voicelift_job_rtf",
            "Real-time factor of a job: compute seconds per second of audio.",
            ["quality"],
            buckets=_RTF,
            registry=self.registry,
        )
        self.chunk_inference = self._histogram(
            "voicelift_chunk_inference_seconds", "Compute seconds of a chunk.", "quality"
        )
        self.task_seconds = self._histogram(
            "voicelift_task_seconds", "Seconds that a task held its lease.", "kind", "outcome"
        )
        self.tasks_running = Gauge(
            "voicelift_worker_tasks_running",
            "Tasks that this worker is doing now.",
            ["kind"],
            registry=self.registry,
        )

    def job_succeeded(self, job: Job) -> None:
        """Observe the timings of a job that has just succeeded."""
        quality, timings = job.options.quality, job.timings
        self.job_inference.labels(quality).observe(timings.inference_s)
        if timings.queue_s is not None:
            self.job_queue.observe(timings.queue_s)
        if timings.first_piece_s is not None:
            self.job_first_piece.observe(timings.first_piece_s)
        if timings.total_s is not None:
            self.job_total.labels(quality).observe(timings.total_s)
        if timings.rtf is not None:
            self.job_rtf.labels(quality).observe(timings.rtf)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=_SECONDS, registry=self.registry)


class JanitorMetrics:
    """Instruments of a janitor, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.reaped = Counter("voicelift_leases_reaped", "Leases that ran out.", ["kind"], registry=self.registry)
        self.hints_resent = Counter(
            "voicelift_queue_hints_resent",
            "Messages sent again because nobody claimed their work.",
            ["kind"],
            registry=self.registry,
        )
        self.objects_swept = Counter("voicelift_objects_swept", "Objects removed.", registry=self.registry)


class CourierMetrics:
    """Instruments of a courier, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.attempts = Counter(
            "voicelift_webhook_attempts",
            "Attempts to tell a webhook: delivered, failed, refused (its address) or gone (410).",
            ["outcome"],
            registry=self.registry,
        )
        self.given_up = Counter(
            "voicelift_webhooks_given_up", "Messages that will not be tried again.", registry=self.registry
        )
        self.seconds = Histogram(
            "voicelift_webhook_seconds", "Seconds of an attempt.", buckets=_SECONDS, registry=self.registry
        )
        self.pending = Gauge(
            "voicelift_webhooks_pending", "Messages that are not delivered yet.", registry=self.registry
        )


def serve(registry: CollectorRegistry, host: str, port: int) -> tuple[WSGIServer, threading.Thread]:
    """Answer /metrics on `port`, 0 meaning any free one; both results stop it."""
    server, thread = start_http_server(port, host, registry)
    logger.info("metrics are served at http://%s:%d/metrics", host, server.server_port)
    return server, thread
