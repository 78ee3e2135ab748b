"""Every route declares its access, and a request's properties are known before its body is read."""

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.access import BY_KEY, BY_TOKEN, FOR_OPERATOR, OPEN, Address, Addressing, Terms, address_of
from api.app import ROUTERS

ROUTES: list[Any] = [route for router in ROUTERS for route in router.routes]
JOB = "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t"


def address(method: str, path: str) -> Address:
    seen: list[Address] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(address_of(scope))

    async def none(*_: Any) -> Any:
        raise AssertionError("the body was read, or something answered")

    scope = {"type": "http", "method": method, "path": path, "state": {}}
    with pytest.raises(StopIteration):
        Addressing(app, ROUTES)(scope, none, none).send(None)
    return seen[0]


def test_every_route_declares_its_access() -> None:
    assert len(ROUTES) >= 20
    for route in ROUTES:
        declared = [access for access in (OPEN, BY_KEY) if access in route.dependencies]
        assert declared == [BY_KEY if route.path.startswith("/v1/") else OPEN], route.path


def test_operator_routes_accept_operator_keys_only() -> None:
    for_operators = {route.path for route in ROUTES if FOR_OPERATOR in route.dependencies}
    assert for_operators == {"/v1/keys", "/v1/keys/{key_id}"}
    assert not [route.path for route in ROUTES if FOR_OPERATOR in route.dependencies and BY_TOKEN in route.dependencies]


def test_a_token_gives_access_to_player_routes_only() -> None:
    with_token = {(route.path, *sorted(route.methods)) for route in ROUTES if BY_TOKEN in route.dependencies}
    assert with_token == {
        ("/v1/jobs/{job_id}", "GET"),
        ("/v1/jobs/{job_id}/confidence", "GET"),
        ("/v1/jobs/{job_id}/events", "GET"),
        ("/v1/jobs/{job_id}/hls/{stem}.m3u8", "GET"),
        ("/v1/jobs/{job_id}/hls/{stem}/{name}", "GET"),
        ("/v1/jobs/{job_id}/outputs.zip", "GET"),
        ("/v1/jobs/{job_id}/outputs.zip", "HEAD"),
        ("/v1/jobs/{job_id}/outputs/{stem}", "GET"),
        ("/v1/jobs/{job_id}/outputs/{stem}", "HEAD"),
        ("/v1/jobs/{job_id}/outputs/{stem}/{format}", "GET"),
        ("/v1/jobs/{job_id}/outputs/{stem}/{format}", "HEAD"),
        ("/v1/jobs/{job_id}/outputs/{stem}/{format}", "POST"),
        ("/v1/jobs/{job_id}/outputs/{stem}/{format}/part", "GET"),
        ("/v1/jobs/{job_id}/peaks", "GET"),
    }


@pytest.mark.parametrize(
    ("method", "path", "terms"),
    [
        ("POST", "/v1/jobs", Terms(submission=True, makes_job=True, takes_file=True)),
        ("POST", "/v1/jobs/from-file", Terms(submission=True, makes_job=True, takes_file=True)),
        ("POST", f"{JOB}/retry", Terms(submission=True, makes_job=True)),
        ("POST", "/v1/uploads", Terms(submission=True)),
        ("POST", "/v1/keys", Terms(operator=True)),
        ("DELETE", "/v1/keys/8r0s1t2v3w4x", Terms(operator=True)),
        ("GET", "/v1/jobs", Terms()),
        ("POST", f"{JOB}/cancel", Terms()),
        ("GET", f"{JOB}/events", Terms(by_token=True)),
        ("POST", f"{JOB}/events", Terms()),
        ("GET", f"{JOB}/events/", Terms()),
        ("GET", "/livez", Terms(open=True)),
        ("POST", "/livez", Terms(open=True)),
        ("POST", "/nothing/retry", Terms()),
        ("POST", "/v1/jobs/", Terms()),
    ],
)
def test_a_request_gets_the_terms_of_its_route(method: str, path: str, terms: Terms) -> None:
    assert address(method, path).terms == terms


def test_head_falls_back_to_get() -> None:
    assert address("HEAD", f"{JOB}/events") == address("GET", f"{JOB}/events")
    assert address("HEAD", f"{JOB}/outputs/vocals").method == "HEAD"
    assert address("HEAD", f"{JOB}/cancel").terms == Terms()


def test_the_job_id_is_read_from_the_path() -> None:
    assert address("GET", f"{JOB}/hls/vocals.m3u8").parameters == {"job_id": JOB.rpartition("/")[2], "stem": "vocals"}
