"""Batches: jobs that share a label. A batch exists as long as it has jobs."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from pydantic import Field

from api.access import BY_KEY
from api.deps import Store, TenantId
from api.responses import RETRY_AFTER, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH, matches, outlook_of, poll_after_s
from core.errors import NotFound
from core.jobs.job import State
from core.jobs.request import BATCH_PATTERN
from core.jobs.store import JobStore
from core.jobs.view import Outlook, View

router = APIRouter(tags=["jobs"], dependencies=[BY_KEY])

_HEADERS = {
    "ETag": {"description": "Changes with the counts.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "private, no-cache", "schema": {"type": "string"}},
    **RETRY_AFTER,
}


class BatchCounts(View):
    """Jobs of a batch, by state."""

    queued: int = Field(description="Waiting for their turn.", examples=[950])
    running: int = Field(description="In progress.", examples=[8])
    succeeded: int = Field(description="Ended with outputs.", examples=[40])
    failed: int = Field(description="Ended by an error.", examples=[2])
    canceled: int = Field(description="Stopped.", examples=[0])
    expired: int = Field(description="Ended because their deadline passed before the start.", examples=[0])


class BatchSummaryView(View):
    """Progress of a batch."""

    batch: str = Field(description="Label of the batch.", examples=["album-7"])
    jobs: int = Field(description="Number of jobs. Retries count as well.", examples=[1000])
    states: BatchCounts = Field(description="Jobs by state.")
    finished: bool = Field(description="Whether all of them have ended.")
    jobs_url: str = Field(description="URL of its jobs, relative to this service.", examples=["/v1/jobs?batch=album-7"])


@router.get(
    "/v1/batches/{batch}",
    response_model=BatchSummaryView,
    summary="Get a batch",
    responses={
        200: {"headers": _HEADERS},
        304: {"description": "Nothing has changed since the ETag that was sent.", "headers": _HEADERS},
        **problems_of(
            not_found=(404, "No job has this batch label."), store_unavailable=UNAVAILABLE["store_unavailable"]
        ),
    },
)
def get_batch(
    batch: Annotated[str, Path(description="Label of the batch.", examples=["album-7"])],
    tenant: TenantId,
    store: Store,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="ETag of an earlier response.")] = None,
) -> BatchSummaryView | Response:
    """Counts by state, at constant cost. To wait for a batch, create all its jobs, then poll at the interval of
    Retry-After until `finished` is true."""
    counts = store.records.count_batch(tenant, batch) if re.fullmatch(BATCH_PATTERN, batch) else {}
    if not any(counts.values()):
        raise NotFound("No job has this batch label.")
    finished = all(state.terminal for state, count in counts.items() if count)
    etag = 'W/"' + ".".join(str(counts[state]) for state in State) + '"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if not finished:
        headers["Retry-After"] = str(poll_after_s(_last_outlook(store, tenant, batch)))
    if if_none_match is not None and matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return BatchSummaryView(
        batch=batch,
        jobs=sum(counts.values()),
        states=BatchCounts(**counts),
        finished=finished,
        jobs_url=f"{JOBS_PATH}?batch={batch}",
    )


def _last_outlook(store: JobStore, tenant: str, batch: str) -> Outlook:
    """The outlook of the job that probably ends last."""
    for state in (State.queued, State.running):
        for job in store.records.list_jobs(tenant, state, 1, batch=batch):
            return outlook_of(store, job)
    return Outlook()
