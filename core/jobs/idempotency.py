"""Idempotency keys: which request created which job."""

import hashlib
from dataclasses import dataclass
from typing import Any

from core.jobs.names import redis_key
from core.jobs.scripts import Scripts, reachable


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's Idempotency-Key. `owner` is the request that uses it now, `fingerprint` identifies the request's
    content."""

    tenant: str
    key: str
    owner: str
    fingerprint: str = ""

    @property
    def name(self) -> str:
        return redis_key("idempotency", self.tenant, hashlib.sha256(self.key.encode()).hexdigest())


@dataclass(frozen=True)
class KeyHolder:
    """The holder of an idempotency key: the job that it created, with the fingerprint of that request; or, without a
    job, a request in progress."""

    job_id: str | None
    fingerprint: str = ""


class IdempotencyKeys:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def begin(self, key: IdempotencyKey) -> KeyHolder | None:
        """Take a key for half a minute. The same owner may renew it. Returns None on success, else the
        holder."""
        reply = self._run("key_begin", key.name, key.owner)
        if not reply:
            return None
        return KeyHolder(None) if reply == ["busy"] else KeyHolder(str(reply[0]), str(reply[1]))

    def holder(self, key: IdempotencyKey) -> KeyHolder:
        """The holder of the key, without taking it."""
        with reachable():
            values: Any = self._run.client.hmget(key.name, ["job", "fingerprint"])
        job_id, fingerprint = values
        return KeyHolder(job_id, fingerprint or "")

    def end(self, key: IdempotencyKey) -> None:
        """Free a key of this owner that has created no job."""
        self._run("key_end", key.name, key.owner)
