"""Stems in other formats over HTTP; the tests take the worker's part."""

import pytest

from core.errors import EncodingFailed
from core.jobs.conversion import CONVERSIONS, Conversion
from core.jobs.task import Kind
from core.keys import conversion_key
from tests.support.api_harness import Api, assert_problem, claim, succeed

ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}  # where a key is needed, or a token
DATA = b"ID3 an mp3"


def convert(api: Api, job_id: str, index: int, data: bytes = DATA) -> None:
    """The steps of a worker."""
    lease = claim(api.store, Kind.convert, job_id, index)
    key = conversion_key(job_id, lease.token, "vocals", "mp3")
    api.storage.put_bytes(key, data, "audio/mpeg")
    assert api.store.leases.converted(lease, Conversion(index=index, key=key, bytes=len(data), sha256="5ha"))


def test_a_conversion_is_encoded_on_request_and_kept(api: Api) -> None:
    job = api.job(name="Söng.wav")
    succeed(api, job["id"])
    (output,) = api.client.get(job["url"]).json()["outputs"]
    offered = output["conversions"]
    assert [one["format"] for one in offered] == list(CONVERSIONS)
    assert all((one["ready"], one["sha256"]) == (False, None) and one["bytes"] > 100_000 for one in offered)
    url = offered[0]["url"]
    assert url == f"{output['url']}/mp3"
    for method in ("GET", "HEAD"):
        assert api.client.request(method, url).status_code == 409
    assert_problem(api.client.get(url), 409, "outputs_not_ready", "POST to this URL")

    for _ in range(2):
        response = api.client.post(url)
        assert (response.status_code, response.json()) == (202, offered[0])
        assert int(response.headers["retry-after"]) > 0
    etag = api.client.get(job["url"]).headers["etag"]
    convert(api, job["id"], 0)
    response = api.client.post(url)
    converted = {**offered[0], "ready": True, "bytes": len(DATA), "sha256": "5ha"}
    assert (response.status_code, response.json()) == (200, converted)
    again = api.client.get(job["url"], headers={"If-None-Match": etag})
    assert (again.status_code, again.json()["outputs"][0]["conversions"][0]) == (200, converted)

    moved = api.client.get(url)
    assert moved.status_code == 307
    file = api.client.get(moved.headers["location"])
    assert file.content == DATA
    assert "S%C3%B6ng%20%28vocals%29.mp3" in file.headers["content-disposition"]
    head = api.client.head(url)
    assert (head.headers["content-length"], head.headers["content-type"]) == (str(len(DATA)), "audio/mpeg")
    assert head.headers["content-disposition"] == file.headers["content-disposition"]


def test_the_api_itself_returns_parts(api: Api) -> None:
    job = api.job()
    succeed(api, job["id"])
    url = f"{job['url']}/outputs/vocals/mp3"
    part = {"from_byte": 3, "length": 4}
    assert_problem(api.client.get(f"{url}/part", params=part), 409, "outputs_not_ready")
    api.client.post(url)
    convert(api, job["id"], 0)
    for first, length in ((0, 3), (3, 4), (3, 100), (len(DATA), 1), (500, 1)):
        response = api.client.get(f"{url}/part", params={"from_byte": first, "length": length})
        assert (response.status_code, response.content) == (200, DATA[first : first + length])
    token = {"token": api.client.post(f"{job['url']}/token").json()["token"]}
    assert api.client.get(f"{url}/part", params=part, headers=ELSEWHERE).status_code == 401
    assert api.client.get(f"{url}/part", params=part | token, headers=ELSEWHERE).content == DATA[3:7]
    for wrong in ({"from_byte": -1, "length": 1}, {"from_byte": 0, "length": 2**20 + 1}, {"from_byte": 0}):
        assert_problem(api.client.get(f"{url}/part", params=wrong), 422, "invalid_request")


def test_a_job_token_is_sufficient(api: Api) -> None:
    first, second = api.job(), api.job(name="b.wav")
    succeed(api, first["id"])
    succeed(api, second["id"])
    tokens = [api.client.post(f"{job['url']}/token").json()["token"] for job in (first, second)]
    url = f"{first['url']}/outputs/vocals/mp3"
    responses = [api.client.post(url, params={"token": token}, headers=ELSEWHERE) for token in tokens]
    assert [response.status_code for response in responses] == [202, 401]


def test_a_format_that_is_not_offered_is_refused(api: Api) -> None:
    job = api.job()
    url = f"{job['url']}/outputs/vocals/mp3"
    assert_problem(api.client.post(url), 409, "outputs_not_ready", "queued")
    succeed(api, job["id"])
    assert_problem(api.client.post(f"{job['url']}/outputs/drums/mp3"), 404, "not_found", "no such stem")
    assert_problem(api.client.post(f"{job['url']}/outputs/vocals/wav16"), 422, "invalid_request")
    api.store.client.hset(f"vl:job:{job['id']}", "outputs_expired_at", "1")
    assert_problem(api.client.post(url), 404, "not_found", "expired")
    assert api.client.get(job["url"]).json()["outputs"][0]["conversions"] == []


def test_a_failed_conversion_returns_its_code(api: Api) -> None:
    job = api.job()
    succeed(api, job["id"])
    url = f"{job['url']}/outputs/vocals/opus"
    assert api.client.post(url).status_code == 202
    lease = claim(api.store, Kind.convert, job["id"], CONVERSIONS.index("opus"))
    assert api.store.leases.fail_job(lease, EncodingFailed("The stems cannot be written with libopus."))
    assert_problem(api.client.post(url), 422, "conversion_failed", "libopus")
    assert_problem(api.client.get(url), 409, "outputs_not_ready")
    assert api.client.get(job["url"]).json()["state"] == "succeeded"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_missing_in_storage_is_gone(api: Api, method: str) -> None:
    job = api.job()
    succeed(api, job["id"])
    url = f"{job['url']}/outputs/vocals/mp3"
    api.client.post(url)
    convert(api, job["id"], 0)
    api.storage.delete_prefix(f"jobs/{job['id']}/converted/")
    assert api.client.request(method, url, follow_redirects=True).status_code == 404
