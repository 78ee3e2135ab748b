"""Jobs that are there: look at them, list them, cancel, try again, delete.

What an ETag covers. A job's view changes with its revision, which counts everything that happens to it, and the ETag
is made of that. Two fields are estimates that change by themselves. `queue_position` is news to whoever waits, so
while a job is queued the ETag covers it too. `progress.eta_s` is not covered: it would make every answer new; it is
true for the moment of the answer, a client that gets 304 counts down itself, and every chunk that is done makes a new
answer anyway. So the ETag is a weak one.
"""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Response

from api import accept
from api.deps import CurrentJob, Services, Serving, TenantId
from api.idempotency import Claim, IdempotencyHeader, claimed
from api.openapi import BUSY, IDEMPOTENCY, RETRY_AFTER, UNAVAILABLE, problems_of
from api.schemas import JobsView
from core import logs
from core.errors import Conflict
from core.jobs import again
from core.jobs.job import Job, ModelRef, State, new_job_id
from core.jobs.request import JobRequest
from core.jobs.view import JobView, Outlook, job_url
from core.keys import JOB_ID_PATTERN

router = APIRouter(tags=["jobs"])

JOBS_PATH = "/v1/jobs"
SHORTEST_POLL_S, LONGEST_POLL_S = 1, 30
POLLS_TO_THE_END = 10  # so that the end is seen at most a tenth of the waiting late

_ETAG = {
    "ETag": {"description": "Changes with everything that happens to the job.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "private, no-cache", "schema": {"type": "string"}},
}
_UNKNOWN_JOB = {"not_found": (404, "There is no such job.")}
_STORE = {"store_unavailable": UNAVAILABLE["store_unavailable"]}


def outlook_of(serving: Services, job: Job) -> Outlook:
    """What is expected of `job`; nothing when it is over."""
    return Outlook() if job.state.terminal else serving.store.outlooks([job.id])[0]


def poll_after_s(outlook: Outlook) -> int:
    """Whole seconds after which looking again is worth it: a share of what is left, and soon when that is unknown."""
    return round(min(LONGEST_POLL_S, max(SHORTEST_POLL_S, (outlook.eta_s or 0) / POLLS_TO_THE_END)))


def answer_with(serving: Services, response: Response, job: Job) -> JobView:
    """The view of a job that was just made or found again, with where it is and when to look."""
    outlook = outlook_of(serving, job)
    response.headers["Location"] = job_url(job.id)
    response.headers["Retry-After"] = str(poll_after_s(outlook))
    return JobView.of(job, outlook)


@router.get(
    JOBS_PATH,
    response_model=JobsView,
    summary="List jobs",
    responses=problems_of(invalid_request=(422, "The request has fields that cannot be used."), **_STORE),
)
def list_jobs(
    serving: Serving,
    tenant: TenantId,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 20,
    cursor: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before.",
            pattern=f"^{JOB_ID_PATTERN}$",
            examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"],
        ),
    ] = None,
) -> JobsView:
    """Your jobs, newest first, a page at a time. Jobs that were deleted, and those whose files expired long ago, are
    not listed."""
    found = serving.store.list_jobs(tenant, state, limit + 1, cursor)
    jobs = found[:limit]
    live = [job.id for job in jobs if not job.state.terminal]
    outlooks = dict(zip(live, serving.store.outlooks(live), strict=True))
    return JobsView(
        jobs=[JobView.of(job, outlooks.get(job.id, Outlook())) for job in jobs],
        next_cursor=jobs[-1].id if len(found) > limit else None,
    )


@router.get(
    JOBS_PATH + "/{job_id}",
    response_model=JobView,
    summary="Look at a job",
    responses={
        200: {"headers": {**_ETAG, **RETRY_AFTER}},
        304: {"description": "Nothing has changed since the ETag that was sent.", "headers": {**_ETAG, **RETRY_AFTER}},
        **problems_of(**_UNKNOWN_JOB, **_STORE),
    },
)
def get_job(
    job: CurrentJob,
    serving: Serving,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="The ETag of an earlier answer.")] = None,
) -> JobView | Response:
    """State, progress, timings and outputs. Poll it as Retry-After says, with If-None-Match to save bytes."""
    outlook = outlook_of(serving, job)
    place = "" if outlook.position is None else f".{outlook.position}"
    etag = f'W/"{job.id}.{job.revision}{place}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if not job.state.terminal:
        headers["Retry-After"] = str(poll_after_s(outlook))
    if if_none_match is not None and _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return JobView.of(job, outlook)


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in known or etag.removeprefix("W/") in known


