"""Rate limits per key, counted in Redis before the body is read. Without keys there are none.

Headers: RateLimit-Limit, -Remaining and -Reset, which clients have understood since 2020 and read without a parser of
structured fields. The current IETF draft packs the same into RateLimit and RateLimit-Policy; it has changed its form
three times and is no standard yet. One request counts against one limit, so there is one set of headers.
"""

import contextlib
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.access import address_of
from api.auth import Caller, caller_of
from core.access.gate import Admission, Gate, bucket_of
from core.errors import RateLimited, StoreUnavailable, VoiceliftError

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class RateLimit:
    """ASGI middleware: 429 for requests above the key's limit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope) if scope["type"] == "http" else Caller()
        if caller.limits is None:
            await self.app(scope, receive, send)
            return
        gate: Gate = scope["app"].state.services.gate
        terms = address_of(scope).terms
        limit = caller.limits.submissions_per_minute if terms.submission else caller.limits.requests_per_minute
        kind = "submissions" if terms.submission else "requests"
        headers: dict[str, str] = {}
        tenant, submission, counted = caller.tenant if terms.makes_job else None, secrets.token_hex(8), False

        async def settle() -> None:
            """Once, before the client receives its job, which counts from then on: the client may send the next at
            once."""
            nonlocal counted
            if counted and tenant is not None:
                counted = False
                with contextlib.suppress(StoreUnavailable):  # it expires anyway
                    await gate.settle(tenant, submission)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
                await settle()
            await send(message)

        try:
            admission = await gate.admit(bucket_of(caller.bucket, terms.submission), limit or 0, caller.key_id)
            if limit:
                headers |= _headers(limit, admission)
            if not admission.admitted:
                raise RateLimited(
                    f"Rate limit exceeded: {limit} {kind} per minute. Retry after {admission.retry_after_s} s.",
                    retry_after_s=admission.retry_after_s,
                )
            if tenant is not None:
                jobs, audio = caller.limits.jobs_in_flight, caller.limits.audio_s_per_day
                again = Headers(scope=scope).get("idempotency-key")
                await gate.reserve(tenant, submission, jobs or 0, audio or 0, again)
                counted = True
        except VoiceliftError as error:
            await problems.refuse(scope, receive, with_headers, error)
            return
        try:
            await self.app(scope, receive, with_headers)
        finally:
            await settle()


def _headers(limit: int, admission: Admission) -> dict[str, str]:
    return dict(zip(HEADERS, map(str, (limit, admission.remaining, admission.reset_s)), strict=True))
