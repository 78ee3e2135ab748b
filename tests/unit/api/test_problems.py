from collections.abc import Iterator

import anyio
import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from api import problems
from core import errors

SCOPE = {"path": "/v1/jobs", "state": {"request_id": "req_1"}}


Kind = type[errors.VoiceliftError]


def every_error(kind: Kind = errors.VoiceliftError) -> Iterator[Kind]:
    for child in kind.__subclasses__():
        yield child
        yield from every_error(child)


@pytest.mark.parametrize("kind", list(every_error()))
def test_every_error_has_a_fitting_status(kind: Kind) -> None:
    status = problems.status_of(kind("It happened."))
    refusals = errors.InputError | errors.NotFound | errors.Conflict | errors.Unauthenticated | errors.TooMany
    refusals |= errors.OperatorOnly
    if issubclass(kind, refusals):
        assert 400 <= status < 500
    else:
        assert status == (503 if kind.retryable else 500)


def test_client_errors_include_their_details() -> None:
    response = problems.of_error(SCOPE, errors.UploadTooLarge("Too large.", max_bytes=5))
    assert response.status_code == 413
    assert response.media_type == "application/problem+json"
    assert b'"detail":"Too large."' in response.body
    assert b'"max_bytes":5' in response.body
    assert b'"request_id":"req_1"' in response.body


def test_internal_errors_hide_their_details(caplog: pytest.LogCaptureFixture) -> None:
    response = problems.of_error(SCOPE, errors.CheckpointError("weights at /secret/place are bad"))
    assert response.status_code == 500
    assert b"secret" not in response.body
    assert "/secret/place" in caplog.text
    unavailable = problems.of_error(SCOPE, errors.StoreUnavailable("Try again.", cause="redis at 10.0.0.1"))
    assert unavailable.headers["retry-after"] == "5"
    assert b"10.0.0.1" not in unavailable.body


def test_only_json_errors_are_malformed_json() -> None:
    app = FastAPI()
    problems.install(app, app.routes)
    faults: list[Exception | None] = [UnicodeDecodeError("utf-8", b"", 0, 1, ""), RecursionError(), OSError(), None]

    @app.get("/{number}")
    def fail(number: int) -> None:
        raise HTTPException(400, "What it is.") from faults[number]

    async def code_of(number: int) -> tuple[int, str, str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            response = (await client.get(f"/{number}")).json()
        return response["status"], response["code"], response["detail"]

    malformed = (400, "malformed_json", "The body is not well-formed JSON.")
    other = (400, "bad_request", "What it is.")
    assert [anyio.run(code_of, number) for number in range(4)] == [malformed, malformed, other, other]
