"""The API process: `uvicorn --factory api.app:create`. Nothing is built when this module is imported."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.middleware import Middleware

from api import docs, openapi, problems
from api.auth import Access, is_loopback
from api.deps import Services
from api.metrics import Metrics, RequestMetrics
from api.middleware import BodyLimit, Faults, Heads, RequestId, SafeHeaders, cross_origin
from api.ratelimit import RateLimit
from api.reading import read_little_at_once
from api.routes import events, health, jobs, models, outputs, page, playlists, submit, tokens, uploads, webhooks
from api.settings import ApiSettings
from core import logs

log = logging.getLogger(__name__)

DESCRIPTION = """POST a recording to /v1/jobs, follow the job at its address, and download vocals and
instrumental when it has succeeded. Every error is an RFC 9457 problem with a stable code."""


def create() -> FastAPI:
    """The app for a process of its own: settings from the environment, logs configured."""
    settings = ApiSettings()
    logs.configure(settings, "api")
    # Ours (metrics.py) has no query strings, in which job tokens are; uvicorn's has.
    access_log = logging.getLogger("uvicorn.access")
    access_log.handlers.clear()
    access_log.propagate = False
    for name in ("uvicorn", "uvicorn.error"):  # which have handlers and levels of their own until now
        server_log = logging.getLogger(name)
        server_log.handlers.clear()
        server_log.propagate = True
        server_log.setLevel(logging.NOTSET)
    if settings.auth == "off" and not is_loopback(settings.host):
        log.warning("VOICELIFT_AUTH=off: whoever reaches this address can use the service, without a key")
    return create_app(settings)


def create_app(settings: ApiSettings) -> FastAPI:
    """The app with these settings. Clients are made when it starts, and closed when it stops.

    Starting raises CheckpointError without a readable model card; Redis and S3 may come later (see /readyz).
    """
    read_little_at_once()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = services = Services.connect(settings, metrics)
        # Apart, because an S3 server that is away is waited for, and the API serves without it what it can.
        threading.Thread(target=services.storage.try_to_ensure_bucket, name="bucket", daemon=True).start()
        try:
            yield
        finally:
            await services.listening.close()
            await services.gate.close()
            services.close()

    app = FastAPI(
        title="Voicelift",
        summary="Lifts the singing voice out of a song.",
        description=DESCRIPTION,
        version=version("voicelift"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(RequestId),
            Middleware(RequestMetrics, metrics=metrics),
            Middleware(SafeHeaders),
            *cross_origin(settings),
            Middleware(Faults),
            Middleware(Heads),
            Middleware(BodyLimit, upload_path=jobs.JOBS_PATH, max_upload_bytes=settings.max_upload_bytes),
            Middleware(Access, settings=settings),
            Middleware(RateLimit),
        ],
    )
    for module in (submit, jobs, uploads, events, outputs, playlists, tokens, webhooks, models, health, page):
        app.include_router(module.router)
    app.mount("/assets", page.assets, name="assets")
    problems.install(app)
    openapi.install(app)

    @app.get("/docs", include_in_schema=False)
    async def documentation() -> HTMLResponse:
        return HTMLResponse(docs.page(app.openapi()), headers={"Content-Security-Policy": docs.CONTENT_SECURITY_POLICY})

    return app
