"""Admission: the API asks Redis at every request, before it reads the body, for the key and its limits."""

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import redis.asyncio
from pydantic import SecretStr
from redis.asyncio.retry import Retry

from core.access.keys import Key, id_of, proven, record_name
from core.errors import InvalidKey, QuotaExceeded
from core.jobs.idempotency import IdempotencyKey
from core.jobs.names import redis_key, schema
from core.jobs.scripts import ATTEMPTS, LIMITS, PAUSES, reachable
from core.settings import Settings

DAY_S = 86400
SUBMISSION_S = 3600  # a submission older than this no longer counts: its process died


@dataclass(frozen=True)
class Admission:
    """Whether the request is admitted, how many more may follow at once, after how many whole seconds the full limit is
    available, and after how many the next request is admitted."""

    admitted: bool
    remaining: int
    reset_s: int
    retry_after_s: int


@dataclass(frozen=True)
class Usage:
    """Usage of a tenant and its key at `now`. The key's buckets are full again at `requests_full_at` and
    `submissions_full_at`; times are seconds since the epoch."""

    now: float
    audio_s: float
    jobs_in_flight: int
    requests_full_at: float
    submissions_full_at: float

    @property
    def day_ends_at(self) -> float:
        """Time at which the daily audio count resets."""
        return (math.floor(self.now / DAY_S) + 1) * DAY_S


def bucket_of(caller: str, submission: bool) -> str:
    """The name of a caller's bucket; submissions have a separate one."""
    return f"{caller}:{'submissions' if submission else 'requests'}"


def room_in(per_minute: int, full_at: float, now: float) -> tuple[int, int]:
    """How many requests a bucket of `per_minute` still admits at once, and the whole seconds until it is full."""
    waits = max(0.0, full_at - now)
    return math.floor(per_minute - waits * per_minute / 60 + 1e-6), math.ceil(waits)


class Gate:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(
        self, client: "redis.asyncio.Redis", secret: str | None, clock: Callable[[], float] | None = None
    ) -> None:
        """`secret` signs job tokens; None: a generated one, kept in Redis. `clock` replaces Redis' clock, for tests
        that move time."""
        self._client = client
        self._secret = None if secret is None else hashlib.sha256(secret.encode()).digest()
        self._clock = clock
        folder = resources.files("core.access") / "lua"
        self._admit = client.register_script(schema() + (folder / "admit.lua").read_text())
        self._reserve = client.register_script(schema() + (folder / "reserve.lua").read_text())
        self._usage = client.register_script(schema() + (folder / "usage.lua").read_text())

    @classmethod
    def connect(cls, settings: Settings, secret: SecretStr | None) -> Self:
        """Connects at the first request. `secret`: see __init__."""
        client = redis.asyncio.Redis.from_url(settings.redis_url, retry=Retry(PAUSES, ATTEMPTS), **LIMITS)
        return cls(client, secret.get_secret_value() if secret else None)

    async def close(self) -> None:
        await self._client.aclose()

    async def key(self, text: str) -> Key:
        """The valid key `text`. Raises InvalidKey."""
        key_id = id_of(text)
        if key_id is None:
            raise InvalidKey(
                "The API key is malformed. Keys start with vl_ and are sent as: Authorization: Bearer vl_..."
            )
        with reachable():
            fields: Any = await self._client.hgetall(record_name(key_id))
        return proven(text, Key.of(fields) if fields else None, time.time())

    async def admit(self, bucket: str, per_minute: int, key_id: str | None) -> Admission:
        """Take one request out of `bucket`, which holds `per_minute` (0: no limit) and refills within a minute, and
        record the use of the key."""
        names = [redis_key("rate_limit", bucket), record_name(key_id) if key_id else ""]
        with reachable():
            admitted, remaining, reset_s, retry_s = await self._admit(keys=names, args=[per_minute, self._now()])
        return Admission(
            bool(admitted), int(remaining), math.ceil(float(reset_s)), max(1, math.ceil(float(retry_s) - 1e-6))
        )

    async def reserve(
        self,
        tenant: str,
        submission: str,
        jobs_in_flight: int,
        audio_s_per_day: int,
        idempotency_key: str | None = None,
    ) -> None:
        """Count a job in submission until `settle`; afterwards the job itself counts. 0: no limit. Nothing is counted
        when `idempotency_key` has created its job before: the request will be answered with it.

        Raises QuotaExceeded."""
        limits: list[str | int] = [jobs_in_flight, audio_s_per_day, SUBMISSION_S, self._now()]
        earlier = IdempotencyKey(tenant, idempotency_key, owner="").name if idempotency_key else ""
        with reachable():
            reply = await self._reserve(args=[tenant, submission, *limits, earlier])
        if reply[0] == 1:
            raise QuotaExceeded(
                f"The daily quota of {audio_s_per_day / 60:g} minutes of audio is used up. It resets at 00:00 UTC.",
                quota="audio_s_per_day",
                retry_after_s=int(reply[1]),
            )
        if reply[0] == 2:
            raise QuotaExceeded(
                f"{jobs_in_flight} jobs are queued or running, the maximum. Wait for one to end, or cancel one.",
                quota="jobs_in_flight",
                retry_after_s=10,
            )

    async def settle(self, tenant: str, submission: str) -> None:
        """End a submission, with or without a job."""
        with reachable():
            await self._client.zrem(redis_key("submissions", tenant), submission)

    async def usage(self, tenant: str, bucket: str) -> Usage:
        """The usage that `reserve` and `admit` count; takes nothing."""
        buckets = [bucket_of(bucket, submission) for submission in (False, True)]
        with reachable():
            now, audio, jobs, requests, submissions = await self._usage(args=[tenant, *buckets, self._now()])
        return Usage(float(now), float(audio), int(jobs), float(requests), float(submissions))

    async def token_secret(self) -> bytes:
        """The secret that signs job tokens, equal in every process of the service."""
        if self._secret is None:
            with reachable():
                await self._client.set(redis_key("token_secret"), secrets.token_hex(32), nx=True)
                self._secret = bytes.fromhex(str(await self._client.get(redis_key("token_secret"))))
        return self._secret

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())
