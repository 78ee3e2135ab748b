"""How much: limits per key, counted in Redis, before the body is read. Where no key is needed there are none.

Headers. RateLimit-Limit, -Remaining and -Reset, which clients have understood since 2020 and read without a parser of
structured fields. The present IETF draft packs the same into RateLimit and RateLimit-Policy; it has changed its form
three times and is no standard yet. One request counts against one limit, so there is one set of headers.
"""

import contextlib
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.auth import Caller
from core.access.gate import Admission, Gate
from core.errors import RateLimited, StoreUnavailable, VoiceliftError

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_JOBS, _UPLOADS, _RETRY = "/v1/jobs", "/v1/uploads", "/retry"


class RateLimit:
    """ASGI middleware: 429 for whoever asks for more than its key may."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller | None = scope.get("state", {}).get("caller") if scope["type"] == "http" else None
        if caller is None:
            await self.app(scope, receive, send)
            return
        gate: Gate = scope["app"].state.services.gate
        makes_job = scope["method"] == "POST" and (scope["path"] == _JOBS or scope["path"].endswith(_RETRY))
        submits = makes_job or (scope["method"] == "POST" and scope["path"] == _UPLOADS)
        limit = caller.limits.submissions_per_minute if submits else caller.limits.requests_per_minute
        told: dict[str, str] = {}
        tenant, submission, counted = caller.tenant if makes_job else None, secrets.token_hex(8), False

        async def settle() -> None:
            """Once, before the client hears of its job, which counts from then on: it may send the next at once."""
            nonlocal counted
            if counted and tenant is not None:
                counted = False
                with contextlib.suppress(StoreUnavailable):  # it is forgotten by itself
                    await gate.settle(tenant, submission)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
                await settle()
            await send(message)

        try:
            bucket = f"{caller.bucket}:{'submissions' if submits else 'requests'}"
            admission = await gate.admit(bucket, limit or 0, caller.key_id)
            if limit:
                told |= _headers(limit, admission)
            if not admission.admitted:
                raise RateLimited(
                    f"More than {limit} {'submissions' if submits else 'requests'} in a minute. "
                    f"Go on in {admission.retry_after_s} s.",
                    retry_after_s=admission.retry_after_s,
                )
            if tenant is not None:
                jobs, audio = caller.limits.jobs_in_flight, caller.limits.audio_s_per_day
                again = Headers(scope=scope).get("idempotency-key")
                await gate.reserve(tenant, submission, jobs or 0, audio or 0, again)
                counted = True
        except VoiceliftError as error:
            await problems.refuse(scope, receive, telling, error)
            return
        try:
            await self.app(scope, receive, telling)
        finally:
            await settle()


def _headers(limit: int, admission: Admission) -> dict[str, str]:
    return dict(zip(HEADERS, map(str, (limit, admission.remaining, admission.reset_s)), strict=True))
