"""Which requests need a key, by the head alone."""

from typing import Any

import pytest

from api.access import Addressing
from api.app import ROUTERS
from api.auth import Access, Caller, caller_of, is_loopback
from api.settings import ApiSettings


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback_names_are_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.nip.io", "x", "[", "2130706433", "/tmp/s"]
)
def test_other_names_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


async def status_of(
    settings: ApiSettings, headers: dict[str, str], server: Any = ("127.0.0.1", 8000), path: str = "/v1/models"
) -> tuple[int, Caller | None]:
    """The status, and the caller as the app sees it."""
    callers: list[Caller] = []
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        callers.append(caller_of(scope))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": server,
        "state": {"request_id": "req_1"},
        "app": None,
    }
    routes = [route for router in ROUTERS for route in router.routes]
    await Addressing(Access(app, settings), routes)(scope, receive, send)
    return sent[0]["status"], callers[0] if callers else None


LOCAL = {"Host": "localhost:8000"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("auth", "host", "server", "headers", "status"),
    [
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL, 200),
        ("auto", "::1", ("::1", 8000), {"Host": "[::1]:8000"}, 200),
        ("auto", "localhost", ("127.0.0.1", 8000), {"Host": "127.0.0.1"}, 200),
        ("auto", "0.0.0.0", ("127.0.0.1", 8000), LOCAL, 401),  # it could be a proxy on the same host
        ("auto", "127.0.0.1", ("10.0.0.5", 8000), LOCAL, 401),  # uvicorn got another address
        ("auto", "127.0.0.1", ("/run/api.sock", None), LOCAL, 401),
        ("auto", "127.0.0.1", None, LOCAL, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), {"Host": "rebound.example"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), {}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"X-Forwarded-For": "9.9.9.9"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Forwarded": "for=9.9.9.9"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"X-Real-IP": "9.9.9.9"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"X-Forwarded-Proto": "https"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Via": "1.1 proxy"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Origin": "http://localhost:3000"}, 200),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Origin": "https://app.example"}, 200),  # see below
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Origin": "https://evil.example"}, 401),
        ("auto", "127.0.0.1", ("127.0.0.1", 8000), LOCAL | {"Origin": "null"}, 401),
        ("on", "127.0.0.1", ("127.0.0.1", 8000), LOCAL, 401),
        ("off", "0.0.0.0", ("10.0.0.5", 8000), {"Host": "api.example"}, 200),
    ],
)
async def test_only_local_requests_need_no_key(
    auth: str, host: str, server: Any, headers: dict[str, str], status: int
) -> None:
    settings = ApiSettings.model_validate({"auth": auth, "host": host, "cors_origins": "https://app.example"})
    answered, caller = await status_of(settings, headers, server)
    assert (answered, caller) == (status, Caller("default") if status == 200 else None)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/docs", 200),
        ("/openapi.json", 200),
        ("/livez", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/assets/page.js", 200),
        ("/assets", 401),
        ("//", 401),
        ("/v1/models", 401),
        ("/livez/", 401),
        ("/nothing", 401),
        ("/assetsx", 401),
    ],
)
async def test_routes_without_a_key(path: str, status: int) -> None:
    answered, caller = await status_of(ApiSettings(auth="on"), LOCAL, path=path)
    assert answered == status
    assert caller == (Caller() if status == 200 else None), "public addresses are not local"
