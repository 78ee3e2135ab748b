"""Presigned uploads, URLs and webhooks over HTTP; secrets and deliveries."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from core.storage import PART_BYTES
from tests.support import web
from tests.support.api_harness import MAX_UPLOAD, WAV, Api, assert_problem, open_uploads
from worker.courier import Courier
from worker.settings import WorkerSettings

UNKNOWN = "/v1/uploads/upl_01k8rz3v9q5w7x2m4n6p8r0s1t"


@pytest.fixture(scope="module")
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "upload_part_bytes": str(PART_BYTES)}


@pytest.fixture(autouse=True)
def clean(api: Api) -> Iterator[None]:
    yield
    api.storage.delete_prefix("uploads/")
    for key, upload_id, _ in list(api.storage.open_multiparts("uploads/")):
        api.storage.abort(key, upload_id)


def announce(api: Api, size: int, **more: Any) -> dict[str, Any]:
    response = api.client.post("/v1/uploads", json={"bytes": size, **more})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/uploads/{body['upload_id']}"
    return body


def put(url: str, data: bytes, headers: dict[str, str] | None = None) -> int:
    return httpx.put(url, content=data, headers=headers or {}, trust_env=False).status_code


def job_of(api: Api, **body: Any) -> httpx.Response:
    return api.client.post("/v1/jobs", json=body)


def test_a_file_sent_by_a_presigned_put_becomes_a_job(api: Api) -> None:
    upload = announce(api, len(WAV), filename="My Söng/../x.wav")
    assert (upload["method"], upload["received"], upload["parts"]) == ("PUT", False, None)
    assert upload["headers"] == {"Content-Length": str(len(WAV))}
    assert upload["filename"] == "x.wav"
    assert_problem(job_of(api, upload_id=upload["upload_id"]), 409, "upload_incomplete", "PUT the whole file")
    assert put(upload["url"], WAV[:-1]) == 403
    assert put(upload["url"], WAV, upload["headers"]) == 200
    assert api.client.get(f"/v1/uploads/{upload['upload_id']}").json()["received"]
    response = job_of(api, upload_id=upload["upload_id"], format="same")
    assert response.status_code == 202, response.text
    job = response.json()
    assert (job["source"]["filename"], job["source"]["bytes"]) == ("x.wav", len(WAV))
    assert api.storage.get_bytes(f"jobs/{job['id']}/source") == WAV
    assert list(api.storage.list(f"uploads/{upload['upload_id']}")) == []
    assert_problem(job_of(api, upload_id=upload["upload_id"]), 404, "not_found", "no such upload")


def test_a_large_file_is_uploaded_in_parts(api: Api) -> None:
    data = WAV + bytes(PART_BYTES)
    upload = announce(api, len(data))
    assert upload["url"] is None
    parts = upload["parts"]
    assert [(part["number"], part["bytes"]) for part in parts] == [(1, PART_BYTES), (2, len(WAV))]
    complete = upload["complete_url"]
    for part in reversed(parts):
        assert_problem(api.client.post(complete), 409, "upload_incomplete", "Send every part")
        assert put(part["url"], data[part["offset"] : part["offset"] + part["bytes"]]) == 200
    assert [part["received"] for part in api.client.get(complete.removesuffix("/complete")).json()["parts"]] == [
        True
    ] * 2
    assert_problem(job_of(api, upload_id=upload["upload_id"]), 409, "upload_incomplete")
    for _ in range(2):
        assert api.client.post(complete).json()["received"]
    job = job_of(api, upload_id=upload["upload_id"]).json()
    assert api.storage.get_bytes(f"jobs/{job['id']}/source") == data
    assert open_uploads(api) == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"bytes": MAX_UPLOAD + 1}, 413, "upload_too_large"),
        ({"bytes": 0}, 422, "invalid_request"),
        ({"bytes": -5}, 422, "invalid_request"),
        ({"bytes": True}, 422, "invalid_request"),
        ({"bytes": "5"}, 422, "invalid_request"),
        ({"bytes": 5.5}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
        ({"bytes": 5, "key": "jobs/x"}, 422, "invalid_request"),
    ],
)
def test_invalid_announcements_are_refused(body: dict[str, Any], status: int, code: str, api: Api) -> None:
    assert_problem(api.client.post("/v1/uploads", json=body), status, code)
    assert list(api.storage.list("uploads/")) == []


def test_a_size_may_be_written_with_a_fraction_of_zero(api: Api) -> None:
    response = api.client.post("/v1/uploads", content=b'{"bytes": 5.0}', headers={"Content-Type": "application/json"})
    assert response.status_code == 201, "an integer in JSON Schema"


def test_unknown_uploads_and_those_of_other_tenants_get_the_same_response(api: Api) -> None:
    foreign = api.services.uploads.begin("somebody else", "x", 5, PART_BYTES, 600)
    for address in (UNKNOWN, "/v1/uploads/nonsense", f"/v1/uploads/{foreign.id}"):
        for response in (api.client.get(address), api.client.post(f"{address}/complete")):
            problem = assert_problem(response, 404, "not_found", "There is no such upload.")
            assert foreign.filename + foreign.key not in str(problem)
        assert_problem(job_of(api, upload_id=address.rsplit("/", 1)[1]), 404, "not_found")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/a.wav", "http://[::ffff:10.0.0.1]/", "https://user:pw@example.org/", "ftp://example.org/a"],
)
def test_internal_addresses_are_refused_at_submission(url: str, api: Api) -> None:
    response = job_of(api, source_url=url)
    assert response.status_code == 422
    assert response.json()["code"] in ("source_url_refused", "invalid_options")
    response = job_of(api, source_url="https://example.org/a.wav", webhook_url=url)
    assert response.status_code == 422
    assert response.json()["code"] in ("webhook_url_refused", "invalid_options")


def test_the_secret_rotates(api: Api) -> None:
    first = api.client.get("/v1/webhooks/secret").json()
    assert first["secret"].startswith("whsec_")
    assert (first["previous"], first["previous_expires_at"]) == (None, None)
    second = api.client.post("/v1/webhooks/secret").json()
    assert second["previous"] == first["secret"] != second["secret"]
    assert api.client.get("/v1/webhooks/secret").json() == second


def test_a_webhook_is_delivered_and_logged(api: Api) -> None:
    with web.serving() as site:
        site.routes["/hook"] = lambda handler: handler.reply(500 if len(site.received) == 1 else 200)
        job = job_of(api, source_url="https://example.org/a.wav", webhook_url="https://example.org/hook").json()
        url = f"http://127.0.0.1:{site.port}/hook"
        api.store.client.hset(f"vl:job:{job['id']}", "webhook_url", url)
        deliveries = f"/v1/jobs/{job['id']}/deliveries"
        assert api.client.get(deliveries).json() == {"deliveries": []}
        api.client.post(f"/v1/jobs/{job['id']}/cancel")
        values = {
            "redis_url": api.services.settings.redis_url,
            "fetch_ports": (site.port,),
            "fetch_allow": ("127.0.0.1",),
        }
        courier = Courier(WorkerSettings.model_validate(values), api.store)
        assert courier.deliver_one()
        (failed,) = api.client.get(deliveries).json()["deliveries"]
        assert (failed["attempt"], failed["outcome"], failed["status"]) == (1, "failed", 500)
        assert failed["next_at"] > failed["at"]
        api.store.client.zadd("vl:webhooks", {job["id"]: 0})
        assert courier.deliver_one()
        delivered = api.client.get(deliveries).json()["deliveries"][-1]
        assert (delivered["outcome"], delivered["next_at"]) == ("delivered", None)
        secret = api.client.get("/v1/webhooks/secret").json()["secret"]
        event = Webhook(secret).verify(site.received[-1].body, site.received[-1].headers)
        seen = api.client.get(f"/v1/jobs/{job['id']}").json()
        assert event["type"] == "job.canceled"
        assert event["data"] == seen
        assert site.received[-1].headers["webhook-id"] == delivered["message_id"]
    assert_problem(api.client.get("/v1/jobs/job_0/deliveries"), 404, "not_found")
