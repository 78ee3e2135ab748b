"""Webhooks over HTTP: a test event, and the redelivery of one that failed."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from api.deps import TRIALS_PER_KEY
from api.routes import webhooks as routes
from core.access.keys import Keys, Limits
from core.jobs.job import new_job_id
from tests.support import web
from tests.support.api_harness import WAV, Api, assert_problem, serving
from tests.support.waiting import until
from worker.courier import Courier
from worker.settings import WorkerSettings

TEST = "/v1/webhooks/test"


@pytest.fixture(scope="module")
def site() -> Iterator[web.Site]:
    with web.serving() as site:
        yield site


@pytest.fixture(scope="module")
def server(environment: dict[str, str], site: web.Site) -> Iterator[Api]:
    options = {"auth": "on", "fetch_ports": str(site.port), "fetch_allow": "127.0.0.1"}
    with serving({**environment, **options}) as api:
        yield api


@pytest.fixture
def api(server: Api, site: web.Site) -> Iterator[Api]:
    """An API whose client has a key of the tenant anna."""
    server.store.client.flushall()
    _, key = Keys(server.store.client).create("test", "anna")
    server.client.headers["Authorization"] = f"Bearer {key}"
    site.received.clear()
    site.routes["/hook"] = lambda handler: handler.reply(204)
    yield server
    server.storage.delete_prefix("jobs/")


@pytest.fixture
def courier(api: Api, site: web.Site) -> Iterator[Courier]:
    """A running courier."""
    options = {
        "redis_url": api.services.settings.redis_url,
        "fetch_ports": (site.port,),
        "fetch_allow": ("127.0.0.1",),
    }
    courier, end = Courier(WorkerSettings.model_validate(options), api.store), threading.Event()
    thread = threading.Thread(target=courier.work, args=(end,))
    thread.start()
    yield courier
    end.set()
    thread.join()


def hook(site: web.Site, path: str = "/hook") -> str:
    return f"http://127.0.0.1:{site.port}{path}"


def test_a_test_event_returns_the_receivers_response(api: Api, site: web.Site, courier: Courier) -> None:
    response = api.client.post(TEST, json={"url": hook(site)})
    result = response.json()
    assert response.status_code == 200, result
    assert (result["outcome"], result["status"], result["detail"], result["url"]) == (
        "delivered",
        204,
        None,
        hook(site),
    )
    assert 0 <= result["seconds"] < 15
    (received,) = site.received
    assert received.headers["webhook-id"] == result["message_id"]
    secret = api.client.get("/v1/webhooks/secret").json()["secret"]
    assert Webhook(secret).verify(received.body, received.headers)["type"] == "webhook.test"
    site.routes["/broken"] = lambda handler: handler.reply(500)
    broken = api.client.post(TEST, json={"url": hook(site, "/broken")})
    assert (broken.status_code, broken.json()["outcome"], broken.json()["status"]) == (200, "failed", 500)


def test_the_same_request_sends_one_event(api: Api, site: web.Site, courier: Courier) -> None:
    key = {"Idempotency-Key": "mine"}
    first, second = (api.client.post(TEST, json={"url": hook(site)}, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert len(site.received) == 1
    other = api.client.post(TEST, json={"url": hook(site, "/other")}, headers=key)
    assert_problem(other, 422, "idempotency_mismatch")
    _, bert = Keys(api.store.client).create("test", "bert")
    foreign = api.client.post(TEST, json={"url": hook(site)}, headers={**key, "Authorization": f"Bearer {bert}"})
    assert foreign.json()["message_id"] != first.json()["message_id"], "keys are per tenant"
    api.client.post(TEST, json={"url": hook(site)})
    assert len(site.received) == 3
    assert_problem(api.client.post(TEST, json={"url": hook(site)}, headers={"Idempotency-Key": ""}), 400,
                   "invalid_idempotency_key")  # fmt: skip


@pytest.mark.parametrize("body", [{}, {"url": 1}, {"url": "x" * 3000}, {"url": "http://127.0.0.1/", "more": 1}])
def test_invalid_test_events_are_refused(api: Api, body: dict[str, Any]) -> None:
    assert_problem(api.client.post(TEST, json=body), 422, "invalid_request")


def test_internal_addresses_are_refused_by_the_api(api: Api, site: web.Site) -> None:
    for url in (f"http://10.0.0.1:{site.port}/", f"ftp://127.0.0.1:{site.port}/", "http://127.0.0.1:22/", "x"):
        assert_problem(api.client.post(TEST, json={"url": url}), 422, "webhook_url_refused")
    assert api.store.client.llen("vl:webhook-trials") == 0


def test_without_a_courier_it_is_unavailable(api: Api, site: web.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "TRIAL_WAIT_S", 0.3)
    response = api.client.post(TEST, json={"url": hook(site)})
    assert_problem(response, 503, "courier_unavailable")
    assert int(response.headers["retry-after"]) > 0


def test_test_events_are_limited_in_number_and_rate(api: Api, site: web.Site, courier: Courier) -> None:
    release = threading.Event()

    def slowly(handler: web.Handler) -> None:
        release.wait(20)
        handler.reply(200)

    site.routes["/slow"] = slowly
    threads = [
        threading.Thread(target=api.client.post, args=(TEST,), kwargs={"json": {"url": hook(site, "/slow")}})
        for _ in range(TRIALS_PER_KEY)
    ]
    for thread in threads:
        thread.start()
    until(lambda: api.services.trials._held.total() == TRIALS_PER_KEY)
    assert_problem(api.client.post(TEST, json={"url": hook(site)}), 429, "too_many_at_once", "tests of webhooks")
    release.set()
    for thread in threads:
        thread.join()
    _, key = Keys(api.store.client).create("few", "anna", limits=Limits(submissions_per_minute=1))
    few = {"Authorization": f"Bearer {key}"}
    assert api.client.post(TEST, json={"url": hook(site)}, headers=few).status_code == 200
    assert_problem(api.client.post(TEST, json={"url": hook(site)}, headers=few), 429, "rate_limited", "submissions")


def test_a_failed_delivery_is_sent_again(api: Api, site: web.Site) -> None:
    site.routes["/hook"] = lambda handler: handler.reply(410)
    job = api.client.post("/v1/jobs", files={"file": ("a.wav", WAV)}, data={"webhook_url": hook(site)}).json()
    again = f"{job['url']}/redeliver"
    assert_problem(api.client.post(again), 409, "conflict", "not ended")
    api.client.post(f"{job['url']}/cancel")
    options = {
        "redis_url": api.services.settings.redis_url,
        "fetch_ports": (site.port,),
        "fetch_allow": ("127.0.0.1",),
    }
    courier = Courier(WorkerSettings.model_validate(options), api.store)
    assert courier.deliver_one()
    assert not courier.deliver_one(), "abandoned"
    site.routes["/hook"] = lambda handler: handler.reply(200)
    responses = [api.client.post(again) for _ in range(2)]
    assert [response.status_code for response in responses] == [202, 202]
    assert [attempt["outcome"] for attempt in responses[0].json()["deliveries"]] == ["gone"]
    assert courier.deliver_one()
    assert not courier.deliver_one()
    outcomes = api.client.get(f"{job['url']}/deliveries").json()["deliveries"]
    assert [(attempt["attempt"], attempt["outcome"]) for attempt in outcomes] == [(1, "gone"), (2, "delivered")]
    assert len({received.headers["webhook-id"] for received in site.received}) == 1
    assert_problem(api.client.post(again), 409, "conflict", "was delivered")


def test_redelivery_without_a_webhook_is_a_conflict(api: Api) -> None:
    job = api.client.post("/v1/jobs", files={"file": ("a.wav", WAV)}).json()
    api.client.post(f"{job['url']}/cancel")
    assert_problem(api.client.post(f"{job['url']}/redeliver"), 409, "conflict", "no webhook_url")
    assert_problem(api.client.post(f"/v1/jobs/{new_job_id()}/redeliver"), 404, "not_found")
