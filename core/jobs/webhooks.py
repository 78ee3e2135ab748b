"""The outbox of webhooks: which jobs' ends are still to be told, the secrets that sign, and the log of attempts.

`notify` in lua/common.lua puts a job into the outbox in the same step that ends it, so no end is forgotten. Couriers
(`worker/courier.py`, any number) take what is due, with a lease: one that dies leaves its message to the next. So a
message may come twice, always with the same id. Attempts that fail are repeated after ever longer pauses, for about a
day.

    vl:webhooks                     jobs by the time at which the next attempt is due
    vl:webhook-secrets:{tenant}     current, previous, previous_until
    vl:job:{id}:deliveries          the last attempts, as JSON
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.jobs.scripts import Client, Scripts, reachable
from core.transfer.signing import new_secret

ROTATION_S = 86400.0  # the old secret signs too for so long after it was replaced
MOST_ATTEMPTS = 12
FIRST_DELAY_S, FACTOR, LONGEST_DELAY_S = 5.0, 3.0, 6 * 3600.0
_KEPT_ENTRIES, _KEPT_DAYS = 50, 30

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
    """A message that is to be sent now. `attempt` counts from 1."""

    job_id: str
    attempt: int

    @property
    def message_id(self) -> str:
        """The same for every attempt: a job ends once."""
        return f"msg_{self.job_id.removeprefix('job_')}"

    @property
    def last(self) -> bool:
        return self.attempt >= MOST_ATTEMPTS


class Attempt(BaseModel):
    """What came of one attempt. `at` is seconds since the epoch, `status` the HTTP status if there was one,
    `next_at` when it is tried again."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    message_id: str
    at: float
    seconds: float
    url: str
    outcome: Outcome
    status: int | None
    detail: str | None
    next_at: float | None


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
        return Delivery(due[0], int(due[1])) if due else None

    def settle(self, attempt: Attempt, job_id: str, delay_s: float | None) -> None:
        """Note an attempt; the next one is due after `delay_s`, None ends the matter."""
        delay = "" if delay_s is None else delay_s
        self._run(
            "settle_delivery", job_id, attempt.attempt, attempt.model_dump_json(), delay, _KEPT_ENTRIES, _KEPT_DAYS
        )

    def attempts(self, job_id: str) -> list[Attempt]:
        """The attempts to tell this job's end, oldest first."""
        with reachable():
            entries = self._client.lrange(f"vl:job:{job_id}:deliveries", 0, -1)
        return [Attempt.model_validate_json(entry) for entry in entries]

    def pending(self) -> int:
        """Messages that are not delivered yet."""
        with reachable():
            return int(self._client.zcard("vl:webhooks"))

    def _secrets(self, tenant: str, overlap_s: float | str) -> Secrets:
        current, previous, until = self._run("webhook_secrets", tenant, new_secret(), overlap_s)
        return Secrets(current, previous or None, float(until) if until else None)


def delay_after(attempt: int) -> float:
    """Seconds from a failed attempt to the next: 5 s, then three times as long each time, six hours at most, a tenth
    more or less. Twelve attempts take about 22 hours."""
    return float(min(FIRST_DELAY_S * FACTOR ** (attempt - 1), LONGEST_DELAY_S) * random.uniform(0.9, 1.1))
