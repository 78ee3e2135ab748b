"""The outbox of webhooks: pending deliveries, signing secrets, and the log of attempts.

`notify` in lua/common.lua puts a job into the outbox in the step that ends it, so no end is lost. Couriers
(`worker/courier.py`, any number) lease due messages: if one dies, another takes over. So a message may arrive twice,
always with the same id. Failed attempts are repeated after growing pauses for about a day, and again from the start
when the owner requests it.

Test events go the same way, so that their outcome predicts a job's: the API stores them, a courier sends each at most
once, and the API waits for the recorded outcome.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound
from core.jobs.names import redis_key
from core.jobs.scripts import Client, Scripts, reachable
from core.transfer.signing import new_secret

ROTATION_S = 86400.0  # seconds for which a replaced secret still signs
MAX_ATTEMPTS = 12
FIRST_DELAY_S, FACTOR, LONGEST_DELAY_S = 5.0, 3.0, 6 * 3600.0
_KEPT_ENTRIES, _KEPT_DAYS = 50, 30
TRIAL_WAIT_S = 25.0  # a courier polls each second and gives a receiver 15 s
TRIAL_KEPT_S = 3600
_NOT_AGAIN = {
    "running": "The job has not ended, so there is no event yet.",
    "no_webhook": "The job has no webhook_url.",
    "delivered": "The webhook was delivered: the receiver returned 2xx.",
}

Outcome = Literal["delivered", "failed", "refused", "gone"]


@dataclass(frozen=True)
class Secrets:
    """`previous` is None unless it is still valid; times are seconds since the epoch."""

    current: str
    previous: str | None
    previous_until: float | None

    @property
    def valid(self) -> list[str]:
        return [self.current, *([self.previous] if self.previous else [])]


@dataclass(frozen=True)
class Delivery:
    """A message that is due. `attempt` counts from 1, `round_attempt` since the last request for delivery."""

    job_id: str
    attempt: int
    round_attempt: int

    @property
    def message_id(self) -> str:
        """Equal for every attempt: a job ends once."""
        return f"msg_{self.job_id.removeprefix('job_')}"

    @property
    def last(self) -> bool:
        return self.round_attempt >= MAX_ATTEMPTS


class Sent(BaseModel):
    """Outcome of an attempt. `at` is seconds since the epoch, `status` the HTTP status of a response."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    at: float
    seconds: float
    url: str
    outcome: Outcome
    status: int | None
    detail: str | None


class Attempt(Sent):
    """Outcome of one delivery attempt. `next_at`: time of the next attempt."""

    attempt: int
    next_at: float | None


@dataclass(frozen=True)
class Trial:
    """A test event that is due."""

    id: str
    tenant: str
    url: str

    @property
    def message_id(self) -> str:
        return f"msg_{self.id}"


class Webhooks:
    """Raises StoreUnavailable everywhere."""

    def __init__(self, client: Client, clock: Callable[[], float] | None = None) -> None:
        """`clock` replaces Redis' clock, for tests that move time."""
        self._client = client
        self._run = Scripts(client, clock)

    def secrets(self, tenant: str) -> Secrets:
        """The tenant's secrets; the first is created at the first call."""
        return self._secrets(tenant, "")

    def rotate(self, tenant: str) -> Secrets:
        """Replace the tenant's secret. The old one stays valid for ROTATION_S."""
        return self._secrets(tenant, ROTATION_S)

    def take(self, lease_s: float) -> Delivery | None:
        """A message that is due; it is handed out again after `lease_s` unless `settle` is called."""
        due = self._run("take_delivery", lease_s)
        return Delivery(due[0], int(due[1]), int(due[1]) - int(due[2])) if due else None

    def settle(self, attempt: Attempt, job_id: str, delay_s: float | None) -> None:
        """Record an attempt. The next one is due after `delay_s`; None ends the delivery."""
        delay = "" if delay_s is None else delay_s
        self._run(
            "settle_delivery", job_id, attempt.attempt, attempt.model_dump_json(), delay, _KEPT_ENTRIES, _KEPT_DAYS
        )

    def attempts(self, job_id: str) -> list[Attempt]:
        """The delivery attempts of this job, oldest first."""
        with reachable():
            entries = self._client.lrange(redis_key("job_deliveries", job_id), 0, -1)
        return [Attempt.model_validate_json(entry) for entry in entries]

    def redeliver(self, job_id: str) -> None:
        """Deliver a job's end again, at once and with all retries. Idempotent.

        Raises:
            NotFound: the job does not exist.
            Conflict: there is nothing to deliver, or it was delivered.
        """
        outcome = self._run("redeliver", job_id)
        if outcome == "unknown":
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        if outcome != "due":
            raise Conflict(_NOT_AGAIN[outcome])

    def begin_trial(self, trial: Trial) -> bool:
        """Hand a test event to a courier; a known one is not sent twice. False when its id is known with another
        URL."""
        return bool(self._run("begin_trial", trial.id, trial.tenant, trial.url, TRIAL_KEPT_S, TRIAL_WAIT_S))

    def take_trial(self) -> Trial | None:
        """A test event that is due; it is handed out once."""
        due = self._run("take_trial", TRIAL_WAIT_S)
        return Trial(*due) if due else None

    def settle_trial(self, trial: Trial, sent: Sent) -> None:
        """Record its outcome, for the waiting request and for repeated ones."""
        name = redis_key("webhook_trial", trial.id)
        with reachable(), self._client.pipeline() as both:
            both.hset(name, "sent", sent.model_dump_json())
            both.expire(name, TRIAL_KEPT_S)
            both.execute()

    def trial_result(self, trial_id: str) -> Sent | None:
        """The outcome of a test event; None until it is known."""
        with reachable():
            text = self._client.hget(redis_key("webhook_trial", trial_id), "sent")
        return None if text is None else Sent.model_validate_json(str(text))

    def pending(self) -> int:
        """The number of undelivered messages."""
        with reachable():
            return int(self._client.zcard(redis_key("webhooks")))

    def _secrets(self, tenant: str, overlap_s: float | str) -> Secrets:
        current, previous, until = self._run("webhook_secrets", tenant, new_secret(), overlap_s)
        return Secrets(current, previous or None, float(until) if until else None)


def delay_after(attempt: int) -> float:
    """Seconds from a failed attempt to the next: 5 s, then tripling, at most six hours, with a jitter of a tenth.
    Twelve attempts take about 22 hours."""
    return float(min(FIRST_DELAY_S * FACTOR ** (attempt - 1), LONGEST_DELAY_S) * random.uniform(0.9, 1.1))
