"""Keys, tenants, limits and quotas over HTTP, with a real uvicorn."""

import collections
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from core.access.keys import Keys, Limits
from core.jobs.job import new_job_id
from tests.support.api_harness import WAV, Api, assert_problem, free_address, sample, serving

NewClient = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def guarded_server(environment: dict[str, str]) -> Iterator[Api]:
    with serving({**environment, "auth": "on"}) as api:
        yield api


@pytest.fixture
def guarded(guarded_server: Api) -> Api:
    """An API that requires keys, over an empty Redis and an empty bucket."""
    guarded_server.store.client.flushall()
    guarded_server.storage.delete_prefix("jobs/")
    return guarded_server


@pytest.fixture
def of(guarded: Api) -> Iterator[NewClient]:
    """`of(tenant, **limits)`: a client with a separate key."""
    created: list[httpx.Client] = []

    def client(tenant: str, **limits: int) -> httpx.Client:
        _, text = Keys(guarded.store.client).create("test", tenant, limits=Limits(**limits))
        created.append(httpx.Client(base_url=guarded.url, timeout=30, headers={"Authorization": f"Bearer {text}"}))
        return created[-1]

    yield client
    for each in created:
        each.close()


def submit(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/jobs", files={"file": ("song.wav", WAV)})


def test_requests_without_a_key_are_refused(guarded: Api) -> None:
    for method, path in (("GET", "/v1/models"), ("POST", "/v1/jobs"), ("GET", "/nothing"), ("OPTIONS", "/v1/jobs")):
        response = guarded.client.request(method, path)
        assert_problem(response, 401, "unauthenticated", "voicelift keys create")
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["x-content-type-options"] == "nosniff"
    for wrong in ("Bearer vl_x", f"Bearer vl_{'0' * 12}_{'0' * 64}", "Bearer", "bearer x"):
        response = guarded.client.get("/v1/models", headers={"Authorization": wrong})
        assert_problem(response, 401, "invalid_key")
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    basic = guarded.client.get("/v1/models", headers={"Authorization": "Basic dmw6eA=="})
    assert_problem(basic, 401, "unauthenticated")
    assert guarded.stored() == []


def test_a_key_gives_access_until_it_is_revoked(guarded: Api) -> None:
    keys = Keys(guarded.store.client)
    key, text = keys.create("app", "acme")
    headers = {"Authorization": f"bearer {text}"}  # the scheme in any case, RFC 9110
    response = guarded.client.post("/v1/jobs", files={"file": ("song.wav", WAV)}, headers=headers)
    assert response.status_code == 202, response.text
    url = response.json()["url"]
    assert guarded.store.records.get(response.json()["id"]).tenant == "acme"
    assert guarded.client.get(url, headers=headers).status_code == 200
    [listed] = keys.list()
    assert listed.last_used_at is not None
    keys.revoke(key.id)
    assert_problem(guarded.client.get(url, headers=headers), 401, "invalid_key", "revoked")


def test_health_metrics_and_the_page_need_no_key(guarded: Api) -> None:
    for path in ("/", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs"):
        assert guarded.client.get(path).status_code == 200, path


def test_metrics_can_require_a_token(environment: dict[str, str]) -> None:
    with serving({**environment, "metrics_token": "0123456789abcdef"}) as api:
        refused = api.client.get("/metrics")
        assert_problem(refused, 401, "unauthenticated", "metrics token")
        assert refused.headers["www-authenticate"] == "Bearer"
        for secret, status in (("0123456789abcdef", 200), ("0123456789abcdee", 401), ("", 401), ("é", 401)):
            headers = {b"Authorization": f"Bearer {secret}".strip().encode()}
            assert api.client.get("/metrics", headers=headers).status_code == status
        assert api.client.get("/livez").status_code == 200


def test_ids_of_another_tenant_are_as_unknown_as_missing_ones(guarded: Api, of: NewClient) -> None:
    """Every route of the description with the id of a job or an upload."""
    anna, eve = of("anna"), of("eve")
    job, upload = submit(anna).json()["id"], "upl_" + new_job_id().removeprefix("job_")
    if (created := anna.post("/v1/uploads", json={"bytes": 10})).status_code == 201:
        upload = created.json()["upload_id"]
    count = 0
    for path, methods in guarded.client.get("/openapi.json").json()["paths"].items():
        if "{job_id}" not in path and "{upload_id}" not in path:
            continue
        for method in methods:
            seen: list[tuple[dict[str, Any], list[str]]] = []
            for job_id, upload_id in ((job, upload), (new_job_id(), "upl_" + new_job_id().removeprefix("job_"))):
                names = {"job_id": job_id, "upload_id": upload_id, "stem": "vocals", "name": "init.7.mp4"}
                address = path.format_map(collections.defaultdict(lambda: "x", names))
                response = eve.request(method, address)
                if method == "head":
                    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
                    seen.append(({}, sorted(response.headers)))
                    continue
                problem = assert_problem(response, 404, "not_found")
                kept = {name: value for name, value in problem.items() if name not in ("instance", "request_id")}
                seen.append((kept, sorted(response.headers)))
            assert seen[0] == seen[1], (method, path)
            count += 1
    assert count >= 7
    assert anna.get(f"/v1/jobs/{job}").json()["state"] == "queued", "it is unchanged"
    assert [each["id"] for each in anna.get("/v1/jobs").json()["jobs"]] == [job]
    assert eve.get("/v1/jobs").json()["jobs"] == []


def test_keys_of_one_tenant_share_its_jobs(guarded: Api, of: NewClient) -> None:
    job = submit(of("anna")).json()
    assert of("anna").get(job["url"]).json()["id"] == job["id"]


def test_rate_limits_are_reported_and_enforced_per_key(guarded: Api, of: NewClient) -> None:
    few, other = of("anna", requests_per_minute=3, submissions_per_minute=2), of("anna")
    responses = [few.get("/v1/models") for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    limits = [[int(response.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining")] for response in responses]
    assert limits == [[3, 2], [3, 1], [3, 0], [3, 0]]
    assert 0 < int(responses[2].headers["ratelimit-reset"]) <= 60
    problem = assert_problem(responses[3], 429, "rate_limited", "3 requests per minute")
    assert problem["retryable"]
    assert 0 < int(responses[3].headers["retry-after"]) <= 20
    assert problem["retry_after_s"] == int(responses[3].headers["retry-after"])
    assert submit(few).status_code == 202, "submissions have a separate limit"
    assert submit(few).headers["ratelimit-remaining"] == "0"
    assert_problem(submit(few), 429, "rate_limited", "submissions")
    assert other.get("/v1/models").headers["ratelimit-remaining"] == "5999", "another key has its own limit"
    assert len(guarded.store.records.list_jobs("anna", None, 10)) == 2


def test_unlimited_keys_get_no_limit_headers(of: NewClient) -> None:
    response = of("anna", requests_per_minute=0).get("/v1/models")
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("ratelimit")]


def test_jobs_in_flight_are_limited_per_tenant(guarded: Api, of: NewClient) -> None:
    one, two, other = of("anna", jobs_in_flight=1), of("anna", jobs_in_flight=2), of("bert", jobs_in_flight=1)
    first = submit(one)
    assert first.status_code == 202
    problem = assert_problem(submit(one), 429, "quota_exceeded", "1 jobs are queued or running")
    assert problem["quota"] == "jobs_in_flight"
    assert_problem(one.post(f"{first.json()['url']}/retry"), 429, "quota_exceeded")
    assert submit(two).status_code == 202
    assert_problem(submit(two), 429, "quota_exceeded")
    assert submit(other).status_code == 202
    assert len(guarded.stored()) == 2 * 3, "refused requests left nothing"
    for job in guarded.store.records.list_jobs("anna", None, 10):
        guarded.store.records.request_cancel(job.id)
    assert submit(one).status_code == 202
    assert guarded.store.client.keys("vl:submissions:*") == []


def test_at_the_quota_a_lost_response_can_be_requested_again(of: NewClient) -> None:
    client = of("anna", jobs_in_flight=1)
    again = {"Idempotency-Key": "mine"}
    first, second = (client.post("/v1/jobs", files={"file": ("a.wav", WAV)}, headers=again) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"


def test_a_refused_form_releases_its_slot(guarded: Api, of: NewClient) -> None:
    client = of("anna", jobs_in_flight=1)
    for _ in range(3):
        assert_problem(client.post("/v1/jobs", files={"file": ("x", b"%PDF-1.7")}), 415, "unsupported_media")
    assert submit(client).status_code == 202


def test_refusals_are_counted_with_bounded_labels(guarded: Api, of: NewClient) -> None:
    def counted(code: str) -> float:
        return sample(guarded, f'voicelift_http_problems_total{{code="{code}"}}')

    codes = ("unauthenticated", "invalid_key", "rate_limited", "quota_exceeded")
    before = [counted(code) for code in codes]
    client = of("anna", requests_per_minute=1, jobs_in_flight=1)
    guarded.client.get("/v1/models")
    guarded.client.get("/v1/models", headers={"Authorization": "Bearer x"})
    for _ in range(2):
        client.get("/v1/models")
        submit(client)
    assert [counted(code) for code in codes] == [count + 1 for count in before]
    assert "vl_" not in guarded.client.get("/metrics").text


def test_without_redis_every_request_is_refused(environment: dict[str, str]) -> None:
    with serving({**environment, "auth": "on", "REDIS_URL": f"redis://{free_address()}/0"}) as broken:
        headers = {"Authorization": f"Bearer vl_{'0' * 12}_{'0' * 64}"}
        response = broken.client.get("/v1/models", headers=headers)
        assert_problem(response, 503, "store_unavailable")
        assert response.headers["retry-after"] == "5"
        assert_problem(broken.client.get("/v1/models"), 401, "unauthenticated")
        assert broken.client.get("/livez").status_code == 200


def test_on_loopback_only_local_requests_need_no_key(api: Api) -> None:
    assert api.client.get("/v1/models").status_code == 200
    assert "ratelimit-limit" not in api.client.get("/v1/models").headers
    elsewhere = [("Host", "rebound.example"), ("X-Forwarded-For", "203.0.113.9"), ("Origin", "https://evil.example")]
    for headers in (dict([header]) for header in elsewhere):
        assert_problem(api.client.get("/v1/models", headers=headers), 401, "unauthenticated")


def test_pages_of_named_origins_may_call_from_a_browser(environment: dict[str, str]) -> None:
    with serving({**environment, "auth": "on", "cors_origins": "https://app.example, https://b.example"}) as api:
        asking = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-request-id,cache-control,if-range,"
            "x-requested-with",
        }
        allowed = api.client.options("/v1/jobs", headers={"Origin": "https://app.example", **asking})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        assert "Authorization" in allowed.headers["access-control-allow-headers"]
        assert api.client.options("/v1/jobs", headers={"Origin": "https://evil.example", **asking}).status_code == 400
        named = {"Origin": "https://app.example", **asking, "Access-Control-Request-Method": "HEAD"}
        assert api.client.options("/v1/jobs/job_1/outputs/vocals", headers=named).status_code == 200
        refused = api.client.get("/v1/models", headers={"Origin": "https://b.example"})
        assert refused.status_code == 401, "CORS permits requests, not access"
        assert refused.headers["access-control-allow-origin"] == "https://b.example"
        exposed = {name.strip() for name in refused.headers["access-control-expose-headers"].split(",")}
        assert exposed >= {
            "Content-Disposition",
            "ETag",
            "Location",
            "Retry-After",
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
        }
        assert "access-control-allow-credentials" not in refused.headers
        evil = api.client.get("/livez", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers


def test_by_default_no_other_origin_may(api: Api) -> None:
    response = api.client.get("/livez", headers={"Origin": "https://app.example"})
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_openapi_describes_access_and_refusals(guarded: Api) -> None:
    description: dict[str, Any] = guarded.client.get("/openapi.json").json()
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/v1/"):
                assert operation["security"] in ([], [{"metrics": []}, {}]), path  # open to all
                continue
            assert {"key": []} in operation["security"], (method, path)
            assert {"401", "429", "503"} <= set(operation["responses"]), (method, path)
            assert set(operation["responses"]["429"]["headers"]) >= {"Retry-After", "RateLimit-Limit"}
            assert "rate_limited" in json.dumps(operation["responses"]["429"])
    tokens = {
        path
        for path, methods in description["paths"].items()
        if {"token": []} in methods.get("get", {}).get("security", [])
    }
    assert "/v1/jobs/{job_id}/outputs/{stem}" in tokens
    assert "/v1/jobs" not in tokens
