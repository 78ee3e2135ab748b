"""What the calling key has used, and what it may still do."""

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
    """Seconds of audio that the tenant may have separated in a day."""

    limit_s: int | None = Field(description="In a day; null: no limit.", examples=[360_000])
    used_s: float = Field(description="Since the day began, as recordings turned out to be so long.", examples=[5400.5])
    left_s: float | None = Field(description="A job is taken while there is any; null: no limit.", examples=[354_599.5])
    resets_at: datetime = Field(description="When the next day begins (UTC), and it is counted anew.")


class CountUsage(View):
    """Things of the tenant that may be there at a time."""

    limit: int | None = Field(description="As many as may be; null: no limit.", examples=[1000])
    used: int = Field(description="As many as there are.", examples=[3])
    left: int | None = Field(description="Null: no limit.", examples=[997])


class RateUsage(View):
    """Requests that the key may make in a minute."""

    limit: int | None = Field(description="In a minute; null: no limit.", examples=[6000])
    left: int | None = Field(description="As many as may follow at once; null: no limit.", examples=[5999])
    reset_s: int = Field(description="Seconds until all of them may.", examples=[1])


class AtOnce(View):
    """What the key may have going on at a time, with each process of the API. Null: no limit."""

    uploads: int | None = Field(description="Recordings that are received as forms.", examples=[8])
    event_streams: int | None = Field(description="Streams of events.", examples=[100])
    archives: int | None = Field(description="Downloads of all stems in one file.", examples=[4])


class UsageView(View):
    """What has been used, and what is left."""

    tenant: str = Field(description="Whose quotas these are; all its keys share them.", examples=["default"])
    key_id: str | None = Field(
        description="The key that asks, whose rates these are; null where no key is needed.", examples=["8r0s1t2v3w4x"]
    )
    audio: AudioUsage = Field(description="Audio of this day.")
    jobs_in_flight: CountUsage = Field(description="Jobs that wait or run, and those that are being sent now.")
    open_uploads: CountUsage = Field(description="Uploads that wait for a job.")
    requests: RateUsage = Field(description="Requests other than submissions. This one is counted.")
    submissions: RateUsage = Field(
        description="New jobs, uploads, retries, and messages to webhooks that are asked for."
    )
    at_once: AtOnce = Field(description="Bounds of what goes on at a time.")


@router.get(
    "/v1/usage",
    response_model=UsageView,
    summary="See what is used and left",
    responses=problems_of(store_unavailable=UNAVAILABLE["store_unavailable"]),
)
async def get_usage(
    caller: CurrentCaller, tenant: TenantId, settings: Config, gate: AccessGate, uploads: PresignedUploads
) -> UsageView:
    """Quotas of the tenant, rates of the key, and when they are counted anew. Where no key is needed there are no
    limits but that of open uploads."""
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
        at_once=_at_once(settings) if caller.bucket else AtOnce(uploads=None, event_streams=None, archives=None),
    )


def _at_once(settings: ApiSettings) -> AtOnce:
    return AtOnce(
        uploads=settings.forms_per_key or None,
        event_streams=settings.listeners_per_key or None,
        archives=settings.archives_per_key or None,
    )


def _count(limit: int | None, used: int) -> CountUsage:
    return CountUsage(limit=limit or None, used=used, left=max(0, limit - used) if limit else None)


def _rate(limit: int | None, full_at: float, now: float) -> RateUsage:
    left, reset_s = room_in(limit, full_at, now) if limit else (None, 0)
    return RateUsage(limit=limit or None, left=left, reset_s=reset_s)
