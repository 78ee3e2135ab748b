"""Jobs over HTTP: idempotency keys, JSON bodies, lists, retries, deletes, estimates."""

import json
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from redis import exceptions

from core.errors import NoAudio, StoreUnavailable
from core.jobs import intents
from core.jobs.backlog import Backlog
from core.jobs.idempotency import IdempotencyKey
from core.jobs.job import Job, State
from core.jobs.records import Records
from core.jobs.store import JobStore
from core.jobs.task import Kind
from core.keys import source_key
from tests.support.api_harness import (
    WAV,
    Api,
    accepted_keys,
    assert_problem,
    claim,
    prepare,
    sample,
    separate,
    succeed,
)
from tests.support.waiting import until

KEY = {"Idempotency-Key": "3f1c7d1e-1111-4222-8333-444455556666"}
URL = "https://media.example/music/My%20Song.mp3?token=secret"


def post(api: Api, key: dict[str, str] = KEY, data: bytes = WAV, **fields: Any) -> Any:
    return api.client.post("/v1/jobs", files={"file": ("song.wav", data)}, data=fields, headers=key)


def jobs(api: Api) -> list[str]:
    return [job["id"] for job in api.client.get("/v1/jobs").json()["jobs"]]


# -------------------------------------------------------------- idempotency


def test_the_same_request_with_the_same_key_makes_one_job(api: Api) -> None:
    first, again = post(api, steps="7"), post(api, steps="7")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert api.stored() == accepted_keys(first.json()["id"])
    assert_problem(post(api, steps="8"), 422, "idempotency_mismatch", "different request")
    assert_problem(post(api, steps="7", metadata='{"a": "b"}'), 422, "idempotency_mismatch")
    assert_problem(post(api, data=WAV + b"x", steps="7"), 422, "idempotency_mismatch")
    assert api.stored() == accepted_keys(first.json()["id"]), "the repeated upload is deleted"
    assert post(api, {"Idempotency-Key": "another"}, steps="7").json()["id"] != first.json()["id"]
    api.client.delete(first.headers["location"])
    assert_problem(post(api, steps="7"), 404, "not_found", "deleted")


class ResponseLost(Records):
    """Creates jobs, but loses the response."""

    def create(self, job: Job, idempotency: IdempotencyKey | None = None) -> bool:
        super().create(job, idempotency)
        raise StoreUnavailable("The job store (Redis) is temporarily unavailable.") from exceptions.TimeoutError()


class FullRedis(Records):
    def create(self, job: Job, idempotency: IdempotencyKey | None = None) -> bool:
        raise StoreUnavailable("The job store (Redis) is temporarily unavailable.") from exceptions.OutOfMemoryError()


def store_with(api: Api, records: type[Records]) -> JobStore:
    store = JobStore(api.store.client)
    store.records = records(store.scripts, store.backlog)
    return store


def test_a_job_with_a_lost_response_keeps_its_recording(api: Api) -> None:
    api.swap(replace(api.services, store=store_with(api, ResponseLost)))
    assert_problem(post(api), 503, "store_unavailable")
    api.swap(api.services)
    again = post(api)
    assert again.headers["idempotency-replayed"] == "true"
    assert api.stored() == accepted_keys(again.json()["id"]), "the recording exists for the job"
    api.store.records.request_cancel(again.json()["id"])
    api.swap(replace(api.services, store=store_with(api, ResponseLost)))
    assert_problem(api.client.post(f"{again.json()['url']}/retry"), 503, "store_unavailable")
    assert api.stored() == accepted_keys(*jobs(api))


def test_a_job_that_redis_refused_leaves_nothing(api: Api) -> None:
    api.swap(replace(api.services, store=store_with(api, FullRedis)))
    assert_problem(post(api), 503, "store_unavailable")
    assert api.stored() == []


