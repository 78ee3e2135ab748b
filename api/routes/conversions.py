"""Conversions: stems in another format than the job's, made on the first request and kept with the job's files."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import RedirectResponse

from api.access import BY_KEY, BY_TOKEN
from api.deps import Config, CurrentJob, Dispatch, Objects, Store
from api.responses import RETRY_AFTER, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from api.routes.outputs import FILE, FILE_HEAD, KEEP, StemName, filename, find_output, outputs_expired
from core.errors import ConversionFailed, NotFound, OutputsNotReady
from core.jobs.conversion import Converted, index_of
from core.jobs.job import Job, Output
from core.jobs.records import CONVERSION_POLL_S, MAX_CONVERTED
from core.jobs.view import ConversionView, conversions_of, find_conversion
from core.storage import attachment

router = APIRouter(tags=["outputs"], dependencies=[BY_KEY])

PART_TYPE = "application/octet-stream"
MAX_PART_BYTES = 1024 * 1024
CONVERSION_PATH = JOBS_PATH + "/{job_id}/outputs/{stem}/{format}"
_PROBLEMS = {
    "not_found": (404, "There is no such job."),
    "outputs_not_ready": (409, "The job is still running. Outputs are available after it succeeds."),
    "invalid_request": (422, "The request has invalid fields."),
    "store_unavailable": UNAVAILABLE["store_unavailable"],
}
_FILE_PROBLEMS = {
    **_PROBLEMS,
    "outputs_not_ready": (409, "The mp3 of vocals does not exist yet. Request it: POST to this URL."),
}
FormatName = Annotated[Converted, Path(alias="format", description="One of the output's `conversions`.")]


@router.post(
    CONVERSION_PATH,
    dependencies=[BY_TOKEN],
    response_model=ConversionView,
    summary="Convert a stem to another format",
    responses={
        200: {"description": "The file is ready."},
        202: {
            "model": ConversionView,
            "description": "The conversion is in progress. Repeat the request after Retry-After.",
            "headers": RETRY_AFTER,
        },
        **problems_of(
            **_PROBLEMS,
            conversion_failed=(422, "The stems cannot be written with aac. Choose another format."),
            too_many_at_once=(429, f"Conversions of {MAX_CONVERTED} songs are waiting, the maximum."),
        ),
    },
)
def make_conversion(
    job: CurrentJob, stem: StemName, to: FormatName, store: Store, dispatch: Dispatch, response: Response
) -> ConversionView:
    """Request a lossless output as mp3, m4a or opus. A worker makes the file once; repeat the request until it is
    ready. The file is kept as long as the job's files."""
    output = find_output(job, stem)
    view = _offered(job, output, to)
    conversion = find_conversion(job, output.stem, to)
    if conversion is None:
        store.records.convert(job.id, index_of(job.options.stems, output.stem, to))
        dispatch()
        response.status_code = 202
        response.headers["Retry-After"] = str(CONVERSION_POLL_S)
    elif conversion.fault is not None:
        raise ConversionFailed(conversion.fault)
    return view


@router.get(
    CONVERSION_PATH,
    dependencies=[BY_TOKEN],
    status_code=307,
    response_class=RedirectResponse,
    summary="Download a stem in another format",
    responses={**FILE, **problems_of(**_FILE_PROBLEMS)},
)
def download_conversion(
    job: CurrentJob, stem: StemName, to: FormatName, storage: Objects, settings: Config
) -> RedirectResponse:
    """Redirect to the file. Before it is ready: 409."""
    key, _ = _file(job, stem, to)
    return RedirectResponse(storage.presign_get(key, settings.presign_ttl_s, filename(job, stem, key)))


@router.head(
    CONVERSION_PATH,
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get the headers of a stem in another format",
    responses={**FILE_HEAD, **problems_of(**_FILE_PROBLEMS, storage_unavailable=UNAVAILABLE["storage_unavailable"])},
)
def head_conversion(job: CurrentJob, stem: StemName, to: FormatName, storage: Objects) -> Response:
    """Size and type of the file, without a redirect."""
    key, _ = _file(job, stem, to)
    info = storage.head(key)
    if info is None:
        raise outputs_expired()
    headers = {"Content-Length": str(info.bytes), "Content-Disposition": attachment(filename(job, stem, key))}
    return Response(headers=headers | {"Accept-Ranges": "bytes"}, media_type=info.content_type)


@router.get(
    CONVERSION_PATH + "/part",
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get a part of a stem in another format",
    responses={
        200: {
            "description": "The bytes; fewer where the file ends, none beyond its end.",
            "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems_of(**_FILE_PROBLEMS, storage_unavailable=UNAVAILABLE["storage_unavailable"]),
    },
)
def get_conversion_part(
    job: CurrentJob,
    stem: StemName,
    to: FormatName,
    storage: Objects,
    from_byte: Annotated[int, Query(ge=0, description="First byte.")],
    length: Annotated[int, Query(ge=1, le=MAX_PART_BYTES, description="Maximum number of bytes.")],
) -> Response:
    """Bytes of the file from the API itself, for players without access to the object storage."""
    key, size = _file(job, stem, to)
    end = min(from_byte + length, size)
    data = storage.get_range(key, from_byte, end) if from_byte < end else b""
    return Response(data, media_type=PART_TYPE, headers={"Cache-Control": KEEP})


def _offered(job: Job, output: Output, to: Converted) -> ConversionView:
    """Raises NotFound: not this one."""
    view = next((offered for offered in conversions_of(job, output) if offered.format == to), None)
    if view is None:
        raise NotFound(
            f"The {output.stem} of this job are {output.format}, a lossy format. Only lossless outputs are converted."
        )
    return view


def _file(job: Job, stem: str, to: Converted) -> tuple[str, int]:
    """Key and bytes of the file. Raises OutputsNotReady, NotFound."""
    output = find_output(job, stem)
    _offered(job, output, to)
    conversion = find_conversion(job, output.stem, to)
    if conversion is None or conversion.key is None:
        raise OutputsNotReady(f"The {to} of {stem} does not exist yet. Request it: POST to this URL.")
    return conversion.key, conversion.bytes
