"""Who asks: plain ASGI that finds out from the request's head alone, before a byte of the body is read, and leaves it
in the request's state as its `caller`.
"""

import ipaddress
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.access import address_of
from api.settings import ApiSettings
from core import logs
from core.access import tokens
from core.access.keys import DEFAULT_TENANT, Limits
from core.errors import InvalidToken, OperatorOnly, Unauthenticated, VoiceliftError

if TYPE_CHECKING:
    from core.access.gate import Gate

_BY_PROXIES = {"forwarded", "via", "x-real-ip"}  # headers, besides x-forwarded-*
_PORT = re.compile(r":\d*$")  # at the end of a host


@dataclass(frozen=True)
class Caller:
    """Who asks. Nobody in particular, as it stands here: where a route is open to all.

    `tenant` is whose jobs the request is about, None with a job's token; `key_id` the key's public id. `limits` are
    those that count, None where no key is needed. `token`, which opens `token_job`, came in place of a key."""

    tenant: str | None = None
    key_id: str | None = None
    limits: Limits | None = None
    token: str | None = None
    token_job: str | None = None

    @property
    def bucket(self) -> str:
        """What the limits are counted by: the key, or the job for all its tokens; "" where there are none."""
        return "" if self.limits is None else self.key_id or f"token:{self.token_job}"


def caller_of(scope: Scope) -> Caller:
    """What `Access` has found out."""
    caller: Caller = scope["state"]["caller"]
    return caller


class Access:
    """ASGI middleware: 401 for whoever has no right to be here."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            caller = await self._identify(scope)
        except VoiceliftError as error:
            await problems.refuse(scope, receive, send, error)
            return
        scope["state"]["caller"] = caller
        with logs.bind(key_id=caller.key_id, tenant=caller.tenant):
            await self.app(scope, receive, send)

    async def _identify(self, scope: Scope) -> Caller:
        """Raises Unauthenticated, OperatorOnly, StoreUnavailable."""
        headers, address = Headers(scope=scope), address_of(scope)
        if address.terms.open:
            return Caller()
        if not address.terms.operator and not self._needs_key(scope, headers):
            return Caller(DEFAULT_TENANT)
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            key = await _gate(scope).key(credentials.strip())
            if address.terms.operator and not key.operator:
                raise OperatorOnly(
                    "Managing keys requires an operator key. The operator of the service creates one "
                    "with: voicelift keys create --operator"
                )
            return Caller(key.tenant, key.id, key.limits.over(self.settings.limits))
        if address.terms.by_token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
            if given:
                return await self._with_token(_gate(scope), address.parameters["job_id"], given[0])
        raise Unauthenticated(
            "This service requires an API key: Authorization: Bearer vl_... The operator creates one with: "
            "voicelift keys create"
        )

    async def _with_token(self, gate: "Gate", job_id: str, token: str) -> Caller:
        if not tokens.is_valid(await gate.token_secret(), job_id, token, time.time()):
            raise InvalidToken(
                f"The token is not valid for this job or has expired. Request a new one: POST /v1/jobs/{job_id}/token"
            )
        return Caller(limits=self.settings.limits, token=token, token_job=job_id)

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
