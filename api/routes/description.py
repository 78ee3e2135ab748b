"""The API's description: OpenAPI for programs, and Swagger UI for people, served from here."""

import posixpath
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.access import OPEN
from api.assets import Assets
from api.deps import Config
from api.settings import ApiSettings

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
# data: for the icons in swagger-ui.css.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; "
    "connect-src 'self' {storage}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

assets = Assets(REFERENCE, {})
router = APIRouter(include_in_schema=False, dependencies=[OPEN])


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def reference(request: Request, settings: Config) -> Response:
    """The page may also connect to the object storage, because downloads redirect there."""
    response = await assets.get_response("index.html", request.scope)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(storage=_storage_of(settings))
    return response


def _storage_of(settings: ApiSettings) -> str:
    """Origin of presigned URLs: the S3 server in the settings, or AWS's."""
    server = settings.s3_public_endpoint_url or settings.s3_endpoint_url
    if server is not None:
        address = urlsplit(server)
        return f"{address.scheme}://{address.netloc}"
    bucket = f"https://{settings.s3_bucket}.s3"
    return f"{bucket}.amazonaws.com {bucket}.{settings.s3_region}.amazonaws.com"


@router.get("/docs/{path:path}")
async def reference_file(path: str, request: Request) -> Response:
    return await assets.get_response(posixpath.normpath(path), request.scope)
