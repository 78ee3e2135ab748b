"""Run a local stack: honcho runs the Procfile's servers first, then, once they respond, the app's processes.

Two runs of honcho instead of one, so that all servers run before the app starts, and stop after it. honcho ends a run
when one of its processes ends; `Stack.check` turns that into an error.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO

import httpx
import psutil
import redis

from deploy.local.plan import Plan, StackError

ROOT = Path(__file__).resolve().parent.parent.parent
PROCFILE = Path(__file__).with_name("Procfile")  # run by processes.py
_ENDED = re.compile(r"system\s*\| \S+ stopped \(rc=")  # honcho's line about the first ended process
START_S = 180.0  # a worker is ready after it has loaded and warmed up its model
STOP_S = 60.0  # as in supervisors; processes.py kills a little earlier


def require_checkout() -> None:
    """Raises StackError where the required files are not installed, as in a wheel."""
    missing = [path for path in (PROCFILE, ROOT / "models") if not path.exists()]
    if missing:
        raise StackError(
            f"{missing[0]} is missing. Run Voicelift from a checkout (clone the repository and run `make serve`) or "
            "from its images (docker-compose.yml)."
        )


class Stack:
    """The running processes of a plan. A context manager that stops all of them at its end.

    `log` receives the output of all processes; None: this process's standard output.
    """

    def __init__(self, plan: Plan, log: Path | None = None) -> None:
        self.plan = plan
        self._log = log
        self._runs: list[subprocess.Popen[bytes]] = []
        self._ended = Path(tempfile.mkdtemp(prefix="voicelift-"))  # a folder per run, with its first ended process

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> subprocess.Popen[bytes]:
        """Start everything; returns the app's run when the API is ready and the plan's workers are alive. Raises
        StackError."""
        if self.plan.backends:
            self.run(*self.plan.backends)
        self._await(self._redis_responds, "Redis")
        self._await(self._s3_responds, "The S3 server")
        app = self.run(*self.plan.app)
        self._await(self._api_ready, "The API")
        return app

    def run(self, *names: str) -> subprocess.Popen[bytes]:
        """Start these processes of the Procfile under one honcho."""
        ended = self._ended / str(len(list(self._ended.iterdir())))
        ended.mkdir()
        command = [sys.executable, "-m", "deploy.local.processes", str(ended / "first"), *names]
        with _signals_deferred(), self._output() as output:
            # A separate session: Ctrl-C reaches only this process, which then stops the parts in order.
            run = subprocess.Popen(
                command, cwd=ROOT, env=self.plan.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self._runs.append(run)
        return run

    def check(self) -> None:
        """Raises StackError when a process of the stack has ended."""
        first = next(self._ended.glob("*/first"), None)
        if first is not None and len(fields := first.read_text().split()) == 2:
            raise StackError(f"{fields[0]} has stopped (exit status {fields[1]}).{self._last_lines(_ENDED)}")
        if any(run.poll() is not None for run in self._runs):
            raise StackError(f"A part of the stack has stopped.{self._last_lines(_ENDED)}")

    def end(self, run: subprocess.Popen[bytes]) -> None:
        """Stop the processes of `run`."""
        self._runs.remove(run)
        _stop(run)

    def stop(self) -> None:
        """Stop every process, the latest run first, and check that none is left. Ctrl-C is ignored."""
        with _signals_ignored():
            while self._runs:
                _stop(self._runs.pop())
            shutil.rmtree(self._ended, ignore_errors=True)

    def _output(self) -> contextlib.AbstractContextManager[IO[bytes] | None]:
        return self._log.open("ab") if self._log else contextlib.nullcontext()

    def _await(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{what} was not ready within {START_S:g} s.{self._last_lines()}")
            time.sleep(0.1)

    def _redis_responds(self) -> bool:
        try:
            with redis.Redis.from_url(self.plan.environment["REDIS_URL"], socket_timeout=5) as client:
                return bool(client.ping())
        except redis.AuthenticationError as error:
            raise StackError(f"Redis at REDIS_URL rejects its password: {error}") from error
        except redis.RedisError:
            return False

    def _s3_responds(self) -> bool:
        try:
            httpx.get(self.plan.environment["S3_ENDPOINT_URL"], timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return True  # a refusal is a response, too: the request was not signed

    def _api_ready(self) -> bool:
        try:
            response = httpx.get(f"{self.plan.url}/readyz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        # "degraded": no worker yet; final where none was planned
        expected = {"ready"} if "worker-gpu" in self.plan.app else {"ready", "degraded"}
        return response.is_success and response.json()["status"] in expected

    def _last_lines(self, until: re.Pattern[str] | None = None) -> str:
        """The end of the log, or the lines up to the first match of `until`."""
        if self._log is None or not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").splitlines()
        end = next((number for number, line in enumerate(lines, 1) if until and until.search(line)), len(lines))
        lines = lines[max(0, end - 30) : end]
        return "\n".join(["", f"The last lines of its log ({self._log}):", *(f"  {line}" for line in lines)])


def _stop(run: subprocess.Popen[bytes]) -> None:
    """Ask honcho to stop its processes; kill those that remain after STOP_S, orphans included."""
    sessions = _sessions_below(run.pid)
    run.terminate()
    deadline = time.monotonic() + STOP_S
    while run.poll() is None and time.monotonic() < deadline:
        sessions |= _sessions_below(run.pid)  # a starting honcho may still start a process
        time.sleep(0.05)
    left = [process for process in psutil.process_iter() if _session(process.pid) in sessions]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5.0)
    run.wait()


def _sessions_below(pid: int) -> set[int]:
    """The sessions of a honcho and its processes: it starts each in a separate one."""
    with contextlib.suppress(psutil.NoSuchProcess):
        below = psutil.Process(pid).children(recursive=True)
        return {pid, *(_session(process.pid) for process in below)} - {0}
    return {pid}


def _session(pid: int) -> int:
    """The session of a process; 0 when it is gone."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


_END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def _signals_ignored() -> Iterator[None]:
    """Ignore the signals that ask this process to end."""
    with _signal_handler(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _signals_deferred() -> Iterator[None]:
    """Delay those signals until the end of the block: a process is started and recorded, or neither."""
    came: list[int] = []
    with _signal_handler(lambda number, _frame: came.append(number)):
        yield
    if came:
        signal.raise_signal(came[0])


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGTERM and SIGHUP unwind like Ctrl-C, so that a `with Stack(...)` inside ends properly."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _signal_handler(interrupt):
        yield


@contextlib.contextmanager
def _signal_handler(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    """Handle the end signals by `handler` for a while, except those that the caller ignores (nohup)."""
    before = {number: signal.getsignal(number) for number in _END_SIGNALS}
    handled = [number for number in _END_SIGNALS if before[number] != signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
