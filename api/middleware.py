"""Plain ASGI around the app. Outermost first: request id, metrics.py, headers, CORS, faults, access.py, heads, body
limit, auth.py, ratelimit.py."""

import asyncio
import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.access import address_of
from api.problems import UnsupportedContentEncoding
from api.ratelimit import HEADERS as RATE_LIMIT_HEADERS
from api.settings import ApiSettings
from api.uploads import too_large
from core import logs
from core.errors import BodyTooSlow, UploadTooLarge, VoiceliftError

log = logging.getLogger(__name__)

# Minimum pace of a body, after a grace period for pauses. Only waiting for the client counts, not for S3.
GRACE_S, LEAST_BYTES_PER_S = 30.0, 4000
FORM_OVERHEAD_BYTES = 256 * 1024  # boundaries, part headers and option fields around the file
SMALL_BODY_BYTES = 64 * 1024  # for every route without a file
DRAIN_BYTES, DRAIN_S = 8 * 1024 * 1024, 5.0

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """Identify every request, in its response and in every log line: the caller's X-Request-ID if it is valid."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        header = Headers(scope=scope).get("x-request-id", "")
        request_id = header if _REQUEST_ID.fullmatch(header) else f"req_{secrets.token_hex(8)}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        # Separate, because a connection whose reading was paused continues in the context of the paused request, as do
        # its later requests.
        with logs.bind_alone(request_id=request_id):
            await self.app(scope, receive, named)


class Faults:
    """Turn an unhandled exception into a 500 problem and one log entry.

    Starlette's handler for these is outside all middleware: its response would lack these headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("unhandled exception at %s %s", scope["method"], scope["path"])
            if not started:
                await problems.unexpected(scope)(scope, receive, send)


class SafeHeaders:
    """Headers against content sniffing, framing, caching and leaks; a route may set others."""

    HEADERS = (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Cache-Control", "no-store"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.HEADERS:
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


def cross_origin(settings: ApiSettings) -> list[Middleware]:
    """Starlette's CORS for the origins in `settings`; none by default. A page of another origin sends its key itself,
    so the browser's cookies and credentials are not allowed."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "DELETE"),
            allow_headers=(
                "Authorization",
                "Cache-Control",
                "Idempotency-Key",
                "If-None-Match",
                "If-Range",
                "Last-Event-ID",
                "Range",
                "X-Request-ID",
                "X-Requested-With",
            ),
            expose_headers=(
                *("Content-Disposition", "ETag", "Location", "Retry-After"),
                *("Idempotency-Replayed", "WWW-Authenticate", "X-Request-ID"),
                *RATE_LIMIT_HEADERS,
            ),
        )
    ]


class Heads:
    """Answer HEAD for every GET route without a HEAD route: the same response without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == address_of(scope).method:
            await self.app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def receive_until_answered() -> Message:
            """A stream would be sent until its listener leaves; there is none."""
            receiving = asyncio.ensure_future(receive())
            waiting = asyncio.ensure_future(answered.wait())
            try:
                await asyncio.wait({receiving, waiting}, return_when=asyncio.FIRST_COMPLETED)
                return await receiving if receiving.done() else {"type": "http.disconnect"}
            finally:
                receiving.cancel()
                waiting.cancel()

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body"})
                answered.set()

        inner = {**scope, "method": "GET"}
        try:
            await self.app(inner, receive_until_answered, send_head)
        finally:
            if "route" in inner:
                scope["route"] = inner["route"]  # for metrics.py


class BodyLimit:
    """Refuse bodies that are too large, by Content-Length before a byte is read or else by counting, too slow, or
    compressed.

    If an error occurs in the middle of a body, a short rest is read and dropped first, because many clients write
    everything before they read the response; otherwise the connection is closed.
    """

    def __init__(self, app: ASGIApp, max_upload_bytes: int) -> None:
        self.app = app
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        uploads = address_of(scope).terms.takes_file
        limit = self.max_upload_bytes + FORM_OVERHEAD_BYTES if uploads else SMALL_BODY_BYTES
        headers = Headers(scope=scope)
        length = headers.get("content-length")
        refusal = (
            too_large(self.max_upload_bytes)
            if uploads
            else UploadTooLarge("The request body is too large for this endpoint.")
        )
        if length is not None and int(length) > limit:
            await problems.refuse(scope, receive, send, refusal, Connection="close")
            return
        seen, complete = 0, length in (None, "0") and "transfer-encoding" not in headers
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity") and not complete:
            encoded = UnsupportedContentEncoding(
                f"The Content-Encoding {encoding[:50]} is not supported. Send the body uncompressed."
            )
            await problems.refuse(scope, receive, send, encoded, Connection="close", **{"Accept-Encoding": "identity"})
            return
        waited_s = 0.0
        refused: VoiceliftError | None = None

        async def counted() -> Message:
            nonlocal seen, complete, waited_s, refused
            if complete:
                return await receive()
            begun = time.monotonic()
            try:
                async with asyncio.timeout(GRACE_S + seen / LEAST_BYTES_PER_S - waited_s):
                    message = await receive()
            except TimeoutError:
                refused = BodyTooSlow("The request body arrived too slowly. Retry over a faster connection.")
                raise refused from None
            waited_s += time.monotonic() - begun
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if seen > limit:
                    refused = refusal
                    raise refused
            return message

        async def drained() -> bool:
            """Read and drop a short rest of a partly read body; returns whether it is complete."""
            nonlocal complete
            dropped = 0
            while seen and not complete and dropped <= DRAIN_BYTES and not isinstance(refused, BodyTooSlow):
                message = await receive()
                if message["type"] != "http.request":
                    return False
                dropped += len(message.get("body", b""))
                complete = not message.get("more_body", False)
            return complete

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not complete:
                rest = int(length) - seen if length is not None else 0
                try:
                    whole = rest <= DRAIN_BYTES and await asyncio.wait_for(drained(), DRAIN_S)
                except TimeoutError:
                    whole = False
                if not whole:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        async def answering(message: Message) -> None:
            """A body refused during reading gets this response, whatever the reader made of it (FastAPI: 400)."""
            if refused is None:
                await closing(message)
            elif message["type"] == "http.response.start":
                await problems.refuse(scope, receive, closing, refused)

        await self.app(scope, counted, answering)
