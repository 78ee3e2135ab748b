"""Authentication: plain ASGI that identifies the caller from the request's head, before a byte of the body is read, and
stores it in the request's state as `caller`.
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

_BY_PROXIES = {"forwarded", "via", "x-real-ip"}  # headers, in addition to x-forwarded-*
_PORT = re.compile(r":\d*$")  # at the end of a host


@dataclass(frozen=True)
class Caller:
    """The caller. The default is an anonymous one, for open routes.

    `tenant` is the owner of the jobs, None with a job token; `key_id` the key's public id. `limits` are the caller's,
    None where no key is needed. `token`, valid for `token_job`, replaces a key."""

    tenant: str | None = None
    key_id: str | None = None
    limits: Limits | None = None
    token: str | None = None
    token_job: str | None = None

    @property
    def bucket(self) -> str:
        """The subject of the limits: the key, or the job for all its tokens; "" without limits."""
        return "" if self.limits is None else self.key_id or f"token:{self.token_job}"


def caller_of(scope: Scope) -> Caller:
    """The result of `Access`."""
    caller: Caller = scope["state"]["caller"]
    return caller


class Access:
    """ASGI middleware: 401 for unauthorised callers."""

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
            values = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
            if values:
                return await self._with_token(_gate(scope), address.parameters["job_id"], values[0])
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
        """With `auto` only local requests need no key: the service listens on loopback, and the request came in there,
        through no proxy, under a name of this machine. So a remote web page, open in a local browser, is rejected,
        whether by a DNS name that points here or by a cross-origin POST."""
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
    """Whether `host`, a name or an address, with or without brackets, always means this machine."""
    name = host.removeprefix("[").removesuffix("]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
