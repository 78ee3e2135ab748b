"""The outbox of webhooks: which jobs' ends are still to be told, the secrets that sign, and the log of attempts.

`notify` in lua/common.lua puts a job into the outbox in the same step that ends it, so no end is forgotten. Couriers
(`worker/courier.py`, any number) take what is due, with a lease: one that dies leaves its message to the next. So a
message may come twice, always with the same id. Attempts that fail are repeated after ever longer pauses, for about a
day; and all anew when the owner asks for it.

Test events go the same way, so that what comes of them is what would come of a job's: the API puts them down, a courier
sends each at most once, and the API waits for what it notes.
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

ROTATION_S = 86400.0  # the old secret signs too for so long after it was replaced
MOST_ATTEMPTS = 12
FIRST_DELAY_S, FACTOR, LONGEST_DELAY_S = 5.0, 3.0, 6 * 3600.0
_KEPT_ENTRIES, _KEPT_DAYS = 50, 30
TRIAL_WAIT_S = 25.0  # a courier looks each second and gives a receiver 15 s
TRIAL_KEPT_S = 3600
_NOT_AGAIN = {
    "running": "The job is not over, so there is nothing to tell yet.",
    "no_webhook": "The job has no webhook_url.",
    "delivered": "The webhook was delivered: its last attempt was answered with 2xx.",
}

Outcome = Literal["delivered", "failed", "refused", "gone"]


@dataclass(frozen=True)
class Secrets:
    """`previous` is None when there is none that is still valid; times are seconds since the epoch."""

    current: str
    previous: str | None
    previous_until: float | None

    @property
    def valid(self) -> list[str]:
        return [self.current, *([self.previous] if self.previous else [])]


@dataclass(frozen=True)
class Delivery:
    """A message that is to be sent now. `attempt` counts from 1, `round_attempt` since it was last asked for."""

    job_id: str
    attempt: int
    round_attempt: int

    @property
    def message_id(self) -> str:
        """The same for every attempt: a job ends once."""
        return f"msg_{self.job_id.removeprefix('job_')}"

    @property
    def last(self) -> bool:
        return self.round_attempt >= MOST_ATTEMPTS


class Sent(BaseModel):
    """What came of sending a message. `at` is seconds since the epoch, `status` the HTTP status if there was one."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    at: float
    seconds: float
    url: str
    outcome: Outcome
    status: int | None
    detail: str | None


class Attempt(Sent):
    """What came of one attempt to tell a job's end. `next_at`: when it is tried again."""

    attempt: int
    next_at: float | None


@dataclass(frozen=True)
class Trial:
    """A test event that is to be sent now."""

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
        """The tenant's secrets; the first is made when it is first asked for."""
        return self._secrets(tenant, "")

    def rotate(self, tenant: str) -> Secrets:
        """Replace the tenant's secret. The old one stays valid for ROTATION_S."""
        return self._secrets(tenant, ROTATION_S)

    def take(self, lease_s: float) -> Delivery | None:
        """A message that is due; it is handed out again after `lease_s` unless `settle` is called."""
        due = self._run("take_delivery", lease_s)
        return Delivery(due[0], int(due[1]), int(due[1]) - int(due[2])) if due else None

    def settle(self, attempt: Attempt, job_id: str, delay_s: float | None) -> None:
        """Note an attempt; the next one is due after `delay_s`, None ends the matter."""
        delay = "" if delay_s is None else delay_s
        self._run(
            "settle_delivery", job_id, attempt.attempt, attempt.model_dump_json(), delay, _KEPT_ENTRIES, _KEPT_DAYS
        )

    def attempts(self, job_id: str) -> list[Attempt]:
        """The attempts to tell this job's end, oldest first."""
        with reachable():
            entries = self._client.lrange(redis_key("job_deliveries", job_id), 0, -1)
        return [Attempt.model_validate_json(entry) for entry in entries]

    def redeliver(self, job_id: str) -> None:
        """Tell a job's end again, at once and as often as the first time. Asking twice does the same as once.

        Raises:
            NotFound: there is no such job.
            Conflict: there is nothing to tell, or it was told.
        """
        outcome = self._run("redeliver", job_id)
        if outcome == "unknown":
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        if outcome != "due":
            raise Conflict(_NOT_AGAIN[outcome])

    def begin_trial(self, trial: Trial) -> bool:
        """Let a courier send a test event; nothing new happens for one that is known. False when its id is known with
        another address."""
        return bool(self._run("begin_trial", trial.id, trial.tenant, trial.url, TRIAL_KEPT_S, TRIAL_WAIT_S))

    def take_trial(self) -> Trial | None:
        """A test event that somebody waits for; it is handed out once."""
        due = self._run("take_trial", TRIAL_WAIT_S)
        return Trial(*due) if due else None

    def settle_trial(self, trial: Trial, sent: Sent) -> None:
        """Note what came of it, for who waits and for who asks again."""
        name = redis_key("webhook_trial", trial.id)
        with reachable(), self._client.pipeline() as both:
            both.hset(name, "sent", sent.model_dump_json())
            both.expire(name, TRIAL_KEPT_S)
            both.execute()

    def trial_result(self, trial_id: str) -> Sent | None:
        """What came of a test event; None while that is not known."""
        with reachable():
            text = self._client.hget(redis_key("webhook_trial", trial_id), "sent")
        return None if text is None else Sent.model_validate_json(str(text))

    def pending(self) -> int:
        """Messages that are not delivered yet."""
        with reachable():
            return int(self._client.zcard(redis_key("webhooks")))

    def _secrets(self, tenant: str, overlap_s: float | str) -> Secrets:
        current, previous, until = self._run("webhook_secrets", tenant, new_secret(), overlap_s)
        return Secrets(current, previous or None, float(until) if until else None)


def delay_after(attempt: int) -> float:
    """Seconds from a failed attempt to the next: 5 s, then three times as long each time, six hours at most, a tenth
    more or less. Twelve attempts take about 22 hours."""
    return float(min(FIRST_DELAY_S * FACTOR ** (attempt - 1), LONGEST_DELAY_S) * random.uniform(0.9, 1.1))
