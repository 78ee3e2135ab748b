"""API keys: `vl_` + public id + `_` + 256 random bits in hex. Redis stores the SHA-256 of the whole, never the key.

A key belongs to a tenant and gives access to that tenant's jobs only. The id names the key in lists and logs.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidKey, InvalidOptions, NotFound
from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable

DEFAULT_TENANT = "default"
_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 12
_KEY = re.compile(rf"vl_([{_ID_ALPHABET}]{{{_ID_LENGTH}}})_[0-9a-f]{{64}}")
ID_PATTERN = f"[{_ID_ALPHABET}]{{{_ID_LENGTH}}}"
_ID = re.compile(ID_PATTERN)
_TENANT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")  # part of names in Redis
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()  # compared with unknown ids, for equal time


class Limits(BaseModel):
    """Limits of a key. None: those of the settings; 0: no limit."""

    model_config = ConfigDict(frozen=True)

    requests_per_minute: int | None = Field(default=None, ge=0)
    submissions_per_minute: int | None = Field(default=None, ge=0)
    jobs_in_flight: int | None = Field(default=None, ge=0)
    audio_s_per_day: int | None = Field(default=None, ge=0)

    def over(self, defaults: Self) -> Self:
        """These limits, with those of `defaults` for None."""
        return defaults.model_copy(update=self.model_dump(exclude_none=True))


class Key(BaseModel):
    """The record of a key. Times are seconds since the epoch; `last_used_at` is exact to the minute. An `operator` key
    may create, list and revoke keys of all tenants."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    name: str
    sha256: str = Field(repr=False)
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None
    operator: bool = False
    limits: Limits = Limits()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """A record from the fields of Redis' hash."""
        return cls.model_validate({**fields, "limits": Limits.model_validate_json(fields["limits"])})


class Keys:
    """The keys of a service, for its operator. All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(
        self,
        name: str,
        tenant: str = DEFAULT_TENANT,
        expires_at: float | None = None,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        operator: bool = False,
    ) -> tuple[Key, str]:
        """Create a key; returns its record and the key, which cannot be shown again.

        Raises InvalidOptions."""
        if not _TENANT.fullmatch(tenant):
            raise InvalidOptions(
                "A tenant name has 1 to 64 lower-case letters, digits, dots, dashes or underscores, and starts with "
                "a letter or digit."
            )
        if not name.isprintable() or not 1 <= len(name) <= 100:
            raise InvalidOptions("A key name has 1 to 100 printable characters.")
        key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
        text = f"vl_{key_id}_{secrets.token_hex(32)}"
        key = Key(
            id=key_id,
            tenant=tenant,
            name=name,
            sha256=_digest(text),
            created_at=time.time(),
            expires_at=expires_at,
            operator=operator,
            limits=limits,
        )
        fields: Any = key.model_dump(exclude_none=True)
        fields |= {"operator": int(operator), "limits": limits.model_dump_json(exclude_none=True)}
        with reachable(), self._client.pipeline() as both:
            both.hset(record_name(key_id), mapping=fields)
            both.zadd(redis_key("access_keys"), {key_id: key.created_at})
            both.execute()
        return key, text

    def page(self, limit: int, before: str | None = None) -> list[Key]:
        """Up to `limit` keys, newest first, older than the key `before`; revoked ones included.

        Raises NotFound without a key `before`."""
        name = redis_key("access_keys")
        with reachable():
            rank: Any = -1 if before is None else self._client.zrevrank(name, before)
            if rank is None:
                raise NotFound(f"There is no key {before}.")
            ids: Any = self._client.zrevrange(name, rank + 1, rank + limit)
            with self._client.pipeline(transaction=False) as pipeline:
                for key_id in ids:
                    pipeline.hgetall(record_name(key_id))
                return [Key.of(fields) for fields in pipeline.execute() if fields]

    def list(self) -> list[Key]:
        """All keys, oldest first, revoked ones included."""
        with reachable(), self._client.pipeline(transaction=False) as pipeline:
            ids: Any = self._client.zrange(redis_key("access_keys"), 0, -1)
            for key_id in ids:
                pipeline.hgetall(record_name(key_id))
            return [Key.of(fields) for fields in pipeline.execute() if fields]

    def revoke(self, key_id: str) -> Key:
        """Revoke a key, at once and permanently. Idempotent. Raises NotFound."""
        name = record_name(key_id)
        with reachable():
            if not _ID.fullmatch(key_id) or not self._client.exists(name):
                raise NotFound(f"There is no key {key_id[:80]}. To list keys, run: voicelift keys list")
            self._client.hsetnx(name, "revoked_at", repr(time.time()))
            fields: Any = self._client.hgetall(name)
        return Key.of(fields)


def record_name(key_id: str) -> str:
    """The Redis key of a record."""
    return redis_key("access_key", key_id)


def id_of(text: str) -> str | None:
    """The public id of a key; None if `text` is not a key."""
    match = _KEY.fullmatch(text)
    return match[1] if match else None


def proven(text: str, key: Key | None, now: float) -> Key:
    """`key`, if `text` is that key and it is valid. Unknown and wrong keys get the same response in equal time.

    Raises InvalidKey."""
    same = hmac.compare_digest(_digest(text), key.sha256 if key else _NOBODY)
    if key is None or not same:
        raise InvalidKey("The API key is unknown. Check that it is complete and belongs to this service.")
    if key.revoked_at is not None:
        raise InvalidKey("This API key has been revoked. Ask the operator for a new one.")
    if key.expires_at is not None and key.expires_at <= now:
        raise InvalidKey("This API key has expired. Ask the operator for a new one.")
    return key


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
