"""Server-sent events over a real socket: from the first event, or resumed, to the job's end."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.event_schemas import EVENTS
from api.listening import CLIENT_NAME, CONNECTIONS
from api.routes import events as route
from core.errors import NoAudio
from core.jobs.task import Kind
from tests.support.api_harness import Api, assert_problem, claim, prepare, separate, succeed
from tests.support.waiting import until


class Listener:
    """A connection that collects events in a thread until the stream ends."""

    def __init__(self, api: Api, job_id: str, **options: Any) -> None:
        self.events: list[dict[str, Any]] = []
        self.comments = 0
        self.status = 0
        self.headers = httpx.Headers()
        self._url = f"{api.url}/v1/jobs/{job_id}/events"
        self._options = options
        self._response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with httpx.stream("GET", self._url, timeout=30, trust_env=False, **self._options) as response:
            self.status, self.headers, self._response = response.status_code, response.headers, response
            event: dict[str, Any] = {}
            try:
                for line in response.iter_lines():
                    name, _, value = line.partition(":")
                    if not line and "data" in event:
                        self.events.append({**event, "data": json.loads(event["data"])})
                        event = {}
                    elif line.startswith(":"):
                        self.comments += 1
                    elif line:
                        event[name] = value.strip()
            except httpx.HTTPError:
                return

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    @property
    def types(self) -> list[str]:
        return [event["event"] for event in self.events]

    def has(self, *types: str) -> bool:
        return set(types) <= set(self.types)


def test_events_are_sent_immediately_and_the_stream_ends_with_the_job(api: Api) -> None:
    job = api.job()
    listener = Listener(api, job["id"])
    until(lambda: listener.has("state"))
    assert (listener.status, listener.headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    assert listener.headers["cache-control"] == "no-store"
    assert listener.events[0]["data"]["state"] == "queued"
    assert listener.events[0]["retry"] == "2000"
    prepare(api.store, job["id"])
    until(lambda: listener.has("prepared"))
    assert not listener.ended
    separate(api.store, job["id"], 0)
    until(lambda: listener.has("chunk_done"))
    api.store.records.request_cancel(job["id"])
    until(lambda: listener.ended)
    assert listener.types[-2:] == ["cancel_requested", "state"]
    assert listener.events[-1]["data"]["state"] == "canceled"
    revisions = [event["data"]["revision"] for event in listener.events]
    assert revisions == sorted(set(revisions))
    ids = [tuple(map(int, event["id"].split("-"))) for event in listener.events]
    assert ids == sorted(set(ids))
    assert revisions[-1] == api.store.records.get(job["id"]).revision


def test_every_event_matches_the_contract(api: Api) -> None:
    description = api.client.get("/openapi.json").json()
    valid = Draft202012Validator({**description, "$ref": "#/components/schemas/JobEvent"})
    succeeded, failed, canceled = (api.job(cache="false")["id"] for _ in range(3))
    api.store.records.request_cancel(canceled)
    succeed(api, succeeded)
    lease = claim(api.store, Kind.prepare, failed)
    fetched = api.store.records.get(failed).source.model_copy(update={"bytes": 7})
    api.store.leases.describe_source(lease, fetched, None)
    api.store.leases.fail_job(lease, NoAudio("The file has no sound in it."))
    listeners = [Listener(api, job_id) for job_id in (succeeded, failed, canceled)]
    until(lambda: all(listener.ended for listener in listeners))
    events = [event for listener in listeners for event in listener.events]
    assert {event["event"] for event in events} == set(EVENTS)
    for event in events:
        valid.validate(event)
    assert not valid.is_valid({"event": "error", "data": events[0]["data"]}), "it would fire EventSource.onerror"
    written = "".join(path.read_text() for path in Path("core/jobs/lua").glob("*.lua"))
    assert set(re.findall(r"event\(job, '(\w+)'", written)) == set(EVENTS)


@pytest.mark.parametrize("how", ["header", "query"])
def test_a_listener_resumes_after_last_event_id(how: str, api: Api) -> None:
    job = api.job()
    succeed(api, job["id"])
    whole = Listener(api, job["id"])
    until(lambda: whole.ended)
    middle = whole.events[len(whole.events) // 2]["id"]
    options = {"headers": {"Last-Event-ID": middle}} if how == "header" else {"params": {"last_event_id": middle}}
    rest = Listener(api, job["id"], **options)
    until(lambda: rest.ended)
    assert [event["id"] for event in whole.events[len(whole.events) // 2 + 1 :]] == [
        event["id"] for event in rest.events
    ]
    last = {"Last-Event-ID": whole.events[-1]["id"]}
    over = api.client.get(f"/v1/jobs/{job['id']}/events", headers=last)
    assert (over.status_code, over.content) == (204, b""), "EventSource stops reconnecting"


def test_many_listeners_of_several_jobs_share_few_connections(api: Api) -> None:
    jobs = [api.job()["id"] for _ in range(3)]
    many = [Listener(api, job_id) for job_id in jobs for _ in range(20)]
    until(lambda: all(one.has("state") for one in many))
    prepare(api.store, jobs[0])
    until(lambda: all(one.has("prepared") for one in many[:20]))
    assert not any(one.has("prepared") for one in many[20:])
    clients: Any = api.store.client.client_list()
    assert 0 < sum(client["name"] == CLIENT_NAME for client in clients) <= CONNECTIONS
    for job_id in jobs:
        api.store.records.request_cancel(job_id)
    until(lambda: all(one.ended for one in many))
    assert {one.events[-1]["data"]["state"] for one in many} == {"canceled"}
    assert len({tuple(event["id"] for event in one.events) for one in many}) == 3


def test_a_heartbeat_is_sent_while_idle(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.1)
    job = api.job()
    listener = Listener(api, job["id"])
    until(lambda: listener.comments >= 2)
    assert listener.types == ["state"]
    api.store.records.request_cancel(job["id"])
    until(lambda: listener.ended)


def test_a_listener_after_the_removal_of_events_gets_the_final_state(api: Api) -> None:
    job = api.job()
    api.store.records.request_cancel(job["id"])
    api.store.client.delete(f"vl:job:{job['id']}:events")
    listener = Listener(api, job["id"])
    until(lambda: listener.ended)
    assert [event["data"]["state"] for event in listener.events] == ["canceled"]
    assert set(listener.events[0]["data"]) == {"state", "revision", "at", "fraction"}


def test_a_stream_whose_job_vanishes_ends(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.1)
    job = api.job()
    listener = Listener(api, job["id"])
    until(lambda: listener.has("state"))
    api.store.client.flushall()
    until(lambda: listener.ended)


def test_disconnected_listeners_leave_nothing_behind(api: Api) -> None:
    job = api.job()
    for _ in range(5):
        with httpx.stream("GET", f"{api.url}/v1/jobs/{job['id']}/events", trust_env=False) as response:
            assert next(response.iter_lines())
    until(lambda: not api.services.listening._waiting)
    assert claim(api.store, Kind.prepare, job["id"])


def test_unknown_jobs_and_malformed_ids_are_problems(api: Api) -> None:
    assert_problem(api.client.get("/v1/jobs/job_0/events"), 404, "not_found")
    job = api.job()
    for odd in ("x", "1-", "-1", "99999999999999999999-0", "１-１"):
        response = api.client.get(f"/v1/jobs/{job['id']}/events", params={"last_event_id": odd})
        assert_problem(response, 422, "invalid_request")
