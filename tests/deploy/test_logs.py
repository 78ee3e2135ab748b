"""From the API to the engine, every line about a job has the ids of request, job and chunk."""

import re

from tests.support.watched import Watched

AFTERWARDS = {"after_leases", "expired"}  # sweeps of an old job, whose record is not read any more


def test_a_job_can_be_followed_by_its_ids(watched: Watched) -> None:
    lines = watched.logged()
    for number, job in enumerate(watched.jobs):
        of_request = [line for line in lines if line.get("request_id") == f"edge-{number}"]
        assert {line.get("job_id", job["id"]) for line in of_request} == {job["id"]}, (
            "the request created only this job"
        )
        assert {line["process"] for line in of_request} == {"api", "worker-gpu", "worker-cpu", "janitor", "courier"} - (
            {"worker-gpu"} if job["timings"]["inference_s"] == 0 else set()
        )
        done = [line["message"] for line in of_request]
        assert "prepare succeeded" in done
        assert "webhook delivered" in done
        chunks = {line["chunk"] for line in of_request if line["message"] == "separate succeeded"}
        cached = job["timings"]["inference_s"] == 0
        assert chunks == (set() if cached else set(range(job["progress"]["chunks_total"])))


def test_every_line_about_a_task_has_its_ids(watched: Watched) -> None:
    lines = watched.logged()
    tasks = [
        line
        for line in lines
        if line["logger"] in ("worker.resident", "worker.spool") or "worker.tasks" in line["logger"]
    ]
    assert len(tasks) > 10
    for line in tasks:
        assert {"request_id", "job_id", "token", "attempt"} <= line.keys(), line
        assert ("chunk" in line) == line["message"].startswith("separate"), line
    ended = [
        line
        for line in lines
        if line["message"] in ("swept", "webhook delivered") and line.get("sweep") not in AFTERWARDS
    ]
    assert len(ended) > 3
    for line in ended:
        assert {"request_id", "job_id"} <= line.keys(), line
    requests = [line for line in lines if line["logger"] == "api.access"]
    for line in requests:
        assert "request_id" in line
        assert ("job_id" in line) == ("/v1/jobs/" in line["message"]), line


def test_a_job_that_fails_is_logged_with_its_code(watched: Watched) -> None:
    failed = [line for line in watched.logged() if line["process"] == "janitor" and "code" in line]
    assert [line["message"] for line in failed] == [f"job failed: {line['code']}" for line in failed]
    assert len(failed) == watched.accepted - len(watched.jobs)
    assert all("job_id" in line for line in failed)


def test_the_s3_server_logs_no_errors(watched: Watched) -> None:
    lines = [line for line in watched.log.read_text().splitlines() if " s3.1 " in line.partition(" | ")[0] + " "]
    assert not [line for line in lines if re.search("ERROR|not empty", line)]


def test_every_line_is_json_with_a_time_a_level_and_a_process(watched: Watched) -> None:
    services = ("api.1", "worker-gpu.1", "worker-cpu.1", "janitor.1", "courier.1")
    parts = [line.partition(" | ") for line in watched.log.read_text().splitlines()]
    for head, _, text in parts:
        if head.split()[1:2] and head.split()[1] in services:
            assert text.startswith("{"), f"not JSON: {head} {text}"
    for line in watched.logged():
        assert {"time", "level", "logger", "process", "message"} <= line.keys()
