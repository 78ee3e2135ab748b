"""Health checks for machines: liveness, readiness and metrics."""

import hmac
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.access import OPEN
from api.deps import Config, Instruments, Objects, RedisChecks, StorageChecks, Store
from api.problems import NotReady
from api.responses import problems_of
from api.schemas import CheckView, LiveView, ReadyView
from core.errors import Unauthenticated, VoiceliftError
from core.jobs.backlog import QueueStats

router = APIRouter(tags=["operations"], dependencies=[OPEN])

CHECK_S = 2.0

Result = TypeVar("Result")


async def _ask(work: Callable[[], Result], threads: CapacityLimiter) -> tuple[Result | None, str]:
    """The result, or None and the error; within CHECK_S, so that a frozen dependency does not block the check."""
    with anyio.move_on_after(CHECK_S):
        try:
            return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=threads), "responds"
        except VoiceliftError as error:
            return None, error.message
    return None, f"no response within {CHECK_S:g} s"


@router.get("/livez", response_model=LiveView, summary="Check that the process is alive")
async def get_liveness() -> LiveView:
    """Checks only this process: restart it after a failure."""
    return LiveView(status="alive")


@router.get(
    "/readyz",
    response_model=ReadyView,
    summary="Check that jobs can be accepted and executed",
    responses=problems_of(not_ready=(503, "redis: The job store (Redis) is temporarily unavailable.")),
)
async def get_readiness(
    store: Store, storage: Objects, redis_checks: RedisChecks, storage_checks: StorageChecks
) -> ReadyView:
    """`ready`; `degraded` when accepted jobs wait because there is no worker; 503 without Redis or S3."""
    stats, redis_detail = await _ask(store.backlog.stats, redis_checks)
    bucket, storage_detail = await _ask(storage.has_bucket, storage_checks)
    checks = {
        "redis": CheckView(ok=stats is not None, detail=redis_detail),
        "storage": CheckView(
            ok=bool(bucket), detail="the bucket does not exist" if bucket is False else storage_detail
        ),
        "gpu_worker": _workers(stats, "gpu", stats.gpu_slots if stats else 0),
        "cpu_worker": _workers(stats, "cpu", stats.cpu_slots if stats else 0),
    }
    if stats is None or not bucket:
        down = [f"{name}: {checks[name].detail}" for name in ("redis", "storage") if not checks[name].ok]
        raise NotReady(" ".join(down), checks={name: check.model_dump() for name, check in checks.items()})
    return ReadyView(status="ready" if all(check.ok for check in checks.values()) else "degraded", checks=checks)


def _workers(stats: QueueStats | None, queue: str, slots: int) -> CheckView:
    if stats is None:
        return CheckView(ok=False, detail="unknown while Redis does not respond")
    if not slots:
        return CheckView(ok=False, detail=f"no live worker on the {queue} queue: jobs wait until one is started")
    return CheckView(ok=True, detail=f"{slots} slots")


_BY_METRICS_TOKEN = Security(
    HTTPBearer(
        scheme_name="metrics",
        description="The metrics token, if VOICELIFT_METRICS_TOKEN is set.",
        auto_error=False,  # _may_scrape checks it
    )
)


async def _may_scrape(settings: Config, request: Request) -> None:
    expected = settings.metrics_token
    if expected is not None and not hmac.compare_digest(
        request.headers.get("authorization", "").encode(), f"Bearer {expected.get_secret_value()}".encode()
    ):
        raise Unauthenticated("Metrics require the metrics token.")


@router.get(
    "/metrics",
    dependencies=[Depends(_may_scrape), _BY_METRICS_TOKEN],
    response_class=PlainTextResponse,
    summary="Get metrics for Prometheus",
    responses={
        200: {"description": "In Prometheus' text format."},
        **problems_of(unauthenticated=(401, "Metrics require the metrics token.")),
    },
    openapi_extra={"security": [{}]},  # or no token
)
async def get_metrics(store: Store, instruments: Instruments, redis_checks: RedisChecks) -> Response:
    """Requests of this process, and the queues as reported by Redis (equal in every replica)."""
    stats, _ = await _ask(store.backlog.stats, redis_checks)
    instruments.show_queue(stats)
    return Response(generate_latest(instruments.registry), media_type=CONTENT_TYPE_LATEST)
