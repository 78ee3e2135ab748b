"""Quotas, keys and webhook deliveries as pydantic models."""

from datetime import datetime

from pydantic import Field

from voicelift_client.models import Model


class AudioUsage(Model):
    limit_s: int | None
    used_s: float
    left_s: float | None
    resets_at: datetime


class CountUsage(Model):
    limit: int | None
    used: int
    left: int | None


class RateUsage(Model):
    limit: int | None
    left: int | None
    reset_s: int


class Concurrency(Model):
    uploads: int | None
    event_streams: int | None
    archives: int | None


class Usage(Model):
    """Usage and remaining quotas of the tenant and rates of the key; None: no limit."""

    tenant: str
    key_id: str | None
    audio: AudioUsage
    jobs_in_flight: CountUsage
    open_uploads: CountUsage
    requests: RateUsage
    submissions: RateUsage
    concurrency: Concurrency


class KeyLimits(Model):
    """Limits of a key. None: the service's settings; 0: no limit."""

    requests_per_minute: int | None = None
    submissions_per_minute: int | None = None
    jobs_in_flight: int | None = None
    audio_s_per_day: int | None = None


class ApiKey(Model):
    id: str
    tenant: str
    name: str
    operator: bool
    limits: KeyLimits
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewApiKey(ApiKey):
    """`key` is the secret, which is returned only once."""

    key: str = Field(repr=False)


class ApiKeysPage(Model):
    keys: list[ApiKey]
    next_cursor: str | None


class SentMessage(Model):
    """Outcome of one message to a webhook.

    `outcome`: delivered (2xx), failed, refused (the address is not allowed) or gone (410). `status`: the HTTP status of
    a response; `detail`: the error in words."""

    message_id: str
    url: str
    at: datetime
    seconds: float
    outcome: str
    status: int | None
    detail: str | None


class Delivery(SentMessage):
    """One attempt for a job. `next_at`: time of the next attempt; None: there is none."""

    attempt: int
    next_at: datetime | None


class DeliveriesList(Model):
    deliveries: list[Delivery]
