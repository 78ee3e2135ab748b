"""The courier: `python -m worker.courier`. Delivers webhooks when jobs end.

Several may run at once. One idle thread polls for messages; it leases a due one, leaves the polling to another thread,
sends the message signed (Standard Webhooks), and records the outcome; failed messages are due again later. Addresses
are checked like those of `source_url`, and redirects are not followed. A message may arrive twice, with the same id.
"""

import contextlib
import json
import logging
import signal
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpcore

from core import logs
from core.errors import NotFound, UrlRefused, VoiceliftError
from core.jobs.job import Job
from core.jobs.store import JobStore
from core.jobs.view import JobView
from core.jobs.webhooks import Attempt, Delivery, Outcome, Sent, Trial, Webhooks, delay_after
from core.transfer import signing
from core.transfer.address import Guard
from core.transfer.connect import USER_AGENT, GuardedBackend
from worker import health
from worker.metrics import CourierMetrics, serve
from worker.settings import WorkerSettings

TIMEOUT_S = 15.0  # seconds for one attempt, from the connection to the status
LEASE_S = 60.0
IDLE_S = 1.0
THREADS = 8
GONE = 410  # "the endpoint will not come back": unsubscribes, by the specification

Result = tuple[Outcome, int | None, str | None]  # outcome, status of a response, error

logger = logging.getLogger(__name__)


class Courier:
    def __init__(
        self,
        settings: WorkerSettings,
        store: JobStore,
        ssl_context: ssl.SSLContext | None = None,
        metrics: CourierMetrics | None = None,
    ) -> None:
        self._guard = Guard.from_settings(settings)
        self._store = store
        self._webhooks = Webhooks(store.client)
        self._context = ssl_context or httpcore.default_ssl_context()
        self.metrics = metrics or CourierMetrics()
        self._looking = threading.Lock()

    def work(self, end: threading.Event) -> None:
        """Deliver until `end` is set; the loop of each thread."""
        while not end.is_set():
            try:
                self.deliver_one(end)
            except VoiceliftError as error:
                logger.warning("delivery failed: %s", error.message)
                end.wait(IDLE_S)
            except Exception:
                logger.exception("delivery failed")
                end.wait(IDLE_S)

    def deliver_one(self, end: threading.Event | None = None) -> bool:
        """Send one due message; returns whether there was one. With `end`, wait for one until that is set. Raises
        StoreUnavailable; the message is then due again when its lease has expired, but a test event is lost."""
        with self._looking:
            while (due := self._take()) is None:
                if end is None or end.wait(IDLE_S):
                    return False
        if isinstance(due, Trial):
            self._try(due)
        else:
            self._notify(due)
        return True

    def _notify(self, delivery: Delivery) -> None:
        """Deliver the end of a job, which may have been deleted since."""
        with logs.bind(job_id=delivery.job_id, attempt=delivery.attempt):
            try:
                job = self._store.records.get(delivery.job_id)
                with logs.bind(request_id=job.request_id):
                    self._deliver(delivery, job.webhook_url or "", lambda now: self._send(delivery, job, now))
            except NotFound:
                return
            except VoiceliftError:
                raise
            except Exception as error:  # an internal error: retried like any failure
                logger.exception("delivery failed")
                reason = f"unexpected: {type(error).__name__}: {error}"[:200]
                self._deliver(delivery, "", lambda _now: ("failed", None, reason))

    def _take(self) -> Delivery | Trial | None:
        """The next due message; test events first, because a client waits for them."""
        self.metrics.pending.set(self._webhooks.pending())
        return self._webhooks.take_trial() or self._webhooks.take(LEASE_S)

    def _try(self, trial: Trial) -> None:
        """Send a test event once and record the outcome."""
        started, now = time.monotonic(), self._store.now()
        try:
            outcome, status, detail = self._post_signed(
                trial.tenant, trial.message_id, now, trial.url, trial_message(now)
            )
        except VoiceliftError:
            raise
        except Exception as error:
            logger.exception("test event failed")
            outcome, status, detail = "failed", None, f"unexpected: {type(error).__name__}: {error}"[:200]
        seconds = round(time.monotonic() - started, 3)
        sent = Sent(
            message_id=trial.message_id,
            at=now,
            seconds=seconds,
            url=trial.url,
            outcome=outcome,
            status=status,
            detail=detail,
        )
        self._webhooks.settle_trial(trial, sent)
        logger.info("test event %s", outcome, extra={"tenant": trial.tenant, "status": status, "seconds": seconds})

    def _send(self, delivery: Delivery, job: Job, now: float) -> Result:
        assert job.webhook_url is not None, "only jobs with a webhook are put into the outbox"
        return self._post_signed(job.tenant, delivery.message_id, now, job.webhook_url, message(job))

    def _post_signed(self, tenant: str, message_id: str, now: float, url: str, body: bytes) -> Result:
        keys = self._webhooks.secrets(tenant).valid
        return self._post(url, signing.headers(keys, message_id, int(now), body), body)

    def _deliver(self, delivery: Delivery, url: str, send: Callable[[float], Result]) -> None:
        """Make one attempt and record the outcome."""
        started, now = time.monotonic(), self._store.now()
        outcome, status, detail = send(now)
        seconds = time.monotonic() - started
        ended = outcome in ("delivered", "refused", "gone") or delivery.last
        delay_s = None if ended else delay_after(delivery.round_attempt)
        attempt = Attempt(
            attempt=delivery.attempt,
            message_id=delivery.message_id,
            at=now,
            seconds=round(seconds, 3),
            url=url,
            outcome=outcome,
            status=status,
            detail=detail,
            next_at=None if delay_s is None else now + delay_s,
        )
        self._webhooks.settle(attempt, delivery.job_id, delay_s)
        self.metrics.attempts.labels(outcome).inc()
        self.metrics.seconds.observe(seconds)
        if ended and outcome != "delivered":
            self.metrics.abandoned.inc()
            logger.warning("webhook abandoned after %d attempts: %s", delivery.attempt, detail or status or outcome)
        logger.info("webhook %s", outcome, extra={"status": status, "seconds": round(seconds, 3)})

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> Result:
        """Send one request."""
        try:
            target = self._guard.parse(url)
            all_headers = {
                "Host": target.host_header,
                "User-Agent": USER_AGENT,
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }
            backend = GuardedBackend(self._guard, time.monotonic() + TIMEOUT_S)
            with (
                httpcore.ConnectionPool(ssl_context=self._context, network_backend=backend) as pool,
                pool.stream(
                    "POST",
                    httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
                    headers=list(all_headers.items()),
                    content=body,
                ) as response,
            ):
                status = response.status  # the body is irrelevant, and may be endless
        except UrlRefused as refusal:
            return "refused", None, refusal.message
        except httpcore.TimeoutException:
            return "failed", None, f"no response within {TIMEOUT_S:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            return "failed", None, f"{type(error).__name__}: {error}"[:200]
        if 200 <= status < 300:
            return "delivered", status, None
        if status == GONE:
            return "gone", status, "the receiver declined further messages about this job"
        return "failed", status, "redirects are not followed" if 300 <= status < 400 else None


