"""What the service answers about quotas, keys and the delivery of webhooks, as pydantic models."""

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


class AtOnce(Model):
    uploads: int | None
    event_streams: int | None
    archives: int | None


class Usage(Model):
    """What has been used of the tenant's quotas and the key's rates, and what is left; None: no limit."""

    tenant: str
    key_id: str | None
    audio: AudioUsage
    jobs_in_flight: CountUsage
    open_uploads: CountUsage
    requests: RateUsage
    submissions: RateUsage
    at_once: AtOnce


class KeyLimits(Model):
    """What a key may do. None: as the service's settings say; 0: no limit."""

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
    """`key` is the secret, which is told this once."""

    key: str = Field(repr=False)


class ApiKeysPage(Model):
    keys: list[ApiKey]
    next_cursor: str | None


class SentMessage(Model):
    """What came of one message to a webhook.

    `outcome`: delivered (2xx), failed, refused (the service does not connect to that address) or gone (410). `status`:
    the HTTP status, if there was an answer; `detail`: what went wrong, in words."""

    message_id: str
    url: str
    at: datetime
    seconds: float
    outcome: str
    status: int | None
    detail: str | None


class Delivery(SentMessage):
    """One attempt for a job. `next_at`: when it is tried again; None: it is not."""

    attempt: int
    next_at: datetime | None


class DeliveriesList(Model):
    deliveries: list[Delivery]
