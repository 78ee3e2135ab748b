"""From the proxy's edge to the engine, every line about a job says which request, job and chunk it is about."""

from watched import Watched


def test_a_job_can_be_followed_by_its_ids(watched: Watched) -> None:
    lines = watched.logged()
    for number, job in enumerate(watched.jobs):
        about = [
            line for line in lines if line.get("job_id") == job["id"] or line.get("request_id") == f"edge-{number}"
        ]
        assert {line["request_id"] for line in about if "task" in line["logger"]} <= {f"edge-{number}"}
        assert {line["process"] for line in about} >= {"api", "worker", "janitor", "courier"}, job["id"]
        done = {line["message"]: line for line in about if line["message"].endswith(" done")}
        assert "prepare done" in done
        for line in done.values():
            assert line["request_id"] == f"edge-{number}", line
            assert line["job_id"] == job["id"], line
        chunks = {line["chunk"] for line in about if line["message"] == "separate done"}
        cached = job["timings"]["inference_s"] == 0
        assert chunks == (set() if cached else set(range(job["progress"]["chunks_total"])))


def test_every_line_is_json_with_a_time_a_level_and_a_process(watched: Watched) -> None:
    ours = ("api.1", "worker-gpu.1", "worker-cpu.1", "janitor.1", "courier.1")
    parts = [line.partition(" | ") for line in watched.log.read_text().splitlines()]
    for head, _, text in parts:
        if head.split()[-2:-1] and head.split()[1] in ours and not text.startswith(("{", "  ")) and text.strip():
            raise AssertionError(f"not JSON: {head} {text}")
    for line in watched.logged():
        assert {"time", "level", "logger", "process", "message"} <= line.keys()
