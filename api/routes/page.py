"""The page at `/` and its static files, served from here so that it needs no other origin than the API's."""

import posixpath
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.access import OPEN
from api.assets import Assets

WEB = Path(__file__).resolve().parent.parent / "web"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

assets = Assets(WEB, {"Content-Security-Policy": CONTENT_SECURITY_POLICY})
router = APIRouter(include_in_schema=False, dependencies=[OPEN])


@router.get("/")
async def page(request: Request) -> Response:
    return await assets.get_response("index.html", request.scope)


@router.get("/assets/{path:path}")
async def asset(path: str, request: Request) -> Response:
    return await assets.get_response(posixpath.normpath(path), request.scope)
