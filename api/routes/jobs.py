"""Existing jobs: get, list, cancel, retry, delete.

Scope of the ETag. It is made of the job's revision, which counts all changes of its view. Two fields are estimates that
change without the job. `queue_position` matters to waiting clients, so the ETag of a queued job includes it.
`progress.eta_s` is not included, because it would change every response; clients that get 304 count down, and every
finished chunk changes the response anyway. So the ETag is weak.
"""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Response

from api.access import BY_KEY, BY_TOKEN, MAKES_JOB
from api.deps import CurrentCaller, CurrentJob, IdempotencyHeader, Objects, Store, Submitting, TenantId
from api.recordings import FromJob, Recording
from api.responses import BUSY, IDEMPOTENCY, RETRY_AFTER, UNAVAILABLE, problems_of
from api.schemas import JobListView
from api.submission import Submitted
from core.errors import Conflict
from core.jobs.job import Job, State
from core.jobs.request import BATCH_PATTERN
from core.jobs.store import JobStore
from core.jobs.view import JobView, Outlook, job_url
from core.keys import JOB_ID_PATTERN

router = APIRouter(tags=["jobs"], dependencies=[BY_KEY])

JOBS_PATH = "/v1/jobs"
SHORTEST_POLL_S, LONGEST_POLL_S = 1, 30
POLLS_TO_THE_END = 10  # so that clients see the end at most a tenth of the wait late

_ETAG = {
    "ETag": {"description": "Changes whenever the job changes.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "private, no-cache", "schema": {"type": "string"}},
}
_UNKNOWN_JOB = {"not_found": (404, "There is no such job.")}
_STORE = {"store_unavailable": UNAVAILABLE["store_unavailable"]}


def outlook_of(store: JobStore, job: Job) -> Outlook:
    """The outlook of `job`; None when it has ended."""
    return Outlook() if job.state.terminal else store.backlog.outlooks([job])[0]


def poll_after_s(outlook: Outlook) -> int:
    """Whole seconds until the next poll is useful: a share of the remaining time, or short when that is unknown."""
    return round(min(LONGEST_POLL_S, max(SHORTEST_POLL_S, (outlook.eta_s or 0) / POLLS_TO_THE_END)))


def respond_with(store: JobStore, response: Response, submitted: Submitted) -> JobView:
    """The response to a new or replayed job: its view, its URL and the polling interval."""
    job = submitted.job
    outlook = outlook_of(store, job)
    if submitted.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = job_url(job.id)
    response.headers["Retry-After"] = str(poll_after_s(outlook))
    return JobView.of(job, outlook)


@router.get(
    JOBS_PATH,
    response_model=JobListView,
    summary="List jobs",
    responses=problems_of(invalid_request=(422, "The request has invalid fields."), **_STORE),
)
def list_jobs(
    store: Store,
    tenant: TenantId,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
    batch: Annotated[
        str | None,
        Query(description="Only jobs of this batch.", pattern=f"^{BATCH_PATTERN}$", examples=["album-7"]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of jobs.")] = 20,
    cursor: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the previous page.",
            pattern=f"^{JOB_ID_PATTERN}$",
            examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"],
        ),
    ] = None,
) -> JobListView:
    """Your jobs, newest first, in pages. Deleted jobs, and those whose files expired long ago, are not listed."""
    page = store.records.list_jobs(tenant, state, limit + 1, cursor, batch)
    jobs = page[:limit]
    live = [job for job in jobs if not job.state.terminal]
    outlooks = dict(zip((job.id for job in live), store.backlog.outlooks(live), strict=True))
    return JobListView(
        jobs=[JobView.of(job, outlooks.get(job.id, Outlook())) for job in jobs],
        next_cursor=jobs[-1].id if len(page) > limit else None,
    )


@router.get(
    JOBS_PATH + "/{job_id}",
    dependencies=[BY_TOKEN],
    response_model=JobView,
    summary="Get a job",
    responses={
        200: {"headers": {**_ETAG, **RETRY_AFTER}},
        304: {"description": "Nothing has changed since the ETag that was sent.", "headers": {**_ETAG, **RETRY_AFTER}},
        **problems_of(**_UNKNOWN_JOB, **_STORE),
    },
)
def get_job(
    job: CurrentJob,
    store: Store,
    caller: CurrentCaller,
    response: Response,
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="ETag of an earlier response.")
    ] = None,
) -> JobView | Response:
    """State, progress, timings and outputs. Poll at the interval of Retry-After, with If-None-Match to save bytes. With
    a token instead of a key, the owner's fields are empty: `metadata`, `batch`, `webhook_url` and `source.url`."""
    outlook = outlook_of(store, job)
    place = "" if outlook.position is None else f".{outlook.position}"
    etag = f'W/"{job.id}.{job.revision}{place}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if not job.state.terminal:
        headers["Retry-After"] = str(poll_after_s(outlook))
    if if_none_match is not None and matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    view = JobView.of(job, outlook)
    return view.for_guest() if caller.token else view


def matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    candidates = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in candidates or etag.removeprefix("W/") in candidates


@router.post(
    JOBS_PATH + "/{job_id}/cancel",
    status_code=202,
    response_model=JobView,
    summary="Cancel a job",
    responses={
        202: {"description": "The job stops; its state becomes canceled once all tasks have stopped."},
        **problems_of(
            **_UNKNOWN_JOB,
            conflict=(409, "The job has already succeeded, so there is nothing to cancel."),
            **_STORE,
        ),
    },
)
def cancel_job(job: CurrentJob, store: Store) -> JobView:
    """Ask a job to stop. Idempotent."""
    if not job.state.terminal:
        job = store.records.request_cancel(job.id)
    if job.state.terminal and job.state is not State.canceled:
        raise Conflict(f"The job has already {job.state}, so there is nothing to cancel.", state=job.state)
    return JobView.of(job, outlook_of(store, job))


@router.post(
    JOBS_PATH + "/{job_id}/retry",
    dependencies=[MAKES_JOB],
    status_code=202,
    response_model=JobView,
    summary="Retry a job",
    responses={
        202: {
            "description": "A new job was accepted; `retry_of` names the old one, which is unchanged.",
            "headers": {"Location": {"description": "URL of the new job.", "schema": {"type": "string"}}},
        },
        **problems_of(
            **_UNKNOWN_JOB,
            invalid_idempotency_key=(400, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
            conflict=(409, "The job is still running. Cancel it or wait until it ends."),
            source_gone=(409, "The job's recording has been deleted. Submit it again as a new job."),
            invalid_options=(
                422,
                "Invalid options. stems.1: voicelift-small has no drums: choose from vocals, instrumental.",
            ),
            **IDEMPOTENCY,
            **BUSY,
            **UNAVAILABLE,
        ),
    },
)
async def retry_job(
    job: CurrentJob,
    response: Response,
    submissions: Submitting,
    store: Store,
    storage: Objects,
    idempotency_key: IdempotencyHeader = None,
) -> JobView:
    """Create a new job from a failed, canceled or expired one: with the same recording, while the job's files exist,
    and the same options. Deadline and retention start again."""
    recording = FromJob(job, storage)

    async def obtain(_key: str) -> Recording:
        return recording

    submitted = await submissions.submit(job.tenant, idempotency_key, obtain)
    return await to_thread.run_sync(respond_with, store, response, submitted)


@router.delete(
    JOBS_PATH + "/{job_id}",
    status_code=204,
    response_class=Response,
    summary="Delete a job",
    responses={
        204: {"description": "The job is deleted, its files within seconds."},
        **problems_of(**_UNKNOWN_JOB, **_STORE),
    },
)
def delete_job(job: CurrentJob, store: Store) -> None:
    """Delete a job with its recording and all its files; a running job is stopped first. Deletion is final."""
    store.records.delete(job.id)
