"""Batches over HTTP: jobs share a label, and are listed and counted by it."""

from typing import Any

import pytest

from core.errors import NoAudio
from core.jobs.task import Kind
from tests.support.api_harness import Api, assert_problem, claim, prepare, succeed

URL = "/v1/batches/album-7"


def states(batch: dict[str, Any]) -> dict[str, int]:
    return {state: count for state, count in batch["states"].items() if count}


def test_a_batch_is_over_when_all_its_jobs_are_final(api: Api) -> None:
    assert_problem(api.client.get(URL), 404, "not_found", "No job has this batch label")
    first = api.job(batch="album-7")
    succeed(api, first["id"])
    second = api.job(batch="album-7")
    api.job(batch="album-8")
    assert (first["batch"], second["batch"], api.job()["batch"]) == ("album-7", "album-7", None)
    waiting = api.client.get(URL)
    assert waiting.json() == {
        "batch": "album-7",
        "jobs": 2,
        "states": {"queued": 1, "running": 0, "succeeded": 1, "failed": 0, "canceled": 0, "expired": 0},
        "finished": False,
        "jobs_url": "/v1/jobs?batch=album-7",
    }
    assert 1 <= int(waiting.headers["retry-after"]) <= 30
    prepare(api.store, second["id"])
    assert states(api.client.get(URL).json()) == {"running": 1, "succeeded": 1}
    api.client.post(f"{second['url']}/cancel")
    over = api.client.get(URL)
    assert (states(over.json()), over.json()["finished"]) == ({"succeeded": 1, "canceled": 1}, True)
    assert "retry-after" not in over.headers


def test_an_unchanged_batch_is_304(api: Api) -> None:
    job = api.job(batch="album-7")
    first = api.client.get(URL)
    again = api.client.get(URL, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert int(again.headers["retry-after"]) >= 1
    prepare(api.store, job["id"])
    changed = api.client.get(URL, headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, states(changed.json())) == (200, {"running": 1})


def test_jobs_are_listed_by_batch_page_by_page(api: Api) -> None:
    created = sorted((api.job(batch="album-7")["id"] for _ in range(5)), reverse=True)
    api.job(batch="album-8")
    seen, where, pages = [], "/v1/jobs?batch=album-7&limit=2", 0
    while where:
        page = api.client.get(where).json()
        seen += [job["id"] for job in page["jobs"]]
        cursor, pages = page["next_cursor"], pages + 1
        where = f"/v1/jobs?batch=album-7&limit=2&cursor={cursor}" if cursor else ""
    assert (seen, pages) == (created, 3)
    api.client.post(f"/v1/jobs/{created[1]}/cancel")
    canceled = api.client.get("/v1/jobs", params={"batch": "album-7", "state": "canceled"}).json()
    assert [job["id"] for job in canceled["jobs"]] == [created[1]]
    assert api.client.get("/v1/jobs?batch=nothing").json() == {"jobs": [], "next_cursor": None}


def test_a_retry_stays_in_its_batch(api: Api) -> None:
    old = api.job(batch="album-7")
    api.store.leases.fail_job(claim(api.store, Kind.prepare, old["id"]), NoAudio("No sound."))
    new = api.client.post(f"{old['url']}/retry").json()
    assert new["batch"] == "album-7"
    assert states(api.client.get(URL).json()) == {"failed": 1, "queued": 1}


def test_the_batch_is_a_part_of_the_request(api: Api) -> None:
    key = {"Idempotency-Key": "a"}
    body = {"source_url": "https://media.example/a.mp3", "batch": "album-7"}
    first = api.client.post("/v1/jobs", json=body, headers=key)
    assert first.json()["batch"] == "album-7"
    assert api.client.post("/v1/jobs", json=body, headers=key).json()["id"] == first.json()["id"]
    other = api.client.post("/v1/jobs", json={**body, "batch": "album-8"}, headers=key)
    assert_problem(other, 422, "idempotency_mismatch")


@pytest.mark.parametrize("label", ["a b", "a:b", "-a", ".", "a" * 65, "ä", "a/b", "*"])
def test_invalid_labels_are_refused(api: Api, label: str) -> None:
    assert_problem(api.post(batch=label), 422, "invalid_options", "batch")
    for text in (label, f"{label}\n"):
        body = {"source_url": "https://media.example/a.mp3", "batch": text}
        assert_problem(api.client.post("/v1/jobs", json=body), 422, "invalid_options", "batch")
    assert_problem(api.client.get("/v1/jobs", params={"batch": label}), 422, "invalid_request")
    assert api.stored() == []


def test_an_unknown_batch_is_not_found(api: Api) -> None:
    api.job(batch="a")
    for label in ("a:queued", "*", "a%0A", "..%2Fa", "A"):
        assert api.client.get(f"/v1/batches/{label}").status_code == 404
