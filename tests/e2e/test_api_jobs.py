"""Reading a job, canceling it, and downloading its outputs."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from core.errors import UnsupportedAudio
from core.jobs.task import Kind
from tests.support.api_harness import Api, assert_problem, claim, prepare, separate, succeed
from tests.support.waiting import until


def test_progress_grows_and_an_eta_is_measured(api: Api) -> None:
    job_id = api.job()["id"]
    prepare(api.store, job_id, chunks=4)
    body = api.client.get(f"/v1/jobs/{job_id}").json()
    assert (body["state"], body["stage"]) == ("running", "separating")
    assert body["progress"] == {"chunks_done": 0, "chunks_total": 4, "fraction": 0.05, "eta_s": None}
    assert body["source"]["duration_s"] == 10
    separate(api.store, job_id, 0)
    separate(api.store, job_id, 1)

    def fetch() -> dict[str, Any]:
        body: dict[str, Any] = api.client.get(f"/v1/jobs/{job_id}").json()
        return body

    until(lambda: fetch()["progress"]["eta_s"] is not None, "estimates are recent")
    body = fetch()
    assert body["progress"]["fraction"] == pytest.approx(0.05 + 0.85 / 2)
    assert body["progress"]["eta_s"] >= 1.0, "two chunks of half a second, as measured"
    assert body["timings"]["inference_s"] == 1.0


def test_a_poll_without_changes_is_304(api: Api) -> None:
    job_id = api.job()["id"]
    first = api.client.get(f"/v1/jobs/{job_id}")
    tag = first.headers["etag"]
    assert first.headers["retry-after"] == "1"
    for etag in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = api.client.get(f"/v1/jobs/{job_id}", headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    prepare(api.store, job_id)
    news = api.client.get(f"/v1/jobs/{job_id}", headers={"If-None-Match": tag})
    assert news.status_code == 200
    assert news.headers["etag"] != tag


def test_a_finished_job_has_all_fields_and_no_retry_after(api: Api) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    response = api.client.get(f"/v1/jobs/{job_id}")
    assert "retry-after" not in response.headers
    body = response.json()
    assert (body["state"], body["stage"], body["error"]) == ("succeeded", None, None)
    assert body["progress"] == {"chunks_done": 2, "chunks_total": 2, "fraction": 1.0, "eta_s": None}
    [output] = body["outputs"]
    assert output["url"] == f"/v1/jobs/{job_id}/outputs/vocals"
    assert (output["format"], output["bytes"], output["bits"]) == ("flac", 10, 16)
    assert output["expires_at"] > body["finished_at"] > body["created_at"]
    assert "key" not in output
    assert body["null_error_db"] == -120.0
    assert body["timings"]["rtf"] == pytest.approx(0.1)


def test_a_failed_job_states_the_reason(api: Api) -> None:
    job_id = api.job()["id"]
    api.store.leases.fail_job(claim(api.store, Kind.prepare, job_id), UnsupportedAudio("The file has 64 channels."))
    body = api.client.get(f"/v1/jobs/{job_id}").json()
    assert body["state"] == "failed"
    assert body["error"] == {
        "code": "unsupported_audio",
        "message": "The file has 64 channels.",
        "retryable": False,
    }


@pytest.mark.parametrize("job_id", ["job_01k8rz3v9q5w7x2m4n6p8r0s1t", "nonsense", "..%2f..%2fetc", "job_%00"])
def test_unknown_jobs_get_the_same_response(api: Api, job_id: str) -> None:
    for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/outputs/vocals")):
        response = api.client.request(method, f"/v1/jobs/{job_id}{path}")
        if "%2f" not in job_id:
            assert_problem(response, 404, "not_found", "no such job")
        assert response.status_code == 404


def test_a_queued_job_is_canceled_immediately_and_repeatably(api: Api) -> None:
    job_id = api.job()["id"]
    for _ in range(2):
        response = api.client.post(f"/v1/jobs/{job_id}/cancel")
        assert (response.status_code, response.json()["state"]) == (202, "canceled")
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/outputs/vocals"), 409, "outputs_not_ready", "canceled")


def test_a_running_job_is_canceled_after_its_tasks_have_stopped(api: Api) -> None:
    job_id = api.job()["id"]
    lease = claim(api.store, Kind.prepare, job_id)
    body = api.client.post(f"/v1/jobs/{job_id}/cancel").json()
    assert body["state"] == "running"
    assert body["cancel_requested_at"] is not None
    assert api.store.leases.heartbeat(lease).stop
    api.store.leases.give_back(lease)
    assert api.client.get(f"/v1/jobs/{job_id}").json()["state"] == "canceled"


def test_a_finished_job_cannot_be_canceled(api: Api) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    problem = assert_problem(api.client.post(f"/v1/jobs/{job_id}/cancel"), 409, "conflict", "succeeded")
    assert problem["state"] == "succeeded"


FOUR = ("vocals", "drums", "bass", "other")


def test_a_job_has_the_requested_stems_and_a_retry_those_of_the_current_model(api: Api) -> None:
    two, four = api.services, replace(api.services, card=api.services.card.model_copy(update={"stems": FOUR}))
    api.swap(four)
    assert api.client.get("/v1/models").json()["models"][0]["stems"] == [*FOUR, "instrumental"]
    assert_problem(api.post(stems="piano"), 422, "invalid_options", "choose from vocals, drums, bass, other, instrum")
    job = api.job(stems="other,drums,instrumental")
    assert job["options"]["stems"] == ["other", "drums", "instrumental"]
    assert api.store.records.get(job["id"]).model.stems == FOUR
    api.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert api.client.post(f"/v1/jobs/{job['id']}/retry").status_code == 202
    api.swap(two)
    before = api.stored()
    again = api.client.post(f"/v1/jobs/{job['id']}/retry")
    assert_problem(again, 422, "invalid_options", "tiny has no other: choose from vocals, instrumental")
    assert api.stored() == before


def test_outputs_appear_after_success(api: Api) -> None:
    job_id = api.job(name="My Song.mp3")["id"]
    url = f"/v1/jobs/{job_id}/outputs/vocals"
    assert_problem(api.client.get(url), 409, "outputs_not_ready", "queued")
    succeed(api, job_id)
    response = api.client.get(url)
    assert response.status_code == 307
    assert response.headers["cache-control"] == "no-store"
    whole = httpx.get(response.headers["location"])
    assert whole.content == b"0123456789"
    assert 'filename="My Song (vocals).flac"' in whole.headers["content-disposition"]
    # Clients that follow redirects may send their key along; S3 must not be confused by it.
    part = api.client.get(url, headers={"Range": "bytes=3-5", "Authorization": "Bearer x"}, follow_redirects=True)
    assert part.content == b"345"
    head = api.client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["content-length"], head.headers["content-type"]) == ("10", "audio/flac")
    assert head.headers["accept-ranges"] == "bytes"
    assert head.headers["content-disposition"] == whole.headers["content-disposition"]
    assert api.client.head(f"/v1/jobs/{job_id}/outputs/drums").status_code == 404
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/outputs/drums"), 404, "not_found", "vocals")
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/outputs/instrumental"), 404, "not_found", "vocals")
