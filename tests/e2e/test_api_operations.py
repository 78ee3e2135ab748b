"""Models, health, metrics, errors, headers and the OpenAPI description."""

import json
import re
from dataclasses import replace

import pytest

from core.jobs.job import Job
from core.jobs.records import Records
from core.jobs.store import JobStore
from core.jobs.task import Kind
from tests.support.api_harness import WAV, Api, assert_problem, claim, free_address, prepare, sample, serving
from tests.support.jobs import MODEL
from tests.support.waiting import until


def test_models_state_their_permitted_use(api: Api) -> None:
    [model] = api.client.get("/v1/models").json()["models"]
    assert (model["name"], model["licence"], model["commercial_use"]) == ("tiny", "CC-BY-NC-4.0", False)
    assert model["qualities"]["draft"] == {"steps": 2, "eta": 0.0, "t_start": 1.0}
    assert "flac" in model["formats"]


def test_readiness_names_the_missing_workers(api: Api) -> None:
    assert api.client.get("/livez").json() == {"status": "alive"}

    def state() -> tuple[str, bool, bool]:
        body = api.client.get("/readyz").json()
        assert body["checks"]["redis"]["ok"]
        assert body["checks"]["storage"]["ok"]
        return body["status"], body["checks"]["gpu_worker"]["ok"], body["checks"]["cpu_worker"]["ok"]

    assert state() == ("degraded", False, False)
    api.store.turns.register_worker("cpu-1", "cpu", 2)
    assert state() == ("degraded", False, True)
    api.store.turns.register_worker("gpu-1", "gpu", 1, MODEL.key)
    assert state() == ("ready", True, True)


def test_without_redis_nothing_is_accepted_or_left_behind(environment: dict[str, str], api: Api) -> None:
    with serving({**environment, "REDIS_URL": f"redis://{free_address()}/0"}) as broken:
        problem = assert_problem(broken.client.get("/readyz"), 503, "not_ready", "redis")
        assert not problem["checks"]["redis"]["ok"]
        assert problem["checks"]["storage"]["ok"]
        response = broken.post()
        assert_problem(response, 503, "store_unavailable")
        assert response.headers["retry-after"] == "5"
        assert_problem(broken.client.get("/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t"), 503, "store_unavailable")
        assert broken.client.get("/livez").status_code == 200
        assert "voicelift_redis_up 0.0" in broken.client.get("/metrics").text
    assert api.stored() == []


def test_without_storage_nothing_is_accepted(environment: dict[str, str]) -> None:
    with serving({**environment, "S3_ENDPOINT_URL": f"http://{free_address()}"}) as broken:
        problem = assert_problem(broken.client.get("/readyz"), 503, "not_ready", "storage")
        assert problem["checks"]["redis"]["ok"]
        assert not problem["checks"]["storage"]["ok"]
        response = broken.post()
        problem = assert_problem(response, 503, "storage_unavailable")
        assert problem["retryable"]
        assert broken.store.client.keys("vl:job:*") == []


def test_a_missing_bucket_is_created_at_the_start(environment: dict[str, str]) -> None:
    with serving({**environment, "S3_BUCKET": "made-by-the-api"}) as fresh:
        until(fresh.storage.has_bucket)
        assert fresh.client.get("/readyz").json()["checks"]["storage"]["ok"]
        assert fresh.post().status_code == 202


def test_a_lost_bucket_is_reported(environment: dict[str, str]) -> None:
    with serving({**environment, "S3_BUCKET": "soon-gone"}) as broken:
        until(broken.storage.has_bucket)
        broken.storage._client.delete_bucket(Bucket="soon-gone")
        assert_problem(broken.client.get("/readyz"), 503, "not_ready", "bucket does not exist")
        assert_problem(broken.post(), 503, "storage_unavailable", "bucket")


def test_metrics_have_bounded_labels(api: Api) -> None:
    routes = [("POST", "/v1/jobs", 202), ("GET", "/v1/jobs/{job_id}", 200), ("GET", "unmatched", 404)]
    names = [
        f'voicelift_http_requests_total{{method="{method}",route="{route}",status="{status}"}}'
        for method, route, status in routes
    ]
    names += ["voicelift_jobs_accepted_total", "voicelift_upload_bytes_total"]
    before = [sample(api, name) for name in names]
    job_id = api.job()["id"]
    for path in (f"/v1/jobs/{job_id}", "/some/random/path", "/another%20one"):
        api.client.get(path)
    api.client.request("BREW", "/livez")
    assert [sample(api, name) - was for name, was in zip(names, before, strict=True)] == [
        1,
        1,
        2,
        1,
        len(WAV),
    ]
    text = api.client.get("/metrics").text
    assert 'method="other"' in text
    assert job_id not in text
    assert "random" not in text


def test_metrics_show_the_queue(api: Api) -> None:
    job_id = api.job()["id"]
    prepare(api.store, job_id, chunks=3)
    claim(api.store, Kind.separate, job_id)
    assert sample(api, "voicelift_redis_up") == 1
    assert sample(api, 'voicelift_queue_depth{queue="gpu"}') == 2
    assert sample(api, 'voicelift_queue_in_flight{queue="gpu"}') == 1
    assert sample(api, 'voicelift_queue_depth{queue="cpu"}') == 0
    assert sample(api, 'voicelift_worker_slots{queue="gpu"}') == 4


def test_an_unknown_path_is_a_problem(api: Api) -> None:
    assert_problem(api.client.get("/nothing/here"), 404, "not_found")
    for path in ("/v1/jobs/", "/livez/", "/v1/models/"):
        astray = api.client.get(path, headers={"Origin": f"{api.url}", "Accept": "*/*"})
        assert_problem(astray, 404, "not_found", "trailing slash")
        assert "location" not in astray.headers
    response = api.client.delete("/livez")
    assert_problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["allow"]


def test_an_internal_error_is_a_problem_without_details(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Records):
        def get(self, job_id: str) -> Job:
            raise RuntimeError("secret detail")

    store = JobStore(api.store.client)
    store.records = Broken(store.scripts, store.backlog)
    api.swap(replace(api.services, store=store))
    response = api.client.get("/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t")
    assert_problem(response, 500, "internal", "request_id")
    assert "secret" not in response.text
    assert "secret detail" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_requests_have_ids(api: Api) -> None:
    assert api.client.get("/livez", headers={"X-Request-ID": "mine-1.2"}).headers["x-request-id"] == "mine-1.2"
    for strange in ("a b", "x" * 65, 'q"'):
        named = api.client.get("/livez", headers={"X-Request-ID": strange}).headers["x-request-id"]
        assert re.fullmatch(r"req_[0-9a-f]{16}", named)


def test_every_response_has_security_headers(api: Api) -> None:
    for path in ("/livez", "/docs", "/nothing", "/openapi.json"):
        headers = api.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")


def test_openapi_is_complete(api: Api) -> None:
    description = api.client.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    text = json.dumps(description)
    for reference in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
        assert reference in description["components"]["schemas"]
    assert "HTTPValidationError" not in text
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
                    assert response["content"]["application/problem+json"]["examples"]
    form = description["components"]["schemas"]["JobForm"]
    assert form["required"] == ["file"]
    separation = {"stems", "format", "quality", "steps", "eta", "seed", "render"}
    treatment = {"metadata", "batch", "webhook_url", "deadline_s", "retention_s", "cache"}
    assert set(form["properties"]) == {"file"} | separation | treatment
    assert all(field["description"] for field in form["properties"].values())
