"""The outputs of a job."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from api.access import BY_KEY, BY_TOKEN
from api.archive import Entry, archive, size_of
from api.deps import ArchiveSlots, Config, CurrentCaller, CurrentJob, Objects
from api.responses import HELD, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.errors import NotFound, OutputsNotReady
from core.jobs.job import Job, Output, State
from core.storage import Storage, attachment, safe_name

router = APIRouter(tags=["outputs"], dependencies=[BY_KEY])

OUTPUT_PATH = JOBS_PATH + "/{job_id}/outputs/{stem}"
_PROBLEMS = {
    "not_found": (404, "There is no such job."),
    "outputs_not_ready": (409, "The job is still running. Outputs are available after it succeeds."),
    "store_unavailable": UNAVAILABLE["store_unavailable"],
}
KEEP = "private, max-age=86400"  # Cache-Control of what never changes: segments, ended playlists, parts of files
ARCHIVE_PATH = JOBS_PATH + "/{job_id}/outputs.zip"
ARCHIVE_TYPE = "application/zip"
_ARCHIVE_HEADERS = {
    "Content-Length": {"description": "Size of the archive.", "schema": {"type": "integer"}},
    "Content-Disposition": {"description": "Names the archive.", "schema": {"type": "string"}},
    "Accept-Ranges": {"description": "none", "schema": {"type": "string"}},
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, for clients that follow the redirect. It comes from the object storage, "
        "without the headers of this service.",
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    307: {
        "description": "To a URL that is valid for minutes, supports ranges and names the file.",
        "headers": {
            "Location": {
                "description": "URL of the file; do not store it.",
                "schema": {"type": "string", "format": "uri"},
            }
        },
    },
}
FILE_HEAD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file exists.",
        "headers": {
            "Content-Length": {"description": "Size of the file.", "schema": {"type": "integer"}},
            "Content-Type": {"description": "Of the file.", "schema": {"type": "string"}},
            "Content-Disposition": {"description": "Names the file.", "schema": {"type": "string"}},
            "Accept-Ranges": {"description": "bytes", "schema": {"type": "string"}},
        },
    },
}
StemName = Annotated[str, Path(description="One of the job's `stems`.", examples=["vocals"])]


@router.get(
    OUTPUT_PATH,
    dependencies=[BY_TOKEN],
    status_code=307,
    response_class=RedirectResponse,
    summary="Download a stem",
    responses={**FILE, **problems_of(**_PROBLEMS)},
)
def download_output(job: CurrentJob, stem: StemName, storage: Objects, settings: Config) -> RedirectResponse:
    """Redirect to the finished file. This URL is permanent; the presigned URL is new each time."""
    output = find_output(job, stem)
    return RedirectResponse(
        storage.presign_get(output.key, settings.presign_ttl_s, filename(job, output.stem, output.key))
    )


@router.head(
    OUTPUT_PATH,
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get the headers of a stem",
    responses={**FILE_HEAD, **problems_of(**_PROBLEMS, storage_unavailable=UNAVAILABLE["storage_unavailable"])},
)
def head_output(job: CurrentJob, stem: StemName, storage: Objects) -> Response:
    """Size and type of the finished file, without a redirect: presigned URLs accept no HEAD."""
    output = find_output(job, stem)
    info = storage.head(output.key)
    if info is None:
        raise outputs_expired()
    headers = {
        "Content-Length": str(info.bytes),
        "Content-Disposition": attachment(filename(job, output.stem, output.key)),
        "Accept-Ranges": "bytes",
    }
    return Response(headers=headers, media_type=info.content_type)


async def _place(_job: CurrentJob, slots: ArchiveSlots, caller: CurrentCaller) -> AsyncIterator[None]:
    """An archive slot for the duration of the download. Raises TooManyAtOnce, Busy."""
    with slots.held(caller.bucket):
        yield


@router.get(
    ARCHIVE_PATH,
    dependencies=[BY_TOKEN, Depends(_place)],
    response_class=StreamingResponse,
    summary="Download all stems as one file",
    responses={
        200: {
            "description": "A ZIP archive of the files, uncompressed, with the names of single downloads.",
            "headers": _ARCHIVE_HEADERS,
            "content": {ARCHIVE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems_of(**_PROBLEMS, **HELD, storage_unavailable=UNAVAILABLE["storage_unavailable"]),
    },
)
def get_archive(job: CurrentJob, storage: Objects) -> Response:
    """All outputs of the job, packed while they are sent. An interrupted download starts again: unlike a single stem,
    the archive cannot be resumed."""
    entries = _entries(job, storage)
    blocks = archive(entries, job.finished_at or 0)
    return StreamingResponse(blocks, media_type=ARCHIVE_TYPE, headers=_archive_headers(job, entries))


@router.head(
    ARCHIVE_PATH,
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get the headers of the archive",
    responses={
        200: {"description": "The files exist.", "headers": _ARCHIVE_HEADERS},
        **problems_of(**_PROBLEMS, storage_unavailable=UNAVAILABLE["storage_unavailable"]),
    },
)
def head_archive(job: CurrentJob, storage: Objects) -> Response:
    """Size and name of the archive, without creating it."""
    return Response(media_type=ARCHIVE_TYPE, headers=_archive_headers(job, _entries(job, storage)))


def _archive_headers(job: Job, entries: list[Entry]) -> dict[str, str]:
    return {
        "Content-Length": str(size_of(entries)),
        "Content-Disposition": attachment(f"{PurePosixPath(job.source.filename).stem}.zip"),
        "Accept-Ranges": "none",
    }


def _entries(job: Job, storage: Storage) -> list[Entry]:
    """The files of the job, all of which exist. Raises OutputsNotReady, NotFound, StorageUnavailable."""
    outputs = _outputs(job)
    if any(storage.head(output.key) is None for output in outputs):
        raise outputs_expired()
    return [
        Entry(
            safe_name(filename(job, output.stem, output.key)),
            output.bytes,
            partial(storage.blocks, output.key, output.bytes),
        )
        for output in outputs
    ]


def find_output(job: Job, stem: str) -> Output:
    """Raises OutputsNotReady, NotFound."""
    output = next((output for output in _outputs(job) if output.stem == stem), None)
    if output is None:
        raise NotFound(f"The job has no such stem. It has: {', '.join(output.stem for output in job.outputs)}.")
    return output


def _outputs(job: Job) -> list[Output]:
    """Raises OutputsNotReady, NotFound."""
    if not job.state.terminal:
        raise OutputsNotReady(
            f"The job is still {job.state}. Outputs are available after it succeeds.", state=job.state
        )
    if job.state is not State.succeeded:
        raise OutputsNotReady(f"The job has {job.state}, so it has no outputs. Submit a new job.", state=job.state)
    if job.outputs_expired_at is not None:
        raise outputs_expired()
    return job.outputs


def filename(job: Job, stem: str, key: str) -> str:
    """The name under which the file of a stem at `key` is saved."""
    return f"{PurePosixPath(job.source.filename).stem} ({stem}){PurePosixPath(key).suffix}"


def outputs_expired() -> NotFound:
    return NotFound("The outputs of this job have expired. Submit a new job.")
