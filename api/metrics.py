"""Metrics of the API process: requests (rate, errors, duration), uploads, and the queues as reported by Redis.

Labels are bounded: routes are templates, methods and statuses come from short lists.
"""

import logging
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import errors, logs
from core.jobs.backlog import QueueStats
from core.watch import Calls

access_log = logging.getLogger("api.access")

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_QUIET = {"/livez", "/readyz", "/metrics"}  # polled every few seconds by machines
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """All metrics of one app, in a separate registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Calls(self.registry)
        self.requests = Counter(
            "voicelift_http_requests",
            "Requests.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.problems = Counter(
            "voicelift_http_problems",
            "Error responses, by problem code: unauthenticated, rate_limited, queue_full, ...",
            ["code"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "voicelift_http_request_duration_seconds",
            "Request duration, uploads included.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("voicelift_http_requests_in_flight", "Requests in flight.", registry=self.registry)
        self.jobs_accepted = Counter("voicelift_jobs_accepted", "Jobs accepted with 202.", registry=self.registry)
        self.upload_bytes = Counter("voicelift_upload_bytes", "Bytes of accepted recordings.", registry=self.registry)
        self.hints_failed = Counter(
            "voicelift_hints_failed",
            "Accepted jobs whose first hint failed; the janitor sends it again.",
            registry=self.registry,
        )
        self._redis_up = Gauge("voicelift_redis_up", "1 while Redis responds.", registry=self.registry)
        # The gpu queue has the `separate` tasks, the cpu queue all others.
        self._depth = self._of_queue("voicelift_queue_depth", "Tasks that wait for a worker.")
        self._in_flight = self._of_queue("voicelift_queue_in_flight", "Tasks that a worker holds.")
        self._oldest = self._of_queue(
            "voicelift_queue_oldest_task_age_seconds", "Age of the oldest task not sent to a worker."
        )
        self._slots = self._of_queue("voicelift_worker_slots", "Slots of live workers.")
        ProcessCollector(registry=self.registry)

    def expect(self, routes: Iterable[tuple[str, str, int]]) -> None:
        """Start the series of these routes (method, path, status of success) and of every problem at zero, so that the
        first event is an increase."""
        for method, path, status in routes:
            self.requests.labels(method, path, str(status))
            self.seconds.labels(method, path)
        for code in errors.codes():
            self.problems.labels(code)

    def show_queue(self, stats: QueueStats | None) -> None:
        """Set the queue's gauges. None means that Redis does not respond: they become NaN, not stale."""
        unknown = float("nan")
        self._redis_up.set(stats is not None)
        gauges = (self._depth, self._in_flight, self._oldest, self._slots)
        gpu = cpu = (unknown,) * len(gauges)
        if stats is not None:
            gpu = (stats.depth, stats.in_flight, stats.oldest_ready_age_s, stats.gpu_slots)
            cpu = (stats.cpu_depth, stats.cpu_in_flight, stats.cpu_oldest_age_s, stats.cpu_slots)
        for queue, values in (("gpu", gpu), ("cpu", cpu)):
            for gauge, value in zip(gauges, values, strict=True):
                gauge.labels(queue).set(value)

    def _of_queue(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["queue"], registry=self.registry)


class RequestMetrics:
    """ASGI middleware that counts, times and logs every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, started = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, watched)
        finally:
            self.metrics.in_flight.dec()
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = getattr(scope.get("route"), "path", "unmatched")
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(method, route).observe(seconds)
            state = scope.get("state", {})
            if "problem" in state:
                self.metrics.problems.labels(state["problem"]).inc()
            level = logging.DEBUG if scope["path"] in _QUIET else logging.INFO
            facts = {"status": status, "seconds": seconds, "key_id": getattr(state.get("caller"), "key_id", None)}
            with logs.bind(job_id=scope.get("path_params", {}).get("job_id")):
                access_log.log(level, "%s %s -> %d", method, scope["path"], status, extra=facts)
