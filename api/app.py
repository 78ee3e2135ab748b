"""The app: its routes, its middlewares, and its long-lived parts. `python -m api` serves it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from api import openapi, problems
from api.access import Addressing
from api.auth import Access
from api.deps import Services
from api.metrics import Metrics, RequestMetrics
from api.middleware import BodyLimit, Faults, Heads, RequestId, SafeHeaders, cross_origin
from api.ratelimit import RateLimit
from api.routes import (
    batches,
    conversions,
    description,
    events,
    health,
    jobs,
    keys,
    models,
    outputs,
    page,
    playlists,
    submit,
    tokens,
    uploads,
    usage,
    webhooks,
)
from api.settings import ApiSettings

ROUTERS = [
    module.router
    for module in (
        submit, jobs, batches, uploads, events, outputs, conversions, playlists, tokens, webhooks, usage, keys, models,
        health, description, page,
    )
]  # fmt: skip
DESCRIPTION = """POST a recording to /v1/jobs, follow the job at its URL, and download vocals and instrumental
when it has succeeded.

- **Key.** `Authorization: Bearer vl_...`, from the operator of the service. Players, `EventSource` and links send no
  header: they use a job token as `?token=...`.
- **Waiting.** Poll at the interval of `Retry-After`, with `If-None-Match`; or stream the job's events; or set a
  `webhook_url`. `progress.eta_s` is the estimated remaining time.
- **Errors.** Every error is an RFC 9457 problem with a stable `code`. Where `retryable` is true, send the same request
  again, with the same `Idempotency-Key`, after `Retry-After`.
"""


def create_app(settings: ApiSettings) -> FastAPI:
    """The app with these settings. Clients are created at the start and closed at the stop.

    Starting raises CheckpointError without a readable model card; Redis and S3 may become available later (see
    /readyz).
    """
    metrics = Metrics()
    routes = [route for router in ROUTERS for route in router.routes]
    metrics.expect(
        (method, route.path, route.status_code or 200)
        for route in routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = services = Services.connect(settings, metrics)
        # In a thread, because the call waits for an unavailable S3, and the API serves other requests without it.
        threading.Thread(target=services.storage.try_to_ensure_bucket, name="bucket", daemon=True).start()
        try:
            yield
        finally:
            await services.listening.close()
            await services.gate.close()
            services.close()

    app = FastAPI(
        title="Voicelift",
        summary="Separates a song into vocals and instrumental.",
        description=DESCRIPTION,
        version=version("voicelift"),
        license_info={"name": "MIT", "identifier": "MIT"},
        generate_unique_id_function=openapi.operation_id,
        lifespan=lifespan,
        openapi_url=None,  # routes/description.py
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # behind a proxy that ends TLS it would redirect to http://
        middleware=[
            Middleware(RequestId),
            Middleware(RequestMetrics, metrics=metrics),
            Middleware(SafeHeaders),
            *cross_origin(settings),
            Middleware(Faults),
            Middleware(Addressing, routes=routes),
            Middleware(Heads),
            Middleware(BodyLimit, max_upload_bytes=settings.max_upload_bytes),
            Middleware(Access, settings=settings),
            Middleware(RateLimit),
        ],
    )
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app, routes)
    openapi.install(app, ROUTERS)
    return app
