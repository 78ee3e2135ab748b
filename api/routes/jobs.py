"""Jobs: make one from a recording, look at it, cancel it."""

import logging
import time
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response

from api.deps import CurrentJob, Services, Serving
from api.multipart import read_parts
from api.openapi import UNAVAILABLE, job_form, problems_of
from api.schemas import JobView, job_url
from api.uploads import Form, receive_form
from core import logs
from core.errors import Conflict, VoiceliftError
from core.jobs import queue
from core.jobs.job import Job, ModelRef, Source, State, new_job_id
from core.keys import source_key

log = logging.getLogger(__name__)

router = APIRouter(tags=["jobs"])

JOBS_PATH = "/v1/jobs"
POLL_S = 1  # Retry-After while a job runs: chunks take seconds
DEFAULT_TENANT = "default"

_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}}}
_ETAG = {"ETag": {"description": "Changes with every change of the job.", "schema": {"type": "string"}}}
_UNKNOWN_JOB = {"not_found": (404, "There is no such job.")}


@router.post(
    JOBS_PATH,
    status_code=202,
    response_model=JobView,
    summary="Separate a recording",
    responses={
        202: {
            "description": "Accepted: from here on the job survives crashes of any part of the service.",
            "headers": {
                "Location": {"description": "The job's address.", "schema": {"type": "string"}},
                **_RETRY_AFTER,
            },
        },
        **problems_of(
            malformed_form=(400, 'The form has no file. Send the recording as the form field "file".'),
            upload_too_large=(413, "The file is larger than 500 MB, the most that this service takes."),
            unsupported_media=(
                415,
                "The file is a PDF document. Send a recording, for example mp3, m4a, flac or wav.",
            ),
            unsupported_content_type=(
                415,
                'Send the recording as multipart/form-data, in the form field "file".',
            ),
            invalid_options=(
                422,
                "Some options cannot be used. steps: Input should be greater than or equal to 1.",
            ),
            empty_audio=(422, "The file is empty. Send a recording."),
            **UNAVAILABLE,
        ),
    },
    openapi_extra=job_form(),
)
async def create_job(request: Request, response: Response, serving: Serving) -> JobView:
    """Upload a recording and options as a form. It is stored as it arrives, and separated later."""
    job_id = new_job_id()
    with logs.bind(job_id=job_id):
        form = await receive_form(
            read_parts(request.headers.get("content-type"), request.stream()),
            serving.storage,
            source_key(job_id),
            serving.settings.max_upload_bytes,
            serving.upload_threads,
        )
        job = await to_thread.run_sync(_accept, serving, job_id, form)
    response.headers["Location"] = job_url(job.id)
    response.headers["Retry-After"] = str(POLL_S)
    return JobView.of(job, time.time(), serving.settings.retention_s)


def _accept(serving: Services, job_id: str, form: Form) -> Job:
    """Make the job durable, then hint at it. Without the record the upload is nobody's, so it goes too."""
    key = source_key(job_id)
    source = Source(key=key, filename=form.filename, bytes=form.bytes, sha256=form.sha256)
    job = Job(
        id=job_id,
        tenant=DEFAULT_TENANT,
        options=form.options,
        source=source,
        model=ModelRef.of(serving.card),
        created_at=time.time(),
    )
    try:
        serving.store.create(job)
    except BaseException:
        try:
            serving.storage.delete([key])
        except VoiceliftError as error:
            log.warning("could not remove the upload of a refused job: %s", error.message)
        raise
    serving.metrics.jobs_accepted.inc()
    serving.metrics.upload_bytes.inc(form.bytes)
    log.info("job accepted", extra={"upload_bytes": form.bytes})
    try:
        queue.dispatch(serving.store, serving.celery)
    except Exception:  # the record counts, not the message: the janitor sends what is missing
        serving.metrics.hints_failed.inc()
        log.warning("could not send the first hint of a job; the janitor will", exc_info=True)
    return job


@router.get(
    JOBS_PATH + "/{job_id}",
    response_model=JobView,
    summary="Look at a job",
    responses={
        200: {"headers": {**_ETAG, **_RETRY_AFTER}},
        304: {"description": "Nothing has changed since the ETag that was sent."},
        **problems_of(**_UNKNOWN_JOB, store_unavailable=UNAVAILABLE["store_unavailable"]),
    },
)
async def get_job(
    job: CurrentJob,
    serving: Serving,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="The ETag of an earlier answer.")] = None,
) -> JobView | Response:
    """State, progress, timings and outputs. Poll it as Retry-After says, with If-None-Match to save bytes."""
    etag = f'W/"{job.id}.{job.revision}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if not job.state.terminal:
        headers["Retry-After"] = str(POLL_S)
    if if_none_match is not None and _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return JobView.of(job, time.time(), serving.settings.retention_s)


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
            store_unavailable=UNAVAILABLE["store_unavailable"],
        ),
    },
)
def cancel_job(job: CurrentJob, serving: Serving) -> JobView:
    """Ask a job to stop. Asking again is fine."""
    if not job.state.terminal:
        job = serving.store.request_cancel(job.id)
    if job.state.terminal and job.state is not State.canceled:
        raise Conflict(f"The job has {job.state} already, so there is nothing to cancel.", state=job.state)
    return JobView.of(job, time.time(), serving.settings.retention_s)
