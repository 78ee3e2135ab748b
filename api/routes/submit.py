"""Create a job from a recording in the request, an earlier upload, or a URL."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from api.access import BY_KEY, MAKES_JOB, TAKES_FILE
from api.deps import (
    Config,
    CurrentCaller,
    FormSlots,
    IdempotencyHeader,
    Instruments,
    Model,
    Objects,
    PresignedUploads,
    Store,
    Submitting,
    TenantId,
    UploadThreads,
)
from api.multipart import read_parts
from api.problems import UnsupportedContentType
from api.recordings import FromAddress, FromForm, FromUpload, Recording, check_request
from api.responses import BUSY, HELD, IDEMPOTENCY, RETRY_AFTER, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH, respond_with
from api.schemas import body_of, job_body
from api.submission import Obtain
from api.uploads import receive_form
from core.errors import UploadTooLarge
from core.jobs.request import JobRequest
from core.jobs.view import JobView
from core.transfer.address import Guard

router = APIRouter(tags=["jobs"], dependencies=[BY_KEY])

FROM_FILE_PATH = JOBS_PATH + "/from-file"
MAX_JSON_BYTES = 64 * 1024


async def _form_as_recording(
    request: Request,
    settings: Config,
    model: Model,
    caller: CurrentCaller,
    storage: Objects,
    slots: FormSlots,
    threads: UploadThreads,
    metrics: Instruments,
) -> Obtain:
    """Reads a form with a file when called."""

    def judge(job_request: JobRequest) -> None:
        check_request(job_request, settings, model)

    async def obtain(key: str) -> Recording:
        parts = read_parts(request.headers.get("content-type"), request.stream())
        with slots.held(caller.bucket):
            form = await receive_form(parts, storage, key, settings.max_upload_bytes, threads, judge)
        metrics.upload_bytes.inc(form.bytes)
        return FromForm(form)

    return obtain


async def _body_as_recording(
    request: Request,
    settings: Config,
    model: Model,
    tenant: TenantId,
    uploads: PresignedUploads,
    form: Annotated[Obtain, Depends(_form_as_recording)],
) -> Obtain:
    """Reads the body when called: a form with a file, or JSON with an upload or a URL."""

    async def obtain(key: str) -> Recording:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return await form(key)
        if kind != "application/json":
            raise UnsupportedContentType(
                'Send the recording as multipart/form-data, in the form field "file", or JSON with an upload_id or '
                "source_url."
            )
        body = body_of(await _small_body(request))
        check_request(body, settings, model)
        if body.upload_id is not None:
            return FromUpload(body, body.upload_id, tenant, uploads)
        return FromAddress(body, body.source_url or "", Guard.from_settings(settings))

    return obtain


ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "Accepted: from here on the job survives the crash of any process.",
        "headers": {
            "Location": {"description": "URL of the job.", "schema": {"type": "string"}},
            "Idempotency-Replayed": {
                "description": "true: the job was created by an earlier request with this Idempotency-Key.",
                "schema": {"type": "string", "enum": ["true"]},
            },
            **RETRY_AFTER,
        },
    }
}
_PROBLEMS = {
    "malformed_form": (400, 'The form has no file. Send the recording as the form field "file".'),
    "invalid_idempotency_key": (400, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
    **IDEMPOTENCY,
    "upload_too_large": (413, "The file exceeds the limit of 500 MB."),
    "unsupported_media": (415, "The file is a PDF document. Send a recording, for example mp3, m4a, flac or wav."),
    "unsupported_content_type": (
        415,
        'Send the recording as multipart/form-data, in the form field "file", or JSON with an upload_id or source_url.',
    ),
    "invalid_options": (422, "Invalid options. steps: Input should be greater than or equal to 1."),
    "empty_audio": (422, "The file is empty. Send a recording."),
    "webhook_url_refused": (
        422,
        "The webhook_url cannot be used. The address is not on the public internet.",
    ),
    **HELD,
    **BUSY,
    **UNAVAILABLE,
}
_PROBLEMS_OF_JSON = {
    "malformed_json": (400, "The body is not well-formed JSON."),
    "not_found": (404, "There is no such upload. It may have expired, or a job has already used it."),
    "upload_incomplete": (409, "The upload is not complete: 0 of 34567890 bytes have arrived."),
    "source_url_refused": (422, "The source_url cannot be used. The address must begin with https:// or http://."),
}


@router.post(
    JOBS_PATH,
    dependencies=[MAKES_JOB, TAKES_FILE],
    status_code=202,
    response_model=JobView,
    summary="Separate a recording",
    responses=ACCEPTED | problems_of(**_PROBLEMS, **_PROBLEMS_OF_JSON),
    openapi_extra=job_body("multipart/form-data", "application/json"),
)
async def create_job(
    response: Response,
    tenant: TenantId,
    submissions: Submitting,
    obtain: Annotated[Obtain, Depends(_body_as_recording)],
    store: Store,
    idempotency_key: IdempotencyHeader = None,
) -> JobView:
    """Send a recording and options as a form, or JSON that names the recording. It is stored as it arrives, and
    separated later."""
    submitted = await submissions.submit(tenant, idempotency_key, obtain)
    return await to_thread.run_sync(respond_with, store, response, submitted)


@router.post(
    FROM_FILE_PATH,
    dependencies=[MAKES_JOB, TAKES_FILE],
    status_code=202,
    response_model=JobView,
    summary="Separate a file",
    responses=ACCEPTED | problems_of(**_PROBLEMS),
    openapi_extra=job_body("multipart/form-data"),
)
async def create_job_from_file(
    response: Response,
    tenant: TenantId,
    submissions: Submitting,
    obtain: Annotated[Obtain, Depends(_form_as_recording)],
    store: Store,
    idempotency_key: IdempotencyHeader = None,
) -> JobView:
    """POST /v1/jobs with the form only, for generated clients with one kind of body per operation."""
    return await create_job(response, tenant, submissions, obtain, store, idempotency_key)


async def _small_body(request: Request) -> bytes:
    data = bytearray()
    async for block in request.stream():
        data += block
        if len(data) > MAX_JSON_BYTES:
            raise UploadTooLarge(f"The JSON body exceeds {MAX_JSON_BYTES // 1024} KB.")
    return bytes(data)