@router.post(
    JOBS_PATH + "/{job_id}/cancel",
    status_code=202,
    response_model=JobView,
    summary="Cancel a job",
    responses={
        202: {"description": "The job stops; its state says canceled once no part of it is being worked on."},
        **problems_of(
            **_UNKNOWN_JOB,
            conflict=(409, "The job has succeeded already, so there is nothing to cancel."),
            **_STORE,
        ),
    },
)
def cancel_job(job: CurrentJob, serving: Serving) -> JobView:
    """Ask a job to stop. Asking again is fine."""
    if not job.state.terminal:
        job = serving.store.request_cancel(job.id)
    if job.state.terminal and job.state is not State.canceled:
        raise Conflict(f"The job has {job.state} already, so there is nothing to cancel.", state=job.state)
    return JobView.of(job, outlook_of(serving, job))


@router.post(
    JOBS_PATH + "/{job_id}/retry",
    status_code=202,
    response_model=JobView,
    summary="Try a job again",
    responses={
        202: {
            "description": "A new job was accepted; `retry_of` names the old one, which stays as it is.",
            "headers": {"Location": {"description": "The new job's address.", "schema": {"type": "string"}}},
        },
        **problems_of(
            **_UNKNOWN_JOB,
            invalid_idempotency_key=(400, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
            conflict=(409, "The job is still running. Cancel it first, or wait for its end."),
            source_gone=(409, "The recording of this job is no longer kept. Send it again as a new job."),
            **IDEMPOTENCY,
            **BUSY,
            **UNAVAILABLE,
        ),
    },
)
async def retry_job(
    job: CurrentJob,
    response: Response,
    serving: Serving,
    idempotency_key: IdempotencyHeader = None,
) -> JobView:
    """Make a new job of a failed, canceled or expired one: the same recording, which is kept as long as the job's
    files are, and the same options. Its deadline and retention are counted anew."""
    again.check(job)
    new_id = new_job_id()
    with logs.bind(job_id=new_id):
        async with claimed(serving.store, job.tenant, idempotency_key) as claim:
            if claim.holder is None:
                await to_thread.run_sync(accept.refuse_when_full, serving)
            made = await to_thread.run_sync(_accept_again, serving, new_id, job, claim)
    if made.id != new_id:
        response.headers["Idempotency-Replayed"] = "true"
    return await to_thread.run_sync(answer_with, serving, response, made)


def _accept_again(serving: Services, new_id: str, old: Job, claim: Claim) -> Job:
    request = JobRequest.model_construct(  # not judged again: a short deadline may have passed before the job was made
        **{name: getattr(old.options, name) for name in type(old.options).model_fields},
        metadata=old.metadata,
        webhook_url=old.webhook_url,
        deadline_s=None if old.deadline_at is None else old.deadline_at - old.created_at,
        retention_s=old.retention_s,
        cache=old.cache,
    )
    fingerprint = request.fingerprint(f"retry:{old.id}")
    if (earlier := claim.earlier(fingerprint)) is not None:
        return earlier
    with accept.nothing_left(serving, new_id):
        source = again.copy_source(serving.storage, old, new_id)
        model, now = ModelRef.of(serving.card), serving.store.now()
        most_s, request_id = serving.settings.retention_s, logs.bound().get("request_id")
        job = again.again(old, new_id, source, model, now, most_s, request_id)
        return accept.accept(serving, job, claim, fingerprint)


@router.delete(
    JOBS_PATH + "/{job_id}",
    status_code=204,
    response_class=Response,
    summary="Delete a job",
    responses={
        204: {"description": "The job is gone for you; its files are removed within a moment."},
        **problems_of(**_UNKNOWN_JOB, **_STORE),
    },
)
def delete_job(job: CurrentJob, serving: Serving) -> None:
    """Remove a job with its recording and all its files; one that runs is stopped first. There is no way back."""
    serving.store.delete(job.id)
