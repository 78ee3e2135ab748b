"""Who asks: plain ASGI that finds out from the request's head alone, before a byte of the body is read.

It sets, in the request's state:

    tenant       whose jobs the request is about (not with a job token)
    key_id       the key's public id; None where none is needed
    caller       whose limits count, for ratelimit.py; absent where none is needed
    token, token_job   the job token that came in place of a key, and the job that it opens
"""

import hmac
import ipaddress
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.settings import ApiSettings
from core import logs
from core.access import tokens
from core.access.keys import DEFAULT_TENANT, Limits
from core.errors import InvalidToken, Unauthenticated, VoiceliftError
from core.keys import JOB_ID_PATTERN

if TYPE_CHECKING:
    from core.access.gate import Gate

METRICS_PATH = "/metrics"
# Everything else needs a key, also what does not exist.
_PUBLIC = {"/", "/livez", "/readyz", "/openapi.json", "/docs", METRICS_PATH}
_ASSETS = "/assets/"
_BY_PROXIES = {"forwarded", "via", "x-real-ip"}  # headers, besides x-forwarded-*
_PORT = re.compile(r":\d*$")  # at the end of a host
# What a token opens: what players and EventSource fetch, and downloads.
_TOKEN_PATH = re.compile(rf"/v1/jobs/({JOB_ID_PATTERN})/(?:events|outputs/[^/]+|hls/[^/]+(?:/[^/]+)?)")


@dataclass(frozen=True)
class Caller:
    """Whose limits a request counts against. Requests with a job token share one bucket per job."""

    bucket: str
    limits: Limits
    tenant: str | None
    key_id: str | None


class Access:
    """ASGI middleware: 401 for whoever has no right to be here."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            known = await self._identify(scope)
        except VoiceliftError as error:
            headers = {}
            if isinstance(error, Unauthenticated):
                # RFC 6750: an error is named only to who has tried to identify.
                tried = type(error) is not Unauthenticated
                headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if tried else "Bearer"
            await problems.refuse(scope, receive, send, error, **headers)
            return
        scope["state"].update(known)
        with logs.bind(key_id=known.get("key_id"), tenant=known.get("tenant")):
            await self.app(scope, receive, send)

    async def _identify(self, scope: Scope) -> dict[str, Any]:
        """What the request's state gains. Raises Unauthenticated, StoreUnavailable."""
        headers, path = Headers(scope=scope), scope["path"]
        if path == METRICS_PATH:
            self._may_scrape(headers)
        if path in _PUBLIC or path.startswith(_ASSETS):
            return {}
        if not self._needs_key(scope, headers):
            return {"tenant": DEFAULT_TENANT, "key_id": None}
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            key = await _gate(scope).key(credentials.strip())
            caller = Caller(key.id, key.limits.over(self.settings.limits), key.tenant, key.id)
            return {"tenant": key.tenant, "key_id": key.id, "caller": caller}
        if scope["method"] == "GET" and (opened := _TOKEN_PATH.fullmatch(path)):
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
            if given:
                return await self._with_token(_gate(scope), opened[1], given[0])
        raise Unauthenticated(
            "This service needs an API key, sent as: Authorization: Bearer vl_... Its operator makes one with: "
            "voicelift keys create"
        )

    async def _with_token(self, gate: "Gate", job_id: str, token: str) -> dict[str, Any]:
        if not tokens.is_valid(await gate.token_secret(), job_id, token, time.time()):
            raise InvalidToken(
                f"The token does not open this job, or has expired. Get a new one: POST /v1/jobs/{job_id}/token"
            )
        caller = Caller(f"token:{job_id}", self.settings.limits, None, None)
        return {"token": token, "token_job": job_id, "caller": caller}

    def _may_scrape(self, headers: Headers) -> None:
        expected = self.settings.metrics_token
        if expected is not None and not hmac.compare_digest(
            headers.get("authorization", "").encode(), f"Bearer {expected.get_secret_value()}".encode()
        ):
            raise Unauthenticated("The metrics of this service need its metrics token.")

    def _needs_key(self, scope: Scope, headers: Headers) -> bool:
        """With `auto` only what plainly stays on this machine goes without a key: the service listens on loopback, and
        the request came in there, through no proxy, under a name of this machine. So a web page from elsewhere, open in
        a browser here, does not get in, neither by a name that was made to point here nor by posting across origins."""
        if self.settings.auth != "auto":
            return self.settings.auth == "on"
        forwarded = any(name in _BY_PROXIES or name.startswith("x-forwarded-") for name in headers)
        arrived_at = (scope.get("server") or ("", 0))[0]
        names = [self.settings.host, arrived_at, _PORT.sub("", headers.get("host", ""))]
        origin = headers.get("origin")
        if origin is not None and not {origin, "*"} & set(self.settings.cors_origins):
            names.append(_PORT.sub("", origin.partition("://")[2]))
        return forwarded or not all(is_loopback(name) for name in names)


def _gate(scope: Scope) -> "Gate":
    gate: Gate = scope["app"].state.services.gate
    return gate


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, with or without brackets, is this machine's own and nobody else's."""
    name = host.removeprefix("[").removesuffix("]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