def test_new_jobs_are_refused_before_redis_is_full(api: Api) -> None:
    """The remaining memory is for accepted jobs."""
    client = api.store.client
    first = api.job()
    used: Any = client.info("memory")
    client.config_set("maxmemory", int(used["used_memory"] / 0.9))
    try:
        refused = assert_problem(post(api), 503, "queue_full", "is full")
        assert refused["retryable"]
        assert api.stored() == accepted_keys(first["id"])
        assert api.client.get(first["url"]).status_code == 200
        claim(api.store, Kind.prepare, first["id"])
    finally:
        client.config_set("maxmemory", 0)
    assert post(api).status_code == 202


def test_concurrent_requests_with_one_key_make_one_job(api: Api) -> None:
    responses: list[Any] = []
    threads = [threading.Thread(target=lambda: responses.append(post(api))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = {response.json()["id"] for response in responses if response.status_code == 202}
    assert len(accepted) == 1
    for response in responses:
        if response.status_code != 202:
            assert_problem(response, 409, "idempotency_in_progress", "Retry")
            assert int(response.headers["retry-after"]) >= 1
    assert jobs(api) == list(accepted)
    assert api.stored() == accepted_keys(*accepted)


def test_a_failed_request_releases_its_key(api: Api) -> None:
    assert_problem(post(api, data=b"%PDF-1.7" + bytes(2000)), 415, "unsupported_media")
    assert_problem(post(api, steps="0"), 422, "invalid_options")
    assert post(api).status_code == 202
    for wrong in ("", "x" * 256):
        assert_problem(post(api, {"Idempotency-Key": wrong}), 400, "invalid_idempotency_key")


# -------------------------------------------------------------------- JSON


def test_a_recording_from_a_url(api: Api) -> None:
    body = {"source_url": URL, "stems": ["vocals"], "metadata": {"user": "8231", "ü": "声"}, "deadline_s": 900}
    response = api.client.post("/v1/jobs", json=body, headers=KEY)
    assert response.status_code == 202, response.text
    job = response.json()
    assert job["source"]["url"] == "https://media.example/music/My%20Song.mp3", "the query may contain a secret"
    assert (job["source"]["filename"], job["source"]["bytes"]) == ("My Song.mp3", None)
    assert (job["metadata"], job["options"]["stems"]) == (body["metadata"], ["vocals"])
    assert job["deadline_at"] > job["created_at"]
    assert api.store.records.get(job["id"]).source.url == URL
    again = api.client.post("/v1/jobs", json=body, headers=KEY)
    assert (again.json()["id"], again.headers["idempotency-replayed"]) == (job["id"], "true")
    other = api.client.post("/v1/jobs", json=body | {"source_url": URL + "2"}, headers=KEY)
    assert_problem(other, 422, "idempotency_mismatch")


def test_a_recording_from_an_upload(api: Api) -> None:
    upload = api.services.uploads.begin("default", "a/b/My Song.wav", len(WAV), 32_000_000, 60)
    body = {"upload_id": upload.id}
    assert_problem(api.client.post("/v1/jobs", json=body), 409, "upload_incomplete")
    api.storage.put_bytes(upload.key, WAV, "application/octet-stream")
    response = api.client.post("/v1/jobs", json=body, headers=KEY)
    job = response.json()
    assert (job["source"]["filename"], job["source"]["bytes"]) == ("My Song.wav", len(WAV))
    assert api.storage.get_bytes(source_key(job["id"])) == WAV
    assert api.storage.head(upload.key) is None, "it was used"
    assert_problem(api.client.post("/v1/jobs", json=body), 404, "not_found", "upload")
    assert api.client.post("/v1/jobs", json=body, headers=KEY).json()["id"] == job["id"], "a replay still succeeds"
    foreign = api.services.uploads.begin("somebody", "s.wav", len(WAV), 32_000_000, 60)
    api.storage.put_bytes(foreign.key, WAV, "application/octet-stream")
    assert_problem(api.client.post("/v1/jobs", json={"upload_id": foreign.id}), 404, "not_found", "upload")


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ("{", 400, "malformed_json", "JSON"),
        ("[" * 5000, 400, "malformed_json", "JSON"),
        ('{"a":' * 300 + "1" + "}" * 300, 400, "malformed_json", "recursion"),
        ('\ufeff{"source_url": "' + URL + '"}', 400, "malformed_json", "UTF-8"),
        ('{"source_url": "\\ud800"}', 400, "malformed_json", "JSON"),
        ("[]", 400, "malformed_json", "object"),
        ({}, 422, "invalid_options", "exactly one"),
        ({"upload_id": "u", "source_url": URL}, 422, "invalid_options", "exactly one"),
        ({"upload_id": "../../etc"}, 404, "not_found", "upload"),
        ({"source_url": URL, "steps": "7"}, 422, "invalid_options", "steps"),
        ({"source_url": URL, "speed": 2}, 422, "invalid_options", "speed"),
        ({"source_url": URL, "metadata": {"a": 1}}, 422, "invalid_options", "metadata.a"),
        ({"source_url": URL, "metadata": {str(n): "x" for n in range(17)}}, 422, "invalid_options", "metadata"),
        ({"source_url": URL, "metadata": {"a": "x" * 4096}}, 422, "invalid_options", "4096 bytes"),
        ({"source_url": URL, "retention_s": 1e9}, 422, "invalid_options", "retention_s"),
        ({"source_url": URL, "deadline_s": 0}, 422, "invalid_options", "deadline_s"),
        ({"source_url": "ftp://x/y"}, 422, "source_url_refused", "https://"),
        ({"source_url": "http://127.0.0.1/"}, 422, "source_url_refused", "public"),
        ({"source_url": URL, "webhook_url": "http://10.0.0.1/"}, 422, "webhook_url_refused", "public"),
        ({"source_url": URL, "metadata": {"a": "x" * 70_000}}, 413, "upload_too_large", "64 KB"),
    ],
)
def test_errors_of_a_body_are_named(api: Api, body: Any, status: int, code: str, message: str) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    response = api.client.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert_problem(response, status, code, message)
    assert jobs(api) == []


