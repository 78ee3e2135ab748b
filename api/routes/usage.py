"""Usage and limits of the calling key."""

from datetime import UTC, datetime

from anyio import to_thread
from fastapi import APIRouter
from pydantic import Field

from api.access import BY_KEY
from api.deps import AccessGate, Config, CurrentCaller, PresignedUploads, TenantId
from api.responses import UNAVAILABLE, problems_of
from api.settings import ApiSettings
from core.access.gate import room_in
from core.access.keys import Limits
from core.jobs.view import View

router = APIRouter(tags=["usage"], dependencies=[BY_KEY])


class AudioUsage(View):
    """Daily audio quota of the tenant, in seconds."""

    limit_s: int | None = Field(description="Per day; null: no limit.", examples=[360_000])
    used_s: float = Field(description="Audio of the recordings since the day began.", examples=[5400.5])
    left_s: float | None = Field(
        description="Remaining seconds; a job is accepted while there are any. Null: no limit.", examples=[354_599.5]
    )
    resets_at: datetime = Field(description="Time at which the next day (UTC) begins and the count resets.")


class CountUsage(View):
    """A concurrency limit of the tenant."""

    limit: int | None = Field(description="Maximum; null: no limit.", examples=[1000])
    used: int = Field(description="Current number.", examples=[3])
    left: int | None = Field(description="Remaining; null: no limit.", examples=[997])


class RateUsage(View):
    """A rate limit of the key."""

    limit: int | None = Field(description="Per minute; null: no limit.", examples=[6000])
    left: int | None = Field(description="Requests that may follow at once; null: no limit.", examples=[5999])
    reset_s: int = Field(description="Seconds until the full limit is available.", examples=[1])


class Concurrency(View):
    """Concurrency limits of the key in each API process. Null: no limit."""

    uploads: int | None = Field(description="Concurrent form uploads.", examples=[8])
    event_streams: int | None = Field(description="Event streams.", examples=[100])
    archives: int | None = Field(description="Archive downloads.", examples=[4])


class UsageView(View):
    """Usage and remaining quotas."""

    tenant: str = Field(description="Tenant of these quotas; all its keys share them.", examples=["default"])
    key_id: str | None = Field(
        description="Id of the calling key; null where no key is needed.", examples=["8r0s1t2v3w4x"]
    )
    audio: AudioUsage = Field(description="Audio quota of this day.")
    jobs_in_flight: CountUsage = Field(description="Jobs in flight and in submission.")
    open_uploads: CountUsage = Field(description="Unused uploads.")
    requests: RateUsage = Field(description="Requests except submissions. This one counts.")
    submissions: RateUsage = Field(description="New jobs, uploads, retries, and requested webhook deliveries.")
    concurrency: Concurrency = Field(description="Concurrency limits.")


@router.get(
    "/v1/usage",
    response_model=UsageView,
    summary="Get usage and limits",
    responses=problems_of(store_unavailable=UNAVAILABLE["store_unavailable"]),
)
async def get_usage(
    caller: CurrentCaller, tenant: TenantId, settings: Config, gate: AccessGate, uploads: PresignedUploads
) -> UsageView:
    """Quotas of the tenant, rates of the key, and their reset times. Where no key is needed, only unused uploads are
    limited."""
    limits = caller.limits or Limits()
    used = await gate.usage(tenant, caller.bucket)
    audio = limits.audio_s_per_day or None
    return UsageView(
        tenant=tenant,
        key_id=caller.key_id,
        audio=AudioUsage(
            limit_s=audio,
            used_s=round(used.audio_s, 3),
            left_s=None if audio is None else round(max(0.0, audio - used.audio_s), 3),
            resets_at=datetime.fromtimestamp(used.day_ends_at, UTC),
        ),
        jobs_in_flight=_count(limits.jobs_in_flight, used.jobs_in_flight),
        open_uploads=_count(settings.open_uploads, await to_thread.run_sync(uploads.count, tenant)),
        requests=_rate(limits.requests_per_minute, used.requests_full_at, used.now),
        submissions=_rate(limits.submissions_per_minute, used.submissions_full_at, used.now),
        concurrency=_concurrency(settings)
        if caller.bucket
        else Concurrency(uploads=None, event_streams=None, archives=None),
    )


def _concurrency(settings: ApiSettings) -> Concurrency:
    return Concurrency(
        uploads=settings.forms_per_key or None,
        event_streams=settings.listeners_per_key or None,
        archives=settings.archives_per_key or None,
    )


def _count(limit: int | None, used: int) -> CountUsage:
    return CountUsage(limit=limit or None, used=used, left=max(0, limit - used) if limit else None)


def _rate(limit: int | None, full_at: float, now: float) -> RateUsage:
    left, reset_s = room_in(limit, full_at, now) if limit else (None, 0)
    return RateUsage(limit=limit or None, left=left, reset_s=reset_s)
