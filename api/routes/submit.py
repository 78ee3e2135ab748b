"""Making a job: from a recording in the request, an earlier upload, or an address."""

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api import accept
from api.deps import Services, Serving, TenantId
from api.idempotency import Claim, IdempotencyHeader, claimed
from api.multipart import read_parts
from api.openapi import BUSY, IDEMPOTENCY, RETRY_AFTER, UNAVAILABLE, job_body, problems_of
from api.problems import UnsupportedContentType
from api.routes.jobs import JOBS_PATH, answer_with
from api.schemas import JobBody, body_of
from api.uploads import receive_form, safe_filename
from core import logs
from core.errors import SourceUrlRefused, UploadTooLarge, UrlRefused
from core.jobs.job import Job, Source, new_job_id
from core.jobs.request import JobRequest
from core.jobs.view import JobView
from core.keys import source_key
from core.transfer.address import Guard, filename_of

router = APIRouter(tags=["jobs"])

MAX_JSON_BYTES = 64 * 1024


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
                "Idempotency-Replayed": {
                    "description": "true: the job was made by an earlier request with this Idempotency-Key.",
                    "schema": {"type": "string", "enum": ["true"]},
                },
                **RETRY_AFTER,
            },
        },
        **problems_of(
            malformed_form=(400, 'The form has no file. Send the recording as the form field "file".'),
            malformed_json=(400, "The body is not well-formed JSON."),
            invalid_idempotency_key=(400, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
            not_found=(404, "There is no such upload. It may have expired, or a job has taken it already."),
            upload_incomplete=(409, "The upload is not complete: nothing of it is there yet."),
            **IDEMPOTENCY,
            upload_too_large=(413, "The file is larger than 500 MB, the most that this service takes."),
            unsupported_media=(
                415,
                "The file is a PDF document. Send a recording, for example mp3, m4a, flac or wav.",
            ),
            unsupported_content_type=(
                415,
                "Send the recording as multipart/form-data, or JSON that says where it is.",
            ),
            invalid_options=(
                422,
                "Some options cannot be used. steps: Input should be greater than or equal to 1.",
            ),
            empty_audio=(422, "The file is empty. Send a recording."),
            source_url_refused=(422, "The source_url cannot be used. The address must begin with https:// or http://."),
            webhook_url_refused=(
                422,
                "The webhook_url cannot be used. That address does not lead to the public internet.",
            ),
            **BUSY,
            **UNAVAILABLE,
        ),
    },
    openapi_extra=job_body(),
)
async def create_job(
    request: Request,
    response: Response,
    serving: Serving,
    tenant: TenantId,
    idempotency_key: IdempotencyHeader = None,
) -> JobView:
    """Send a recording and options as a form, or as JSON where the recording is. It is stored as it arrives, and
    separated later."""
    job_id = new_job_id()
    with logs.bind(job_id=job_id):
        async with claimed(serving.store, tenant, idempotency_key) as claim:
            if claim.holder is None:  # else there is a job already, which is only answered again
                await to_thread.run_sync(accept.refuse_when_full, serving)
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "application/json":
                body = body_of(await _small_body(request))
                job = await to_thread.run_sync(_accept_body, serving, job_id, tenant, body, claim)
            elif kind == "multipart/form-data":
                job = await _accept_form(serving, job_id, tenant, request, claim)
            else:
                raise UnsupportedContentType(
                    'Send the recording as multipart/form-data, in the form field "file", or send JSON that says '
                    "where it is."
                )
    if job.id != job_id:
        response.headers["Idempotency-Replayed"] = "true"
    return await to_thread.run_sync(answer_with, serving, response, job)


async def _accept_form(serving: Services, job_id: str, tenant: str, request: Request, claim: Claim) -> Job:
    key = source_key(job_id)
    with serving.forms.held(request.scope["state"]):
        form = await receive_form(
            read_parts(request.headers.get("content-type"), request.stream()),
            serving.storage,
            key,
            serving.settings.max_upload_bytes,
            serving.upload_threads,
        )
    serving.metrics.upload_bytes.inc(form.bytes)
    source = Source(key=key, filename=form.filename, bytes=form.bytes, sha256=form.sha256)
    return await to_thread.run_sync(_accept, serving, job_id, tenant, form.request, source, form.sha256, claim)


def _accept(
    serving: Services, job_id: str, tenant: str, request: JobRequest, source: Source, content: str, claim: Claim
) -> Job:
    """Accept a job whose recording is in place, or remove the recording."""
    with accept.nothing_left(serving, job_id):
        accept.check_request(serving, request)
        fingerprint = request.fingerprint(content)
        earlier = claim.earlier(fingerprint)
        if earlier is None:
            job = accept.new_job(serving, job_id, tenant, request, source)
            return accept.accept(serving, job, claim, fingerprint)
    accept.discard(serving, job_id)
    return earlier


def _accept_body(serving: Services, job_id: str, tenant: str, body: JobBody, claim: Claim) -> Job:
    """Accept a job whose recording is elsewhere; an upload is used up by it."""
    fingerprint, key = body.fingerprint(body.content), source_key(job_id)
    if (earlier := claim.earlier(fingerprint)) is not None:
        return earlier
    accept.check_request(serving, body)
    if body.upload_id is None:
        url = body.source_url or ""
        try:
            Guard.from_settings(serving.settings).look(url)
        except UrlRefused as refusal:
            raise SourceUrlRefused(f"The source_url cannot be used. {refusal.message}", **refusal.details) from None
        source = Source(key=key, filename=safe_filename(filename_of(url)), bytes=None, url=url)
        with accept.nothing_left(serving, job_id):
            return accept.accept(serving, accept.new_job(serving, job_id, tenant, body, source), claim, fingerprint)
    upload = serving.uploads.get(tenant, body.upload_id)
    with accept.nothing_left(serving, job_id):
        serving.uploads.adopt(upload, key)
        source = Source(key=key, filename=safe_filename(upload.filename), bytes=upload.bytes)
        job = accept.accept(serving, accept.new_job(serving, job_id, tenant, body, source), claim, fingerprint)
    if job.id == job_id:
        accept.release_upload(serving, upload)
    return job


async def _small_body(request: Request) -> bytes:
    data = bytearray()
    async for block in request.stream():
        data += block
        if len(data) > MAX_JSON_BYTES:
            raise UploadTooLarge(f"The JSON is longer than {MAX_JSON_BYTES // 1024} KB.")
    return bytes(data)