def test_an_error_of_the_whole_body_names_no_field(api: Api) -> None:
    for body in ({}, {"upload_id": "u", "source_url": URL}):
        problem = assert_problem(api.client.post("/v1/jobs", json=body), 422, "invalid_options")
        assert problem["errors"] == [{"field": "body", "message": "set exactly one of upload_id and source_url"}]
    problem = assert_problem(api.client.post("/v1/uploads", json=[]), 422, "invalid_request")
    assert [fault["field"] for fault in problem["errors"]] == ["body"]


def test_an_incomplete_body_is_not_malformed_json(api: Api) -> None:
    def counted(code: str) -> float:
        return sample(api, f'voicelift_http_problems_total{{code="{code}"}}')

    before = counted("malformed_json"), counted("malformed_form")
    with api.connect() as raw:
        head = "POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50"
        raw.sendall(head.encode() + b'\r\n\r\n{"bytes": 5')
    until(lambda: counted("malformed_form") == before[1] + 1)
    assert counted("malformed_json") == before[0]


def test_a_form_takes_the_same_fields(api: Api) -> None:
    job = api.job(metadata='{"user": "8231"}', cache="false", retention_s="3600", format="same")
    recorded = api.store.records.get(job["id"])
    assert (job["metadata"], job["options"]["format"]) == ({"user": "8231"}, "same")
    assert (recorded.cache, recorded.retention_s) == (False, 3600)
    for wrong in ("{", "[1]", '{"a": 1}', "[" * 16_000):
        assert_problem(api.post(metadata=wrong), 422, "invalid_options", "metadata")
    assert_problem(api.post(webhook_url="http://192.168.1.1/"), 422, "webhook_url_refused", "public")
    assert api.stored() == accepted_keys(job["id"])


# -------------------------------------------------------------------- list


