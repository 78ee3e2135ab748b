"""Concurrency limits and minimum rates of callers, and HEAD, which holds no slot."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from api import idempotency, middleware
from core.access.keys import Keys
from tests.support.api_harness import WAV, Api, assert_problem, sample, serving, succeed
from tests.support.waiting import until

FORM = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
PART = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


@pytest.fixture(scope="module")
def narrow_server(environment: dict[str, str]) -> Iterator[Api]:
    bounds = {"forms_per_key": "1", "forms": "2", "listeners_per_key": "1", "listeners": "2", "open_uploads": "2"}
    bounds |= {"archives_per_key": "1", "archives": "2"}
    with serving({**environment, "auth": "on", **bounds}) as api:
        yield api


@pytest.fixture
def narrow(narrow_server: Api) -> Iterator[Api]:
    """An API with low limits, over an empty Redis and an empty bucket."""
    narrow_server.store.client.flushall()
    yield narrow_server
    narrow_server.storage.delete_prefix("uploads/")


def keys_of(api: Api, *tenants: str) -> list[dict[str, str]]:
    keys = Keys(api.store.client)
    return [{"Authorization": f"Bearer {keys.create('test', tenant)[1]}"} for tenant in tenants]


def begin_form(api: Api, headers: dict[str, str]) -> socket.socket:
    """A form whose file never ends; returns when the API holds it."""
    raw = api.connect()
    before = api.services.forms._held.total()
    head = f"{FORM}Authorization: {headers['Authorization']}\r\nContent-Length: 9000000\r\n\r\n"
    raw.sendall(head.encode() + PART + WAV)
    until(lambda: api.services.forms._held.total() == before + 1)
    return raw


def test_concurrent_forms_are_limited_per_key_and_in_total(narrow: Api) -> None:
    anna, bert, carl = keys_of(narrow, "anna", "bert", "carl")

    def post(headers: dict[str, str]) -> httpx.Response:
        return narrow.client.post("/v1/jobs", files={"file": ("a.wav", WAV)}, headers=headers)

    with begin_form(narrow, anna), begin_form(narrow, bert):
        response = post(anna)
        assert_problem(response, 429, "too_many_at_once", "1 uploads are in progress with this key")
        assert response.headers["retry-after"] == "5"
        assert_problem(post(carl), 503, "busy")
        listed = narrow.client.get("/v1/jobs", headers=anna)
        assert listed.status_code == 200, "all other requests succeed"
    until(lambda: narrow.services.forms._held.total() == 0)
    assert post(anna).status_code == 202


def test_event_streams_are_limited_per_key_and_in_total(narrow: Api) -> None:
    anna, bert, carl = keys_of(narrow, "anna", "bert", "carl")
    urls = {}
    for headers in (anna, bert, carl):
        job = narrow.client.post("/v1/jobs", files={"file": ("a.wav", WAV)}, headers=headers).json()
        urls[headers["Authorization"]] = job["events_url"]

    def listen(headers: dict[str, str]) -> contextlib.AbstractContextManager[httpx.Response]:
        return narrow.client.stream("GET", urls[headers["Authorization"]], headers=headers)

    with listen(anna) as first, listen(bert) as second:
        assert (first.status_code, second.status_code) == (200, 200)
        with listen(anna) as refused:
            refused.read()
            assert_problem(refused, 429, "too_many_at_once", "event streams")
        with listen(carl) as refused:
            refused.read()
            assert_problem(refused, 503, "busy")
    until(lambda: narrow.services.listeners._held.total() == 0)
    with listen(carl) as welcome:
        assert welcome.status_code == 200


def test_concurrent_archives_are_limited_per_key_and_in_total(narrow: Api) -> None:
    keys = keys_of(narrow, "anna", "bert", "carl")
    urls = {}
    for headers in keys:
        job = narrow.client.post("/v1/jobs", files={"file": ("a.wav", WAV)}, headers=headers).json()
        succeed(narrow, job["id"], {"vocals": bytes(20_000_000)})
        urls[headers["Authorization"]] = f"{job['url']}/outputs.zip"

    def download(headers: dict[str, str]) -> contextlib.AbstractContextManager[httpx.Response]:
        return narrow.client.stream("GET", urls[headers["Authorization"]], headers=headers)

    anna, bert, carl = keys
    with download(anna) as first, download(bert) as second:
        assert (first.status_code, second.status_code) == (200, 200)
        with download(anna) as refused:
            refused.read()
            assert_problem(refused, 429, "too_many_at_once", "1 archives are in progress with this key")
        with download(carl) as refused:
            refused.read()
            assert_problem(refused, 503, "busy")
        assert narrow.client.head(urls[carl["Authorization"]], headers=carl).status_code == 200, "HEAD takes no slot"
    until(lambda: narrow.services.archives._held.total() == 0)
    with download(carl) as welcome:
        assert welcome.status_code == 200
    narrow.storage.delete_prefix("jobs/")


def test_uploads_without_a_job_are_limited_per_tenant(narrow: Api) -> None:
    anna, again, bert = keys_of(narrow, "anna", "anna", "bert")

    def announce(headers: dict[str, str]) -> httpx.Response:
        return narrow.client.post("/v1/uploads", json={"bytes": len(WAV)}, headers=headers)

    first = announce(anna).json()
    assert announce(again).status_code == 201
    problem = assert_problem(announce(anna), 429, "quota_exceeded", "2 uploads are not yet used by a job")
    assert problem["quota"] == "open_uploads"
    assert announce(bert).status_code == 201
    assert httpx.put(first["url"], content=WAV, trust_env=False).status_code == 200
    used = narrow.client.post("/v1/jobs", json={"upload_id": first["upload_id"]}, headers=anna)
    assert used.status_code == 202, used.text
    assert announce(anna).status_code == 201


@pytest.mark.parametrize(("path", "body"), [("/v1/jobs", PART + WAV), ("/v1/uploads", b'{"bytes"')])
def test_a_missing_body_times_out(path: str, body: bytes, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "GRACE_S", 0.3)
    with api.connect() as raw:
        kind = "multipart/form-data; boundary=X" if path == "/v1/jobs" else "application/json"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 5000\r\n\r\n"
        raw.sendall(head.encode() + body)
        got = b""
        while block := raw.recv(65536):
            got += block
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in got
    assert b"connection: close" in got.lower()
    assert api.stored() == []


def test_a_slow_body_times_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "GRACE_S", 0.5)
    with api.connect() as raw:
        raw.sendall(f"{FORM}Content-Length: 9000000\r\n\r\n".encode() + PART + WAV[:100])
        over = threading.Event()

        def trickle() -> None:
            with contextlib.suppress(OSError):
                while not over.is_set():
                    raw.sendall(b"\0")
                    time.sleep(0.05)

        sending = threading.Thread(target=trickle)
        sending.start()
        assert raw.recv(65536).startswith(b"HTTP/1.1 408 ")
        over.set()
        sending.join()


def test_head_is_answered_like_get_without_the_body(api: Api) -> None:
    job = api.job()
    paths = "/livez /readyz /metrics /openapi.json /docs / /assets/main.js /v1/models /v1/jobs /nothing".split()
    for path in [*paths, job["url"], f"{job['url']}/outputs/vocals"]:
        get, head = api.client.get(path), api.client.head(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        changing = {"date", "x-request-id", "content-length", "last-modified"}
        assert {name: value for name, value in head.headers.items() if name not in changing} == {
            name: value for name, value in get.headers.items() if name not in changing
        }, path
    assert sample(api, 'voicelift_http_requests_total{method="HEAD",route="/v1/jobs/{job_id}",status="200"}') >= 1


def test_head_of_an_event_stream_holds_no_slot(api: Api) -> None:
    response = api.client.head(api.job()["events_url"])
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"].startswith("text/event-stream")
    until(lambda: api.services.listeners._held.total() == 0)


def test_head_without_get_is_refused(api: Api) -> None:
    assert api.client.head(f"{api.job()['url']}/cancel").status_code == 405


def test_an_idempotency_key_is_not_renewed_after_its_release(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is released at once when its request ends without a job, even during a renewal."""
    monkeypatch.setattr(idempotency, "RENEW_S", 0.0)
    begin: Callable[..., object] = api.store.idempotency.begin
    slow, under_way = threading.Event(), threading.Event()

    def begin_slowly(key: object) -> object:
        if slow.is_set():
            under_way.set()
            time.sleep(0.3)
        return begin(key)

    monkeypatch.setattr(api.store.idempotency, "begin", begin_slowly)

    async def once() -> None:
        async with idempotency.claimed(api.store, "anna", "mine"):
            slow.set()
            assert await asyncio.to_thread(under_way.wait, 20), "a renewal is in flight"

    asyncio.run(once())
    assert api.store.client.keys("vl:idem:anna:*") == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"[" * 60_000, b'{"a":' * 12_000, b'{"metadata":' + b'{"a":' * 9000, b'"' + b"x" * 60_000, b"null"),
        *(b'{"bytes":' + b"9" * 60_000 + b"}", b'{"bytes":1e400}', b'{"bytes":NaN}', b"\xff\xfe{"),
        *(b'{"source_url":"\\ud800"}', b'{"upload_id":"\\u0000"}'),
    ],
)
def test_malicious_json_is_refused(body: bytes, api: Api) -> None:
    for path in ("/v1/jobs", "/v1/uploads"):
        response = api.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= response.status_code < 500, (path, body[:40], response.text)
        assert response.headers["content-type"] == "application/problem+json"
    form = api.post(metadata=body[:16_000].decode("latin-1"))
    assert form.status_code < 500, form.text
