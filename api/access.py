"""Access of each route: who may call it and which limit counts it. Declared on the route, and known from the request's
head.

    router = APIRouter(dependencies=[BY_KEY])
    @router.get("/v1/jobs/{job_id}/events", dependencies=[BY_TOKEN])
    @router.post("/v1/jobs", dependencies=[MAKES_JOB, TAKES_FILE])

FastAPI derives the `security` of the OpenAPI description from BY_KEY and BY_TOKEN. `Addressing` finds the route before
a byte of the body is read, and the middlewares inside it (body limit, auth.py, ratelimit.py) follow its declaration.
Without a route, and for a method that a path does not support, the strictest terms apply.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyQuery, HTTPBearer
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

BY_KEY = Security(
    HTTPBearer(
        scheme_name="key",
        description="An API key, vl_..., from the operator of the service. By default a service on loopback needs "
        "none.",
        auto_error=False,  # auth.py has checked it
    )
)
BY_TOKEN = Security(
    APIKeyQuery(
        name="token",
        scheme_name="token",
        description="For players, EventSource and links: a job token, from POST /v1/jobs/{job_id}/token.",
        auto_error=False,
    )
)


async def _open() -> None:
    """Open to anyone, without a key."""


async def _for_operator() -> None:
    """Requires an operator key, also on loopback."""


async def _is_submission() -> None:
    """Counts against the submission limit, not the request limit."""


async def _makes_job() -> None:
    """A submission; its job counts against the tenant's quotas."""


async def _takes_file() -> None:
    """Its body may be as large as a recording."""


OPEN, FOR_OPERATOR, IS_SUBMISSION, MAKES_JOB, TAKES_FILE = map(
    Depends, (_open, _for_operator, _is_submission, _makes_job, _takes_file)
)


@dataclass(frozen=True)
class Terms:
    """The declaration of a route."""

    open: bool = False
    by_token: bool = False
    operator: bool = False
    submission: bool = False
    makes_job: bool = False
    takes_file: bool = False

    @classmethod
    def of(cls, route: BaseRoute) -> "Terms":
        declared = route.dependencies if isinstance(route, APIRoute) else []
        return cls(
            open=OPEN in declared,
            by_token=BY_TOKEN in declared,
            operator=FOR_OPERATOR in declared,
            submission=IS_SUBMISSION in declared or MAKES_JOB in declared,
            makes_job=MAKES_JOB in declared,
            takes_file=TAKES_FILE in declared,
        )


@dataclass(frozen=True)
class Address:
    """The route of a request: its terms, and the parameters in its path. `method` is the route's: GET for a HEAD
    without a route (middleware.Heads)."""

    method: str
    terms: Terms = Terms()
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Addressing:
    """ASGI middleware: finds the route of a request, once for all middlewares inside."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._routes = [(route, Terms.of(route)) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            methods = ["HEAD", "GET"] if scope["method"] == "HEAD" else [scope["method"]]
            addresses = filter(None, (self._find(scope, method) for method in methods))
            scope["state"]["address"] = next(addresses, None) or self._refused(scope, methods[-1])
        await self.app(scope, receive, send)

    def _find(self, scope: Scope, method: str) -> Address | None:
        candidate = {**scope, "method": method}
        for route, terms in self._routes:
            match, matched = route.matches(candidate)
            if match is Match.FULL:
                return Address(method, terms, matched["path_params"])
        return None

    def _refused(self, scope: Scope, method: str) -> Address:
        """No route has this method here. On an open path anyone may see the allowed methods."""
        is_open = any(terms.open and route.matches(scope)[0] is not Match.NONE for route, terms in self._routes)
        return Address(method, Terms(open=is_open))


def address_of(scope: Scope) -> Address:
    """The result of `Addressing`."""
    address: Address = scope["state"]["address"]
    return address