def test_jobs_are_listed_page_by_page(api: Api) -> None:
    created = [api.job()["id"] for _ in range(5)]
    api.client.post(f"/v1/jobs/{created[2]}/cancel")
    newest = sorted(created, reverse=True)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = api.client.get("/v1/jobs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [job["id"] for job in page["jobs"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (newest, 3)
    page = api.client.get("/v1/jobs", params={"state": "canceled"}).json()
    assert ([job["id"] for job in page["jobs"]], page["next_cursor"]) == ([created[2]], None)
    assert page["jobs"][0] == api.client.get(f"/v1/jobs/{created[2]}").json()
    for wrong in ({"limit": 0}, {"limit": 101}, {"state": "lost"}, {"cursor": "job_1"}):
        assert_problem(api.client.get("/v1/jobs", params=wrong), 422, "invalid_request")


# ------------------------------------------------------------------- retry


def test_a_retry_has_all_options_of_the_failed_job(api: Api) -> None:
    old = api.job(steps="9", metadata='{"a": "b"}', deadline_s="600", retention_s="60")
    url = f"/v1/jobs/{old['id']}/retry"
    assert_problem(api.client.post(url), 409, "conflict", "still queued")
    api.store.leases.fail_job(claim(api.store, Kind.prepare, old["id"]), NoAudio("No sound."))
    response = api.client.post(url, headers=KEY)
    new = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/jobs/{new['id']}")
    assert (new["retry_of"], new["state"]) == (old["id"], "queued")
    assert (new["options"], new["metadata"]) == (old["options"], old["metadata"])
    recorded = api.store.records.get(new["id"])
    assert recorded.deadline_at is not None
    assert recorded.deadline_at - recorded.created_at == pytest.approx(600, abs=5)
    assert recorded.retention_s == 60
    assert api.client.post(url, headers=KEY).json()["id"] == new["id"]
    api.storage.delete([source_key(old["id"])])
    assert api.storage.get_bytes(source_key(new["id"])) == WAV, "an independent copy"
    assert_problem(api.client.post(url), 409, "source_gone", "Submit it again")
    assert len(jobs(api)) == 2
    assert api.client.get(f"/v1/jobs/{old['id']}").json()["state"] == "failed"


def test_an_expired_job_can_be_retried(api: Api) -> None:
    old = api.job(deadline_s="0.000001")
    api.store.turns.reap()
    response = api.client.post(f"{old['url']}/retry")
    assert (response.status_code, response.json()["retry_of"]) == (202, old["id"])


def test_a_job_is_recorded_by_one_clock(api: Api) -> None:
    """Also in S3, the source of rebuilds: at submission and at a retry."""
    first = api.job(deadline_s="600")
    api.store.records.request_cancel(first["id"])
    again = api.client.post(f"{first['url']}/retry").json()
    for job_id in (first["id"], again["id"]):
        accepted, recorded = intents.read(api.storage, job_id), api.store.records.get(job_id)
        assert accepted is not None
        assert accepted.deadline_at is not None
        assert accepted.deadline_at - accepted.created_at == pytest.approx(600, abs=0.5)
        assert recorded.deadline_at == accepted.deadline_at
        assert 0 <= recorded.created_at - accepted.created_at < 5, "Redis' clock, a moment later"


def test_a_succeeded_job_cannot_be_retried(api: Api) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    assert_problem(api.client.post(f"/v1/jobs/{job_id}/retry"), 409, "conflict", "succeeded")


# ------------------------------------------------------------------ delete


@pytest.mark.parametrize("state", [State.queued, State.running, State.succeeded])
def test_a_deleted_job_disappears_immediately(api: Api, state: State) -> None:
    job_id = api.job()["id"]
    if state is State.running:
        lease = claim(api.store, Kind.prepare, job_id)
    elif state is State.succeeded:
        succeed(api, job_id)
    response = api.client.delete(f"/v1/jobs/{job_id}")
    assert (response.status_code, response.content) == (204, b"")
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("GET", "/hls/vocals.m3u8"),
    ):
        assert_problem(api.client.request(method, f"/v1/jobs/{job_id}{path}"), 404, "not_found", "no such job")
    assert jobs(api) == []
    if state is State.running:
        assert api.store.leases.heartbeat(lease).stop
        api.store.leases.give_back(lease)
    sweep = api.store.sweeps.take()
    assert sweep is not None
    assert (sweep.job_id, sweep.stage.everything) == (job_id, True)


