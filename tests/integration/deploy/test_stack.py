"""The local stack's servers: they start, respond, are reported when they die, and leave nothing behind."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import redis

from deploy.local import plan
from deploy.local.stack import Stack, interruptible
from tests.support.waiting import until

MARK = "VOICELIFT_TEST_MARK"


def left(mark: str, folder: Path) -> list[psutil.Process]:
    """Every process that inherited the mark, or runs in the folder: Redis overwrites its environment."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark or Path(process.cwd()).is_relative_to(folder):
                processes.append(process)
        except psutil.Error:
            continue
    return processes


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[str]:
    mark = secrets.token_hex(8)
    yield mark
    for process in left(mark, tmp_path):  # only after a failure
        process.kill()


@pytest.fixture
def servers(tmp_path: Path, mark: str) -> plan.Plan:
    return plan.make(tmp_path, {"PATH": os.environ["PATH"], MARK: mark})


def started(stack: Stack) -> None:
    stack.run(*stack.plan.backends)

    def respond() -> bool:
        stack.check()
        return stack._redis_responds() and stack._s3_responds()

    until(respond, "Redis and S3 respond")


def watch(stack: Stack, seconds: float) -> None:
    """Until a part has stopped, which is an error."""

    def stopped() -> bool:
        stack.check()
        return False

    until(stopped, "a process stops", seconds)


def test_servers_respond_and_are_stopped_afterwards(servers: plan.Plan, mark: str, tmp_path: Path) -> None:
    with Stack(servers, tmp_path / "log") as stack:
        started(stack)
        with redis.Redis.from_url(servers.environment["REDIS_URL"]) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "always"}
        unsigned = httpx.get(servers.environment["S3_ENDPOINT_URL"], trust_env=False)
        assert unsigned.is_client_error  # it responds, but requires authentication
        assert len(left(mark, tmp_path)) >= 3  # honcho, redis-server, weed
    assert left(mark, tmp_path) == []


def test_data_survives_a_restart(tmp_path: Path, mark: str) -> None:
    for number in (1, 2):
        planned = plan.make(tmp_path, {"PATH": os.environ["PATH"], MARK: mark})
        with Stack(planned, tmp_path / "log") as stack:
            started(stack)
            with redis.Redis.from_url(planned.environment["REDIS_URL"]) as client:
                assert client.incr("starts") == number


def test_a_dead_server_is_reported_with_its_log(servers: plan.Plan, mark: str, tmp_path: Path) -> None:
    with Stack(servers, tmp_path / "log") as stack:
        started(stack)
        (server,) = [process for process in left(mark, tmp_path) if process.name() == "redis-server"]
        server.kill()
        with pytest.raises(plan.StackError, match=r"redis has stopped \(exit status -9\)") as caught:
            watch(stack, 20)
        assert "redis.1" in str(caught.value)
    assert left(mark, tmp_path) == []


def test_processes_of_a_stuck_honcho_are_stopped(
    servers: plan.Plan, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.stack.STOP_S", 1.0)
    with Stack(servers, tmp_path / "log") as stack:
        started(stack)
        os.kill(stack._runs[0].pid, signal.SIGSTOP)  # honcho can pass on no signal
    assert left(mark, tmp_path) == []


def test_a_port_taken_meanwhile_is_an_error_with_the_log(tmp_path: Path, mark: str) -> None:
    first = plan.make(tmp_path / "a", {"PATH": os.environ["PATH"], MARK: mark})
    with Stack(first, tmp_path / "log") as stack:
        started(stack)
        second = plan.make(tmp_path / "b", {"PATH": os.environ["PATH"], MARK: mark})
        second.environment["S3_ARGUMENTS"] = first.environment["S3_ARGUMENTS"]
        with Stack(second, tmp_path / "log2") as other:
            other.run("s3")
            with pytest.raises(plan.StackError, match="is not available on 127"):
                watch(other, 20)
    assert left(mark, tmp_path) == []


@pytest.mark.parametrize("processes", [0, 1, 2, 3, 4])
def test_a_stack_stopped_while_it_starts_leaves_nothing(
    servers: plan.Plan, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr("deploy.local.stack.STOP_S", 3.0)
    with Stack(servers, tmp_path / "log") as stack:
        stack.run("redis", "s3")
        until(lambda: len(left(mark, tmp_path)) >= processes, f"{processes} processes have started")
    assert left(mark, tmp_path) == []


def test_an_interrupt_during_a_process_start_is_deferred(
    servers: plan.Plan, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    popen = subprocess.Popen

    def interrupted_popen(*args: Any, **kwargs: Any) -> Any:
        started = popen(*args, **kwargs)
        signal.raise_signal(signal.SIGINT)
        return started

    monkeypatch.setattr(subprocess, "Popen", interrupted_popen)
    # As in a terminal, though these tests may themselves run in the background, where Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), interruptible(), Stack(servers, tmp_path / "log") as stack:
            stack.run("redis", "s3")
    finally:
        signal.signal(signal.SIGINT, before)
    assert left(mark, tmp_path) == []
