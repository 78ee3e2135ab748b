"""Sent, retried and refused requests: the client with a simulated service."""

import logging
import types
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import anyio
import httpx
import pytest

from core.jobs.job import State
from core.jobs.view import JobView
from tests.support.jobs import make_job
from voicelift_client import AsyncVoicelift, Voicelift, _retry
from voicelift_client._drive import SyncDriver, run
from voicelift_client._retry import Patience, retry_after_s
from voicelift_client.errors import ConnectionFailed, RateLimited, Unavailable, UnexpectedResponse, VoiceliftError

MODELS: dict[str, list[str]] = {"models": []}
URL = "https://voicelift.example/prefix"


def problem(status: int, code: str, retryable: bool, **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": f"It is {code}.", "retryable": retryable, "request_id": "req_1"}
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


class Played:
    """A service with prepared responses, in order; exceptions are raised. `pauses`: the client's waits."""

    def __init__(self, *responses: httpx.Response | Exception) -> None:
        self.responses = list(responses)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


Play = Callable[..., tuple[Voicelift, Played]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def player(*responses: httpx.Response | Exception, **options: Any) -> tuple[Voicelift, Played]:
        played = Played(*responses)

        async def sleep(_driver: SyncDriver, seconds: float) -> None:
            played.pauses.append(seconds)

        monkeypatch.setattr(SyncDriver, "sleep", sleep)
        client = httpx.Client(transport=httpx.MockTransport(played))
        return Voicelift(URL, "vl_key", http_client=client, **options), played

    return player


def test_requests_have_the_key_and_the_path_prefix(play: Play) -> None:
    client, played = play(httpx.Response(200, json=MODELS))
    assert client.models() == []
    (request,) = played.requests
    assert str(request.url) == f"{URL}/v1/models"
    assert request.headers["authorization"] == "Bearer vl_key"


def test_only_retryable_errors_are_retried_after_retry_after(play: Play) -> None:
    client, played = play(
        problem(429, "rate_limited", True, retry_after="7"),
        problem(503, "busy", True, retry_after="3"),
        httpx.ConnectError("refused"),
        httpx.Response(502, text="<html>nginx</html>"),
        httpx.Response(200, json=MODELS),
    )
    client.models()
    assert [7 <= played.pauses[0] < 8, 3 <= played.pauses[1] < 4] == [True, True]
    assert all(0.5 <= pause <= 4 for pause in played.pauses[2:])
    for response in (
        problem(429, "rate_limited", False),
        httpx.Response(500, text="x"),
        problem(404, "not_found", False),
    ):
        client, played = play(response)
        with pytest.raises(VoiceliftError):
            client.models()
        assert played.pauses == []


def test_a_retry_after_beyond_the_retry_time_fails_at_once(play: Play) -> None:
    client, played = play(problem(429, "rate_limited", True, retry_after="3600"), retry_for_s=300)
    with pytest.raises(RateLimited) as error:
        client.models()
    assert (error.value.retry_after_s, error.value.request_id, played.pauses) == (3600, "req_1", [])


def test_retries_end_at_the_timeout_of_wait(play: Play) -> None:
    job = JobView.of(make_job(state=State.running)).model_dump(mode="json")
    client, played = play(httpx.Response(200, json=job), *[httpx.ConnectError("refused")] * 20)
    waiting = client.job("job_1")
    with pytest.raises(ConnectionFailed):
        waiting.wait(timeout_s=5)
    assert 3 < len(played.pauses) < 8
    assert all(pause <= 5 for pause in played.pauses)


def test_responses_of_other_servers_are_an_error(play: Play) -> None:
    for response, message in (
        (httpx.Response(200, text="<html>"), "Voicelift service"),
        (httpx.Response(301, headers={"location": "https://new.example/"}), "redirects to https://new.example/"),
    ):
        client, _ = play(response)
        with pytest.raises(UnexpectedResponse, match=message):
            client.models()
    client, _ = play(httpx.Response(503, text="down"), retry_for_s=0)
    with pytest.raises(Unavailable, match="example answered 503 Service Unavailable"):
        client.models()
    client, _ = play(httpx.ReadTimeout(""), retry_for_s=0)
    with pytest.raises(ConnectionFailed, match="timed out: ReadTimeout"):
        client.models()


def test_a_secret_is_replaced_once_even_if_the_response_is_lost(play: Play) -> None:
    client, played = play(httpx.ReadError("reset"))
    with pytest.raises(ConnectionFailed):
        client.replace_webhook_secret()
    assert len(played.requests) == 1


def test_each_job_has_one_idempotency_key_for_all_retries(play: Play) -> None:
    refused = problem(422, "source_url_refused", False)
    client, played = play(httpx.ReadError("reset"), refused, refused)
    for _ in range(2):
        with pytest.raises(VoiceliftError, match="source_url_refused"):
            client.submit("https://media.example/song.mp3", stems=("vocals",), metadata={"a": "b"})
    first, again, other = (request.headers["idempotency-key"] for request in played.requests)
    assert first == again != other
    assert b'"source_url":"https://media.example/song.mp3"' in played.requests[0].content.replace(b'": "', b'":"')
    assert b"vocals" in played.requests[0].content


def test_the_address_and_the_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICELIFT_URL", raising=False)
    with pytest.raises(ValueError, match="https:"):
        Voicelift()
    monkeypatch.setenv("VOICELIFT_URL", "http://here:8000/")
    with Voicelift() as client:
        assert client._service.url == "http://here:8000"


def test_the_asynchronous_client_does_the_same() -> None:
    played = Played(problem(503, "busy", True, retry_after="0"), httpx.Response(200, json=MODELS))

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(played)) as http:
            assert await AsyncVoicelift(URL, "vl_key", http_client=http).models() == []

    anyio.run(ask)
    assert [request.headers["authorization"] for request in played.requests] == ["Bearer vl_key"] * 2


def test_pauses_grow_and_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "voicelift_client")
    now = [0.0]
    patience = Patience(100, clock=lambda: now[0], chance=lambda: 1.0)
    failure = ConnectionFailed("Away.")
    for pause_s in (0.5, 1, 2, 4, 8, 16, 30, 30):
        assert patience.pause_s(failure) == pause_s
        now[0] += pause_s
    with pytest.raises(ConnectionFailed):
        patience.pause_s(failure)
    assert caplog.messages[0] == "Away. Next attempt in 0.5 s."
    patience.renew()
    assert patience.pause_s(failure) == 0.5
    assert Patience(100, chance=lambda: 0.0).pause_s(failure) == _retry.FIRST_S / 2


def test_retry_after_may_be_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=100)
    assert retry_after_s({"retry-after": " 12 "}) == 12
    seconds = retry_after_s({"retry-after": format_datetime(soon, usegmt=True)})
    assert seconds is not None and 90 < seconds <= 100
    assert retry_after_s({"retry-after": format_datetime(soon - timedelta(days=1), usegmt=True)}) == 0
    assert retry_after_s({}) is retry_after_s({"retry-after": "soon"}) is None


@types.coroutine
def suspending() -> Generator[None, None, None]:
    yield


async def pausing() -> None:
    await suspending()


def test_a_coroutine_that_suspends_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="suspended"):
        run(pausing())