# ---------------------------------------------------- estimates, ETag


def test_a_queued_job_has_its_position_and_a_change_is_no_304(api: Api) -> None:
    first, second = api.job()["id"], api.job()["id"]
    response = api.client.get(f"/v1/jobs/{second}")
    assert response.json()["queue_position"] == 1
    tag = {"If-None-Match": response.headers["etag"]}
    assert api.client.get(f"/v1/jobs/{second}", headers=tag).status_code == 304
    api.client.post(f"/v1/jobs/{first}/cancel")
    response = api.client.get(f"/v1/jobs/{second}", headers=tag)
    assert (response.status_code, response.json()["queue_position"]) == (200, 0)
    claim(api.store, Kind.prepare, second)
    assert api.client.get(f"/v1/jobs/{second}").json()["queue_position"] is None


def test_measured_rates_determine_eta_and_retry_after(api: Api) -> None:
    first = api.job()["id"]
    prepare(api.store, first)
    for index in range(2):
        lease = claim(api.store, Kind.separate, first, index)
        assert api.store.leases.separated(lease, f"stem-{index}", 100.0)
    fetch = partial(api.client.get, f"/v1/jobs/{first}")
    until(lambda: fetch().json()["progress"]["eta_s"] is not None, "estimates are recent")
    job = api.job()
    assert job["progress"]["eta_s"] >= 100.0, "of the same size, so as long as the first: one chunk"
    response = api.client.get(f"/v1/jobs/{job['id']}")
    assert 10 <= int(response.headers["retry-after"]) <= 30
    prepare(api.store, job["id"], chunks=2)
    before = api.client.get(f"/v1/jobs/{job['id']}").json()["progress"]["eta_s"]
    separate(api.store, job["id"], 0)
    after = api.client.get(f"/v1/jobs/{job['id']}").json()["progress"]["eta_s"]
    assert after < before / 2 + 1


def test_an_accepted_job_is_returned_even_when_the_queue_is_full(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    first = post(api)
    old = api.job()
    api.store.records.request_cancel(old["id"])
    retried = api.client.post(f"{old['url']}/retry", headers={"Idempotency-Key": "again"})
    monkeypatch.setattr(Backlog, "wait_s", lambda _: 1e9)
    assert (post(api).status_code, post(api).json()["id"]) == (202, first.json()["id"])
    again = api.client.post(f"{old['url']}/retry", headers={"Idempotency-Key": "again"})
    assert (again.status_code, again.json()["id"]) == (202, retried.json()["id"])
    assert_problem(post(api, {"Idempotency-Key": "another"}), 503, "queue_full")


def test_a_full_queue_returns_retry_after(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backlog, "wait_s", lambda _: 1e6)
    response = post(api)
    problem = assert_problem(response, 503, "queue_full", "minutes")
    assert problem["retryable"]
    assert int(response.headers["retry-after"]) == 600
    assert api.stored() == []


def test_a_wrong_method_gets_the_allowed_ones(api: Api) -> None:
    for path, methods in (("/v1/jobs", {"POST"}), (f"/v1/jobs/{api.job()['id']}", {"DELETE"})):
        response = api.client.put(path)
        assert_problem(response, 405, "method_not_allowed")
        assert {name.strip() for name in response.headers["allow"].split(",")} == {"GET", "HEAD"} | methods
    assert api.client.put("/v1/jobs/from-file").headers["allow"] == "POST", "it is no job id"
