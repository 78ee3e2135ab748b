"""Uploads straight to the object storage, for clients that send in the background or in parts."""

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.access import BY_KEY, IS_SUBMISSION
from api.deps import Config, PresignedUploads, TenantId
from api.responses import UNAVAILABLE, problems_of
from api.uploads import safe_filename, too_large
from core.errors import QuotaExceeded
from core.jobs.uploads import Upload, UploadPart, Uploads
from core.jobs.view import View

router = APIRouter(tags=["uploads"], dependencies=[BY_KEY])

UPLOADS_PATH = "/v1/uploads"
_ID = "upl_01k8rz3v9q5w7x2m4n6p8r0s1t"
_UNKNOWN = {"not_found": (404, "There is no such upload. It may have expired, or a job has already used it.")}


def _a_number(value: object) -> object:
    """Refuse strings and booleans, which Python accepts as numbers; 5.0 is an integer in JSON Schema."""
    if isinstance(value, str | bool):
        raise ValueError("Input should be a valid integer")
    return value


class UploadRequest(BaseModel):
    """The announced upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: Annotated[int, BeforeValidator(_a_number)] = Field(
        ge=1, description="Size of the file. The upload URLs accept exactly this size.", examples=[4_812_345]
    )
    filename: str = Field(
        default="", max_length=1000, description="The file's name, for display and downloads.", examples=["song.mp3"]
    )


class UploadView(View):
    """An upload and its URLs."""

    upload_id: str = Field(description="Use it as `upload_id` when you create the job.", examples=[_ID])
    bytes: int = Field(description="Announced size.", examples=[4_812_345])
    filename: str = Field(description="Announced name.", examples=["song.mp3"])
    method: Literal["PUT"] = Field(default="PUT", description="How to send the bytes.")
    url: str | None = Field(description="URL for the PUT of the whole file; null for several parts.")
    headers: dict[str, str] = Field(
        description="Headers of that PUT. HTTP libraries set this one automatically.",
        examples=[{"Content-Length": "4812345"}],
    )
    received: bool = Field(description="Whether all bytes have arrived.")
    parts: list[UploadPart] | None = Field(description="The parts of a large file; null for a small one.")
    complete_url: str = Field(
        description="URL for a POST after all bytes are sent. Required for several parts; otherwise it only checks.",
        examples=[f"{UPLOADS_PATH}/{_ID}/complete"],
    )
    expires_at: datetime = Field(
        description="Expiry of the URLs. GET the upload for fresh ones; parts that have arrived stay."
    )
    kept_until: datetime = Field(description="Time at which the upload is deleted, unless a job has used it.")


def _view(upload: Upload, uploads: Uploads, presign_ttl_s: int) -> UploadView:
    ttl_s = max(1, min(presign_ttl_s, int(upload.expires_at - time.time())))
    expires_at = datetime.fromtimestamp(time.time() + ttl_s, UTC)
    parts = uploads.parts(upload, ttl_s)
    whole = parts[0] if upload.multipart is None else None
    return UploadView(
        upload_id=upload.id,
        bytes=upload.bytes,
        filename=upload.filename,
        url=whole.url if whole else None,
        headers={"Content-Length": str(upload.bytes)} if whole else {},
        received=all(part.received for part in parts),
        parts=None if whole else parts,
        complete_url=f"{UPLOADS_PATH}/{upload.id}/complete",
        expires_at=expires_at,
        kept_until=datetime.fromtimestamp(upload.expires_at, UTC),
    )


def existing_upload(
    upload_id: Annotated[str, Path(description="As returned by POST /v1/uploads.", examples=[_ID])],
    tenant: TenantId,
    uploads: PresignedUploads,
) -> Upload:
    """The upload of the path, if it is the caller's."""
    return uploads.get(tenant, upload_id)


CurrentUpload = Annotated[Upload, Depends(existing_upload)]


@router.post(
    UPLOADS_PATH,
    dependencies=[IS_SUBMISSION],
    status_code=201,
    response_model=UploadView,
    summary="Create an upload",
    responses={
        201: {"headers": {"Location": {"description": "URL of the upload.", "schema": {"type": "string"}}}},
        **problems_of(
            malformed_json=(400, "The body is not well-formed JSON."),
            upload_too_large=(413, "The file exceeds the limit of 500 MB."),
            invalid_request=(422, "The request has invalid fields."),
            quota_exceeded=(429, "100 uploads are not yet used by a job, the maximum."),
            **UNAVAILABLE,
        ),
    },
)
def create_upload(
    body: UploadRequest, response: Response, tenant: TenantId, settings: Config, uploads: PresignedUploads
) -> UploadView:
    """Get a URL to PUT a file straight into the object storage; then create a job with its `upload_id`.

    Suits background uploads of a mobile app: the PUT needs only the URL and the file. Large files have several parts,
    sent in any order, concurrently or again."""
    if body.bytes > settings.max_upload_bytes:
        raise too_large(settings.max_upload_bytes)
    if settings.open_uploads and uploads.count(tenant) >= settings.open_uploads:
        raise QuotaExceeded(
            f"{settings.open_uploads} uploads are not yet used by a job, the maximum. Submit jobs for them; unused "
            "uploads expire within a day.",
            quota="open_uploads",
            retry_after_s=60,
        )
    upload = uploads.begin(
        tenant, safe_filename(body.filename), body.bytes, settings.upload_part_bytes, settings.upload_ttl_s
    )
    response.headers["Location"] = f"{UPLOADS_PATH}/{upload.id}"
    return _view(upload, uploads, settings.presign_ttl_s)


@router.get(
    UPLOADS_PATH + "/{upload_id}",
    response_model=UploadView,
    summary="Get an upload",
    responses=problems_of(**_UNKNOWN, **UNAVAILABLE),
)
def get_upload(upload: CurrentUpload, settings: Config, uploads: PresignedUploads) -> UploadView:
    """The parts that have arrived, and fresh URLs for the others."""
    return _view(upload, uploads, settings.presign_ttl_s)


@router.post(
    UPLOADS_PATH + "/{upload_id}/complete",
    response_model=UploadView,
    summary="Complete an upload",
    responses=problems_of(
        **_UNKNOWN,
        upload_incomplete=(
            409,
            "The upload is not complete: 33554432 of 60000000 bytes have arrived.",
        ),
        **UNAVAILABLE,
    ),
)
def complete_upload(upload: CurrentUpload, settings: Config, uploads: PresignedUploads) -> UploadView:
    """Check that all bytes have arrived, and join the parts. Idempotent."""
    uploads.complete(upload)
    return _view(upload, uploads, settings.presign_ttl_s)