def message(job: Job) -> bytes:
    """The body of a webhook: equal for every attempt as long as the job does not change."""
    assert job.finished_at is not None, "only jobs that have ended send an event"
    content = {
        "type": f"job.{job.state}",
        "timestamp": datetime.fromtimestamp(job.finished_at, UTC).isoformat(),
        "data": JobView.of(job).model_dump(mode="json"),
    }
    return _json(content)


def trial_message(now: float) -> bytes:
    """The body of a test event."""
    data = {"message": "This is a test of your webhook. No job has ended."}
    return _json({"type": "webhook.test", "timestamp": datetime.fromtimestamp(now, UTC).isoformat(), "data": data})


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    settings = WorkerSettings()
    logs.configure(settings, "courier")
    metrics = CourierMetrics()
    store = JobStore.from_settings(settings, metrics.calls)
    courier = Courier(settings, store, metrics=metrics)
    watched = health.Health({}, {"redis": lambda: health.ping(store)})
    serve(metrics.registry, settings.metrics_host, settings.metrics_port, watched)
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    threads = [threading.Thread(target=courier.work, args=(end,), name=f"courier-{n}") for n in range(THREADS)]
    for thread in threads:
        thread.start()
    logger.info("ready")
    for thread in threads:  # messages in flight are finished
        thread.join()
    with contextlib.closing(store.client):
        logger.info("stopped")


if __name__ == "__main__":
    main()
