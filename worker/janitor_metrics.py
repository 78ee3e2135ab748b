"""Metrics of a janitor: its chores, the state of Redis, and the outcome of jobs.

One janitor counts a job in the first sweep after its end, whichever process ended it: the worker that finished it, the
API that canceled it, or a deadline. A job that its owner deletes before that sweep is not counted.
"""

import itertools
from collections.abc import Collection, Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core import errors
from core.card import Quality
from core.errors import StoreUnavailable
from core.jobs.job import Job, State
from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable
from core.jobs.task import Kind
from core.watch import Calls
from worker.metrics import SECONDS

RTF = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)
# Error codes that are faults of the service, not of the recording.
SERVICE_FAULTS = ("attempts_exhausted", "model_changed", "separation_failed", "encoding_failed", "other")
OUTCOMES = tuple(state.value for state in State if state.terminal)
DEVICES, NO_DEVICE = ("cpu", "cuda"), "none"  # none: the job ended before any computation
MAX_TENANTS, MAX_MODELS = 50, 10  # label values; later ones are "other"


class JanitorMetrics:
    """Metrics of a janitor, in a separate registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.calls = Calls(self.registry)
        self.ends = JobEnds(self.registry)
        self.leases_expired = Counter("voicelift_leases_expired", "Expired leases.", ["kind"], registry=self.registry)
        self.hints_resent = Counter(
            "voicelift_hints_resent",
            "Hints sent again because no worker claimed the task.",
            ["kind"],
            registry=self.registry,
        )
        for kind in Kind:  # series start at zero, so that the first event is an increase
            self.leases_expired.labels(kind)
            self.hints_resent.labels(kind)
        self.objects_deleted = Counter("voicelift_objects_deleted", "Objects deleted from S3.", registry=self.registry)

    def watch_redis(self, client: Client) -> None:
        """Report the state of Redis at each scrape."""
        self.registry.register(RedisCollector(client))


class JobEnds:
    """Outcomes and durations of jobs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._models, self._tenants = _Names(MAX_MODELS), _Names(MAX_TENANTS)
        kinds = ("model", "quality", "device", "outcome")
        self._ended = self._counter("voicelift_jobs_ended", "Jobs in a final state.", *kinds)
        self._failed = self._counter("voicelift_jobs_failed", "Jobs failed or expired, by error code.", "code")
        for code in _codes() | {"other"}:
            self._failed.labels(code)
        self._reused = self._counter("voicelift_cache_hits", "Jobs answered with an earlier result.")
        self._audio = self._counter("voicelift_audio_seconds", "Audio of succeeded jobs.")
        self._inference = self._histogram(
            "voicelift_job_inference_seconds", "Compute time of a job, the sum over its chunks.", SECONDS, *kinds
        )
        self._queue = self._histogram(
            "voicelift_job_wait_seconds", "Wait time: creation until the first claim.", SECONDS
        )
        self._first_piece = self._histogram(
            "voicelift_job_time_to_first_audio_seconds", "Time to first audio.", SECONDS
        )
        self._total = self._histogram("voicelift_job_duration_seconds", "Creation until success.", SECONDS, "quality")
        for quality in get_args(Quality):
            self._total.labels(quality)
        self._rtf = self._histogram("voicelift_job_rtf", "Real-time factor of a job.", RTF, *kinds[:3])
        self._of_tenant = self._counter("voicelift_tenant_jobs_ended", "Jobs in a final state.", "tenant", "outcome")
        self._tenant_audio = self._counter("voicelift_tenant_audio_seconds", "Audio of succeeded jobs.", "tenant")
        self._tenant_inference = self._counter("voicelift_tenant_inference_seconds", "Compute time.", "tenant")
        self._tenant_queue = self._counter("voicelift_tenant_wait_seconds", "Sum of wait times.", "tenant")

    def expect(self, model: str, tenants: Collection[str]) -> None:
        """Start the series of a model (name@version) and of tenants at zero, so that the first job is an increase.
        With more than MOST_TENANTS tenants, only those that send jobs get label values."""
        model = self._models.of(model)
        for quality, outcome in itertools.product(get_args(Quality), OUTCOMES):
            for device in DEVICES:
                self._ended.labels(model, quality, device, outcome)
                self._inference.labels(model, quality, device, outcome)
                self._rtf.labels(model, quality, device)
            self._ended.labels(model, quality, NO_DEVICE, outcome)
        if len(tenants) > MAX_TENANTS:
            return
        for tenant in map(self._tenants.of, tenants):
            for outcome in OUTCOMES:
                self._of_tenant.labels(tenant, outcome)
            for counter in (self._tenant_audio, self._tenant_inference, self._tenant_queue):
                counter.labels(tenant)

    def count(self, job: Job) -> None:
        """Count a job in a final state."""
        outcome, timings = job.state.value, job.timings
        model = self._models.of(f"{job.model.name}@{job.model.version}")
        tenant = self._tenants.of(job.tenant)
        kind = (model, job.options.quality, job.device or NO_DEVICE)
        self._ended.labels(*kind, outcome).inc()
        self._of_tenant.labels(tenant, outcome).inc()
        if job.error is not None:
            self._failed.labels(job.error.code if job.error.code in _codes() else "other").inc()
        if job.cached_from is not None:
            self._reused.inc()
        if timings.queue_s is not None:
            self._queue.observe(timings.queue_s)
            self._tenant_queue.labels(tenant).inc(timings.queue_s)
        if timings.first_piece_s is not None and job.cached_from is None:
            self._first_piece.observe(timings.first_piece_s)
        if job.device is not None:
            self._inference.labels(*kind, outcome).observe(timings.inference_s)
            self._tenant_inference.labels(tenant).inc(timings.inference_s)
        if job.state is State.succeeded and job.audio is not None:
            self._audio.inc(job.audio.duration_s)
            self._tenant_audio.labels(tenant).inc(job.audio.duration_s)
            if timings.total_s is not None:
                self._total.labels(job.options.quality).observe(timings.total_s)
            if timings.rtf is not None:
                self._rtf.labels(*kind).observe(timings.rtf)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self._registry)


class RedisCollector(Collector):
    """State of Redis; no samples while Redis does not respond."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def collect(self) -> Iterator[Metric]:
        try:
            with reachable():
                info, dead = self._client.info(), self._client.zcard(redis_key("dead"))
        except StoreUnavailable:
            return
        yield GaugeMetricFamily("voicelift_dead_letters", "Dead letters.", value=dead)
        yield GaugeMetricFamily("voicelift_redis_memory_used_bytes", "Memory used by Redis.", value=info["used_memory"])
        yield GaugeMetricFamily(
            "voicelift_redis_memory_limit_bytes", "maxmemory of Redis; 0: no limit.", value=info["maxmemory"]
        )
        yield GaugeMetricFamily(
            "voicelift_redis_connected_clients", "Connections to Redis.", value=info["connected_clients"]
        )
        yield GaugeMetricFamily(
            "voicelift_redis_aof_ok", "1 while the last write to the append-only file succeeded.",
            value=int(info.get("aof_last_write_status", "ok") == "ok"),
        )  # fmt: skip


class _Names:
    """Keeps the first `most` names; every later one is "other"."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, name: str) -> str:
        if name not in self._known and len(self._known) < self._most:
            self._known.add(name)
        return name if name in self._known else "other"


def _codes() -> set[str]:
    """All error codes, with those of the store's scripts."""
    return errors.codes() | {"attempts_exhausted", "deadline_exceeded"}
