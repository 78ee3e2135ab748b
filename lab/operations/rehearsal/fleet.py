"""Common parts of rehearsals: a stack whose processes start and stop individually, songs to separate, and figures."""

import dataclasses
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.local import client, plan
from deploy.local.stack import Stack, interruptible

ALL_BUT_API = ("worker-gpu", "worker-cpu", "janitor", "courier")  # the app without the API
LIMIT_S = 600.0
_PORTS = ("VOICELIFT_PORT", "GPU_METRICS_PORT", "CPU_METRICS_PORT", "JANITOR_METRICS_PORT", "COURIER_METRICS_PORT")


def run_rehearsal(rehearse: Callable[[Path], None]) -> int:
    """Run a rehearsal in a temporary folder; returns the exit status. A failure is reported in a sentence."""
    folder = Path(tempfile.mkdtemp(prefix="voicelift-rehearsal-"))
    try:
        with interruptible():
            rehearse(folder)
    except (plan.StackError, client.ClientError) as error:
        print(f"The rehearsal failed. {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


class Fleet:
    """One build of the app on a plan: each process under a separate manager, so that it can stop alone."""

    def __init__(self, planned: plan.Plan, log: Path) -> None:
        self.stack = Stack(dataclasses.replace(planned, app=("api",)), log)
        self.runs: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return self.stack.plan.url

    def start(self) -> None:
        """Start everything; returns when the API is ready and the workers are alive."""
        self.runs["api"] = self.stack.start()
        for name in ALL_BUT_API:
            self.run(name)
        until(lambda: self.slots("gpu") > 0 and self.slots("cpu") > 0, "workers are registered")

    def run(self, name: str) -> None:
        self.runs[name] = self.stack.run(name)

    def kill(self, name: str) -> None:
        """kill -9: no clean-up."""
        for process in psutil.Process(self.runs.pop(name).pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def end(self, name: str) -> None:
        """SIGTERM, as a supervisor does."""
        self.stack.end(self.runs.pop(name))

    def slots(self, queue: str) -> float:
        """Slots of live workers, from the API's metrics."""
        with suppress(httpx.TransportError):
            for line in httpx.get(f"{self.url}/metrics", timeout=10, trust_env=False).text.splitlines():
                if line.startswith(f'voicelift_worker_slots{{queue="{queue}"}}'):
                    return float(line.split()[-1])
        return 0.0


@contextmanager
def fleet(folder: Path, changes: dict[str, str] | None = None) -> Iterator[Fleet]:
    """A fleet on a separate plan, Redis and S3 included, with its data in `folder`; not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    new = Fleet(plan.make(folder, {**os.environ, **(changes or {})}), folder / "log")
    with new.stack:
        yield new


@contextmanager
def second_build(old: Fleet, build: Path, log: Path) -> Iterator[Fleet]:
    """Another build of the app, its code in `build`, on the same Redis and S3; not started yet."""
    ports = map(str, plan.free_ports(len(_PORTS)))
    environment = old.stack.plan.environment | dict(zip(_PORTS, ports, strict=True))
    environment |= {"STACK": secrets.token_hex(4), "PYTHONPATH": str(build)}
    api = Fleet(plan.Plan((), ("api",), environment), log)
    with api.stack:
        yield api


def post(url: str, song: Path, count: int = 1) -> list[str]:
    """Submit the song so many times; returns the URLs of the jobs."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        return [f"/v1/jobs/{client.post(http, song)['id']}" for _ in range(count)]


def jobs(url: str, paths: list[str]) -> list[dict[str, Any]]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        return [http.get(path).raise_for_status().json() for path in paths]


def wait_for_job(http: httpx.Client, path: str) -> None:
    """Returns when the job has ended. Raises StackError."""
    until(lambda: http.get(path).raise_for_status().json()["state"] in client.TERMINAL, f"{path} has ended")


def wait_for_jobs(url: str, paths: list[str]) -> list[dict[str, Any]]:
    """The jobs, after all of them have ended."""
    bodies: list[dict[str, Any]] = []

    def all_finished() -> bool:
        bodies[:] = jobs(url, paths)
        return all(job["state"] in client.TERMINAL for job in bodies)

    until(all_finished, "all jobs have ended")
    return bodies


def until(condition: Callable[[], bool], what: str) -> float:
    """Wait for `condition`; returns the seconds. Raises StackError."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > LIMIT_S:
            raise plan.StackError(f"Not within {LIMIT_S:g} s: {what}.")
        time.sleep(0.1)
    return time.monotonic() - started
