"""`make test` leaves no process behind, however it ends."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
MARK = "VOICELIFT_TEST_MARK"
# A server in a separate session, which no interrupt reaches; normally a fixture stops it.
TEST = """
import subprocess, sys, threading
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def server():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    yield process
    process.wait()

def test_it(server):
    Path(__file__).with_suffix(".started").touch()
    {body}
"""


@pytest.fixture
def mark() -> Iterator[str]:
    mark = secrets.token_hex(8)
    yield mark
    for process in marked(mark):  # only after a failure
        process.kill()


def marked(mark: str) -> list[psutil.Process]:
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                processes.append(process)
        except psutil.Error:
            continue
    return processes


def run(folder: Path, mark: str, body: str, workers: int) -> subprocess.Popen[bytes]:
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(TEST.format(body=body))
    command = [sys.executable, "-m", "tests.support.supervised", "-q", "-p", "no:cacheprovider", "-p", "xdist"]
    command += ["-c", os.devnull, "--rootdir", str(folder), "-n", str(workers), "--dist", "loadfile", str(folder)]
    environment = {**os.environ, MARK: mark, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupt_leaves_no_process(tmp_path: Path, mark: str, workers: int) -> None:
    running = run(tmp_path, mark, "threading.Event().wait()", workers)
    expected = 2 if workers else 1
    until(lambda: len(list(tmp_path.glob("*.started"))) == expected, "the tests run", 120)
    assert len(marked(mark)) >= 2 + expected
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to all in the foreground
    os.killpg(running.pid, signal.SIGINT)  # a second interrupt
    running.wait(120)
    assert running.returncode != 0
    assert marked(mark) == []


def test_a_finished_run_returns_its_status_and_leaves_no_process(tmp_path: Path, mark: str) -> None:
    running = run(tmp_path, mark, "server.kill(); assert False", 2)
    assert running.wait(120) == 1
    assert marked(mark) == []
