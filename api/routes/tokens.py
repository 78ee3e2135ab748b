"""Tokens for URLs that are requested without headers: by players, EventSource and links."""

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from pydantic import Field

from api.access import BY_KEY
from api.deps import AccessGate, Config, CurrentJob, Objects, Store
from api.responses import UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.access import tokens
from core.jobs import intents
from core.jobs.view import View

router = APIRouter(tags=["jobs"], dependencies=[BY_KEY])

TOKEN_PATH = JOBS_PATH + "/{job_id}/token"


class JobTokenView(View):
    """A token and its expiry."""

    token: str = Field(
        description="Append it to the URLs of the job, its events, waveform, playlists, segments and outputs as "
        "`?token=...`. Keep it as secret as the recording.",
        examples=["6922f3c0.Jx0yZ6rXyVqVw0nYb2cJqGQf1x0l3oZpP5mB7kDf9sE"],
    )
    expires_at: datetime = Field(description="Expiry; request a new token before.")


@router.post(
    TOKEN_PATH,
    status_code=201,
    response_model=JobTokenView,
    summary="Create a token for a job's audio and events",
    responses=problems_of(not_found=(404, "There is no such job."), store_unavailable=UNAVAILABLE["store_unavailable"]),
)
async def create_job_token(job: CurrentJob, settings: Config, gate: AccessGate) -> JobTokenView:
    """For a player, EventSource or a link, which send no Authorization header. Anyone who has the token can read this
    job, its events, waveform, playlists, segments, outputs and
    conversions, and nothing else."""
    expires_at = int(time.time()) + settings.token_ttl_s
    token = tokens.sign(await gate.token_secret(), job.id, expires_at, job.token_series)
    return JobTokenView(token=token, expires_at=datetime.fromtimestamp(expires_at, UTC))


@router.delete(
    TOKEN_PATH,
    status_code=204,
    response_class=Response,
    summary="Revoke a job's tokens",
    responses={
        204: {"description": "All existing tokens of the job are invalid."},
        **problems_of(not_found=(404, "There is no such job."), **UNAVAILABLE),
    },
)
def revoke_job_tokens(job: CurrentJob, store: Store, storage: Objects) -> None:
    """Invalidates all existing tokens of the job, and links with them. Open event streams continue until they end,
    presigned URLs for some minutes."""
    intents.note_series(storage, job.id, store.records.revoke_tokens(job.id))
