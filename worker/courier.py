"""The courier: `python -m worker.courier`. Tells the ends of jobs to the webhooks that their owners named.

Any number may run at once. Each thread takes one message that is due, under a lease, sends it signed (Standard
Webhooks), and notes what came of it; what failed is due again later. Addresses are judged as those of `source_url`
are, and redirects are not followed. A message may come twice, with the same id.
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

import httpcore

from core import logs
from core.errors import NotFound, UrlRefused, VoiceliftError
from core.jobs.job import Job
from core.jobs.store import JobStore
from core.jobs.view import JobView
from core.jobs.webhooks import Attempt, Delivery, Outcome, Webhooks, delay_after
from core.transfer import signing
from core.transfer.address import Guard
from core.transfer.connect import USER_AGENT, GuardedBackend
from worker import health
from worker.metrics import CourierMetrics, serve
from worker.settings import WorkerSettings

ANSWER_S = 15.0  # all that a receiver may take, from the connection to its status
LEASE_S = 60.0
IDLE_S = 1.0
THREADS = 8
GONE = 410  # "the endpoint will not come back": the specification's way to unsubscribe

Told = tuple[Outcome, int | None, str | None]  # outcome, status if there was an answer, what to say about a failure

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

    def work(self, end: threading.Event) -> None:
        """Deliver until `end` is set; what a thread of the process does."""
        while not end.is_set():
            try:
                busy = self.deliver_one()
            except VoiceliftError as error:
                logger.warning("not delivered: %s", error.message)
                busy = False
            except Exception:
                logger.exception("not delivered")
                busy = False
            if not busy:
                end.wait(IDLE_S)

    def deliver_one(self) -> bool:
        """Send one message that is due, if there is one. Raises StoreUnavailable; the message is then due again when
        its lease has run out."""
        self.metrics.pending.set(self._webhooks.pending())
        delivery = self._webhooks.take(LEASE_S)
        if delivery is None:
            return False
        with logs.bind(job_id=delivery.job_id, attempt=delivery.attempt):
            try:
                job = self._store.get(delivery.job_id)
                with logs.bind(request_id=job.request_id):
                    self._deliver(delivery, job.webhook_url or "", lambda now: self._tell(delivery, job, now))
            except NotFound:
                return True  # removed since it was taken
            except VoiceliftError:
                raise
            except Exception as error:  # a fault of ours: tried again like any failure, and as often
                logger.exception("not delivered")
                said = f"unforeseen: {type(error).__name__}: {error}"[:200]
                self._deliver(delivery, "", lambda _now: ("failed", None, said))
        return True

    def _tell(self, delivery: Delivery, job: Job, now: float) -> Told:
        assert job.webhook_url is not None, "only jobs with a webhook are put into the outbox"
        body = message(job)
        keys = self._webhooks.secrets(job.tenant).valid
        headers = signing.headers(keys, delivery.message_id, int(now), body)
        return self._post(job.webhook_url, headers, body)

    def _deliver(self, delivery: Delivery, url: str, tell: Callable[[float], Told]) -> None:
        """Make one attempt, and note what came of it."""
        began, now = time.monotonic(), self._store.now()
        outcome, status, detail = tell(now)
        seconds = time.monotonic() - began
        ended = outcome in ("delivered", "refused", "gone") or delivery.last
        delay_s = None if ended else delay_after(delivery.attempt)
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
            self.metrics.given_up.inc()
            logger.warning("webhook given up after %d attempts: %s", delivery.attempt, detail or status or outcome)
        logger.info("webhook %s", outcome, extra={"status": status, "seconds": round(seconds, 3)})

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> Told:
        """Send one request."""
        try:
            target = self._guard.look(url)
            all_headers = {
                "Host": target.host_header,
                "User-Agent": USER_AGENT,
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }
            backend = GuardedBackend(self._guard, time.monotonic() + ANSWER_S)
            with (
                httpcore.ConnectionPool(ssl_context=self._context, network_backend=backend) as pool,
                pool.stream(
                    "POST",
                    httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
                    headers=list(all_headers.items()),
                    content=body,
                ) as answer,
            ):
                status = answer.status  # the body is of no interest, and may have no end
        except UrlRefused as refusal:
            return "refused", None, refusal.message
        except httpcore.TimeoutException:
            return "failed", None, f"no answer within {ANSWER_S:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            return "failed", None, f"{type(error).__name__}: {error}"[:200]
        if 200 <= status < 300:
            return "delivered", status, None
        if status == GONE:
            return "gone", status, "the receiver wants no more messages about this job"
        return "failed", status, "redirects are not followed" if 300 <= status < 400 else None


def message(job: Job) -> bytes:
    """The body of a webhook: the same for every attempt as long as the job does not change."""
    assert job.finished_at is not None, "only jobs that are over are told"
    content = {
        "type": f"job.{job.state}",
        "timestamp": datetime.fromtimestamp(job.finished_at, UTC).isoformat(),
        "data": JobView.of(job).model_dump(mode="json"),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    settings = WorkerSettings()
    logs.configure(settings, "courier")
    metrics = CourierMetrics()
    store = JobStore.from_settings(settings, metrics.calls)
    courier = Courier(settings, store, metrics=metrics)
    watched = health.Health({}, {"redis": lambda: health.answers(store)})
    serve(metrics.registry, settings.metrics_host, settings.metrics_port, watched)
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    threads = [threading.Thread(target=courier.work, args=(end,), name=f"courier-{n}") for n in range(THREADS)]
    for thread in threads:
        thread.start()
    logger.info("ready")
    for thread in threads:  # what is on its way is brought to its end
        thread.join()
    with contextlib.closing(store.client):
        logger.info("left")


if __name__ == "__main__":
    main()
