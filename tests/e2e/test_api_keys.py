"""Keys managed with an operator key, refusals for all other keys, and usage."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from core.access.keys import Key, Keys, Limits
from tests.support.api_harness import WAV, Api, assert_problem, prepare, serving

Client = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def guarded_server(environment: dict[str, str]) -> Iterator[Api]:
    with serving({**environment, "auth": "on", "audio_s_per_day": "1000", "open_uploads": "2"}) as api:
        yield api


@pytest.fixture
def guarded(guarded_server: Api) -> Iterator[Api]:
    guarded_server.store.client.flushall()
    yield guarded_server
    guarded_server.storage.delete_prefix("jobs/")


@pytest.fixture
def with_key(guarded: Api) -> Iterator[Client]:
    """`with_key(text)`: a client with this key."""
    created: list[httpx.Client] = []

    def client(text: str) -> httpx.Client:
        created.append(httpx.Client(base_url=guarded.url, timeout=30, headers={"Authorization": f"Bearer {text}"}))
        return created[-1]

    yield client
    for each in created:
        each.close()


@pytest.fixture
def of(guarded: Api, with_key: Client) -> Callable[..., httpx.Client]:
    """`of(tenant, ...)`: a client with a key created by the command line."""
    return lambda tenant="ops", **more: with_key(Keys(guarded.store.client).create("test", tenant, **more)[1])


def keys_of(api: Api) -> list[Key]:
    return Keys(api.store.client).list()


def test_an_operator_creates_a_key_that_works_until_revoked(guarded: Api, of: Client, with_key: Client) -> None:
    operator = of(operator=True)
    request = {"name": "user 8231", "tenant": "user-8231", "expires_s": 60, "limits": {"jobs_in_flight": 1}}
    response = operator.post("/v1/keys", json=request)
    created = response.json()
    assert response.status_code == 201
    assert (created["tenant"], created["name"], created["operator"]) == ("user-8231", "user 8231", False)
    assert created["limits"] == {
        "requests_per_minute": None, "submissions_per_minute": None, "jobs_in_flight": 1, "audio_s_per_day": None,
    }  # fmt: skip
    [kept] = [key for key in keys_of(guarded) if key.id == created["id"]]
    assert kept.expires_at == pytest.approx(time.time() + 60, abs=10)
    user = with_key(created["key"])
    assert user.post("/v1/jobs", files={"file": ("a.wav", WAV)}).status_code == 202
    assert_problem(user.post("/v1/jobs", files={"file": ("a.wav", WAV)}), 429, "quota_exceeded")
    assert guarded.store.records.list_jobs("user-8231", None, 10)
    for _ in range(2):
        assert operator.delete(f"/v1/keys/{created['id']}").status_code == 204
    assert_problem(user.get("/v1/jobs"), 401, "invalid_key", "revoked")
    assert_problem(operator.delete(f"/v1/keys/{'0' * 12}"), 404, "not_found", "no such key")


def test_a_secret_is_returned_once(guarded: Api, of: Client) -> None:
    operator = of(operator=True)
    created = operator.post("/v1/keys", json={"name": "a"}).json()
    secret, [kept] = created["key"].rpartition("_")[2], [key for key in keys_of(guarded) if key.id == created["id"]]
    listed = operator.get("/v1/keys").text
    assert created["id"] in listed
    assert secret not in listed
    assert kept.sha256 not in listed
    assert created["tenant"] == "ops", "the operator's own"


def test_keys_are_listed_page_by_page(of: Client) -> None:
    operator = of(operator=True)
    created = [operator.post("/v1/keys", json={"name": f"key {index}"}).json()["id"] for index in range(4)]
    operator.delete(f"/v1/keys/{created[0]}")
    seen: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = operator.get(f"/v1/keys?limit=2{cursor and f'&cursor={cursor}'}").json()
        assert len(page["keys"]) <= 2
        seen, cursor = seen + page["keys"], page["next_cursor"]
    assert [key["id"] for key in seen[:4]] == created[::-1]
    assert [key["operator"] for key in seen] == [False] * 4 + [True]
    assert [key["revoked_at"] is not None for key in seen] == [False, False, False, True, False]
    for wrong in ("limit=0", "limit=101", "cursor=x", f"cursor={'0' * 13}"):
        assert_problem(operator.get(f"/v1/keys?{wrong}"), 422, "invalid_request")
    assert_problem(operator.get(f"/v1/keys?cursor={'0' * 12}"), 404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": "a", "tenant": "A"},
        {"name": "a", "tenant": "a:b"},
        {"name": "a", "expires_s": 0},
        {"name": "a", "expires_s": 1e300},
        {"name": "a", "limits": {"jobs_in_flight": -1}},
        {"name": "a", "limits": {"forever": 1}},
        {"name": "a", "limits": {"jobs_in_flight": False}},
        {"name": "a", "limits": {"audio_s_per_day": "0"}},
        {"name": "a", "expires_s": True},
    ],
)
def test_invalid_keys_are_refused(guarded: Api, of: Client, wrong: dict[str, Any]) -> None:
    operator = of(operator=True)
    response = operator.post("/v1/keys", json=wrong)
    assert response.json()["code"] in ("invalid_request", "invalid_options")
    assert response.status_code == 422
    assert len(keys_of(guarded)) == 1


# --------------------------------------------------------------- escalation


def ways(client: httpx.Client, key_id: str) -> list[httpx.Response]:
    """Every request of key management."""
    return [
        client.post("/v1/keys", json={"name": "mine"}),
        client.get("/v1/keys"),
        client.head("/v1/keys"),
        client.delete(f"/v1/keys/{key_id}"),
    ]


def test_a_normal_key_manages_no_key(guarded: Api, of: Client) -> None:
    normal = of("anna", limits=Limits(requests_per_minute=0))
    [own] = keys_of(guarded)
    for response in ways(normal, own.id):
        assert response.status_code == 403
        if response.request.method != "HEAD":
            problem = assert_problem(response, 403, "operator_only", "voicelift keys create --operator")
            assert not problem["retryable"]
    [unchanged] = keys_of(guarded)
    assert (unchanged.revoked_at, unchanged.operator, unchanged.limits) == (None, False, own.limits)


def test_a_key_created_by_an_operator_is_no_operator_key(of: Client, with_key: Client) -> None:
    created = of(operator=True).post("/v1/keys", json={"name": "a", "limits": {"requests_per_minute": 0}}).json()
    assert {response.status_code for response in ways(with_key(created["key"]), created["id"])} == {403}


@pytest.mark.parametrize(
    "more",
    [{"operator": True}, {"id": "0" * 12}, {"sha256": "0" * 64}, {"key": "vl_x"}, {"revoked_at": None}],
)
def test_no_operator_key_is_created_over_http(guarded: Api, of: Client, more: dict[str, Any]) -> None:
    response = of(operator=True).post("/v1/keys", json={"name": "a", **more})
    assert_problem(response, 422, "invalid_request")
    inside = of(operator=True).post("/v1/keys", json={"name": "a", "limits": more})
    assert_problem(inside, 422, "invalid_request")
    assert all(key.operator for key in keys_of(guarded)), "only the two of the command line"


def test_an_expired_operator_key_is_refused(guarded: Api, of: Client) -> None:
    expired = of(operator=True, expires_at=time.time() - 1)
    revoked = of(operator=True)
    for key in keys_of(guarded):
        Keys(guarded.store.client).revoke(key.id)
    for client in (expired, revoked):
        assert {response.status_code for response in ways(client, "0" * 12)} == {401}


def test_a_job_token_or_no_key_manages_no_key(guarded: Api, of: Client) -> None:
    anna = of("anna")
    job = anna.post("/v1/jobs", files={"file": ("a.wav", WAV)}).json()
    token = anna.post(f"{job['url']}/token").json()["token"]
    for query in ("", f"?token={token}"):
        for method, path in (("POST", "/v1/keys"), ("GET", "/v1/keys"), ("DELETE", "/v1/keys/" + "0" * 12)):
            assert_problem(guarded.client.request(method, path + query), 401, "unauthenticated")


def test_key_management_requires_a_key_even_on_loopback(api: Api) -> None:
    """A local user must not create keys that stay valid when the service is opened to others."""
    assert api.client.get("/v1/models").status_code == 200
    assert_problem(api.client.post("/v1/keys", json={"name": "a"}), 401, "unauthenticated")
    for operator, status in ((False, 403), (True, 201)):
        _, text = Keys(api.store.client).create("test", operator=operator)
        headers = {"Authorization": f"Bearer {text}"}
        assert api.client.post("/v1/keys", json={"name": "a"}, headers=headers).status_code == status


def test_an_operator_sees_no_other_tenants_jobs(of: Client) -> None:
    job = of("anna").post("/v1/jobs", files={"file": ("a.wav", WAV)}).json()
    operator = of(operator=True)
    assert_problem(operator.get(job["url"]), 404, "not_found")
    assert operator.get("/v1/jobs").json()["jobs"] == []


# -------------------------------------------------------------------- usage


def test_usage_reports_used_and_remaining_amounts(guarded: Api, of: Client) -> None:
    limits = Limits(requests_per_minute=60, submissions_per_minute=30, jobs_in_flight=3)
    anna = of("anna", limits=limits)
    job = anna.post("/v1/jobs", files={"file": ("a.wav", WAV)}).json()
    prepare(guarded.store, job["id"])
    anna.post("/v1/uploads", json={"bytes": 10})
    response = anna.get("/v1/usage")
    usage = response.json()
    assert (usage["tenant"], usage["key_id"]) == ("anna", keys_of(guarded)[0].id)
    resets_at = usage["audio"].pop("resets_at")
    assert usage["audio"] == {"limit_s": 1000, "used_s": 10.0, "left_s": 990.0}
    assert resets_at == time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() // 86400 * 86400 + 86400))
    assert usage["jobs_in_flight"] == {"limit": 3, "used": 1, "left": 2}
    assert usage["open_uploads"] == {"limit": 2, "used": 1, "left": 1}
    requests = usage["requests"]
    assert (requests["limit"], requests["left"]) == (60, int(response.headers["ratelimit-remaining"])) == (60, 59)
    assert 0 < requests["reset_s"] <= 1
    assert (usage["submissions"]["limit"], usage["submissions"]["left"]) in ((30, 28), (30, 29))
    assert usage["concurrency"] == {"uploads": 8, "event_streams": 100, "archives": 4}
    anna.post(f"{job['url']}/cancel")
    settled = of("anna").get("/v1/usage").json()
    assert (settled["jobs_in_flight"]["limit"], settled["submissions"]["left"]) == (1000, 300), "rates are each key's"
    assert of("bert").get("/v1/usage").json()["audio"]["used_s"] == 0


def test_usage_without_limits(api: Api, of: Client) -> None:
    job = api.job()
    usage = api.client.get("/v1/usage").json()
    assert (usage["tenant"], usage["key_id"]) == ("default", None)
    assert (usage["audio"]["limit_s"], usage["audio"]["left_s"]) == (None, None)
    assert usage["jobs_in_flight"] == {"limit": None, "used": 1, "left": None}
    assert usage["requests"] == usage["submissions"] == {"limit": None, "left": None, "reset_s": 0}
    assert usage["concurrency"] == {"uploads": None, "event_streams": None, "archives": None}
    api.client.post(f"{job['url']}/cancel")
    assert api.client.get("/v1/usage").json()["jobs_in_flight"]["used"] == 0
    unlimited = of("anna", limits=Limits(requests_per_minute=0, audio_s_per_day=0)).get("/v1/usage").json()
    assert (unlimited["requests"]["limit"], unlimited["audio"]["limit_s"]) == (None, None)
