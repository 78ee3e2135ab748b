"""A service to attack: the processes of deploy/local with a separate Redis (AOF, appendfsync always) and S3 server,
each of which can be killed, frozen, terminated and restarted."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from honcho.environ import parse_procfile

from core import storage
from core.access.keys import Keys, Limits
from core.jobs import queue
from core.jobs.names import redis_key
from core.jobs.store import JobStore
from core.settings import Settings
from deploy.local import plan
from deploy.local.stack import PROCFILE

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny"
WAIT_S = 300.0
PROBES = {
    "api": "VOICELIFT_PORT",
    "worker-gpu": "GPU_METRICS_PORT",
    "worker-cpu": "CPU_METRICS_PORT",
    "janitor": "JANITOR_METRICS_PORT",
    "courier": "COURIER_METRICS_PORT",
}
FREE = Limits(requests_per_minute=0, submissions_per_minute=0, jobs_in_flight=0, audio_s_per_day=0)


class Place:
    """`changes` are environment variables of the service. Requests use `http`, with a key of the tenant "chaos"."""

    def __init__(self, folder: Path, changes: dict[str, str]) -> None:
        foreign = ("VOICELIFT_", "REDIS_", "S3_", "AWS_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        usual = {
            "VOICELIFT_MODEL_DIR": str(TINY),
            "VOICELIFT_LOG_FORMAT": "json",
            "VOICELIFT_AUTH": "on",
            "VOICELIFT_THREADS": "1",
            "VOICELIFT_LEAST_FREE_BYTES": "0",
            "OMP_NUM_THREADS": "1",
        }
        planned = plan.make(folder / "data", {**kept, **usual, **changes})
        self.url, self.environment, self.logs = planned.url, planned.environment, folder / "logs"
        self.data, self.work = folder / "data", Path(planned.environment["VOICELIFT_WORK_DIR"])
        self.logs.mkdir()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, str] = dict(parse_procfile(PROCFILE.read_text()).processes)
        self._names = (*planned.backends, *planned.app)
        self.settings = _settings(planned.environment)
        self.store = JobStore.from_settings(self.settings, patient=True)
        self.storage = storage.from_settings(self.settings)
        self.celery = queue.make_celery(self.settings)
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    # ------------------------------------------------------------- processes

    def start_all(self) -> None:
        for name in self._names:
            self.start(name)
            if name == "s3":
                until(lambda: self.up("redis") and self.up("s3"), "Redis and S3 respond")
        until(lambda: all(self.up(name) for name in self._names), "all processes are up")
        until(
            lambda: self.store.backlog.stats().gpu_slots > 0 and self.store.backlog.stats().cpu_slots > 0,
            "workers are registered",
        )
        self.http.headers.update(self.headers("chaos"))

    def headers(self, tenant: str) -> dict[str, str]:
        """Headers for requests of `tenant`, with a new key without limits."""
        return {"Authorization": f"Bearer {Keys(self.store.client).create('chaos', tenant, None, FREE)[1]}"}

    def start(self, name: str, **changes: str) -> subprocess.Popen[bytes]:
        """Start a process of the Procfile; a number at the end of `name` marks another one of the kind."""
        kind = name if name in self._commands else name.rstrip("0123456789")
        environment = self.environment | changes
        if kind != name:
            environment |= {PROBES[kind]: str(plan.free_ports(1)[0]), "STACK": secrets.token_hex(4)}
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                ["/bin/sh", "-c", self._commands[kind]],
                cwd=PROCFILE.parents[2], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def send(self, name: str, number: int) -> None:
        self.processes[name].send_signal(number)

    def kill(self, name: str) -> None:
        """kill -9."""
        self.send(name, signal.SIGKILL)
        self.processes.pop(name).wait()

    def end(self, name: str) -> float:
        """SIGTERM, as a supervisor does; returns the seconds until the process has ended."""
        started = time.monotonic()
        self.send(name, signal.SIGTERM)
        self.processes.pop(name).wait(120)
        return time.monotonic() - started

    def up(self, name: str) -> bool:
        """Whether the process responds."""
        if name == "redis":
            with contextlib.suppress(Exception), self.store.client.__class__.from_url(self.settings.redis_url) as probe:
                return bool(probe.ping())
            return False
        address = self.environment["S3_ENDPOINT_URL"]
        if name in PROBES:
            address = f"http://{plan.LOOPBACK}:{self.environment[PROBES[name]]}/livez"
        try:
            httpx.get(address, timeout=2, trust_env=False)
        except httpx.TransportError:
            return False
        return True

    def await_up(self, name: str) -> None:
        until(lambda: self.up(name), f"{name} is up")

    def ended(self) -> list[str]:
        """Processes that have ended unexpectedly."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def await_idle(self) -> None:
        """Wait until no job is in flight and no message is queued or unacknowledged, so that the next scenario does
        not count them. Messages of killed workers stay unacknowledged for an hour."""
        client = self.store.client

        def idle() -> bool:
            unfinished = client.scard(redis_key("live")) or client.exists("cpu", "unacked")
            return not unfinished and not any(client.scan_iter("gpu.*"))

        until(idle, "no job in flight, no message queued or unacknowledged")

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.processes[name].pid)

    def stop_all(self) -> None:
        sessions = {process.pid for process in self.processes.values()}  # each has a separate one
        left = [each for each in psutil.process_iter() if _session(each.pid) in sessions]
        for each in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(left, timeout=10)
        for process in self.processes.values():
            process.wait()
        self.http.close()
        self.celery.close()
        self.store.client.close()

    # ------------------------------------------------------------- logs and metrics

    def log_lines(self, *names: str) -> Iterator[dict[str, Any]]:
        """The JSON log lines of processes whose names begin with the prefix."""
        for path in sorted(self.logs.glob("*.log")):
            if path.stem.startswith(names):
                for line in path.read_text(errors="replace").splitlines():
                    with contextlib.suppress(ValueError):
                        if isinstance(record := json.loads(line), dict):
                            yield record

    def metric(self, name: str, probe: str) -> float:
        """The sum of a metric of a process, over its labels."""
        text = httpx.get(
            f"http://{plan.LOOPBACK}:{self.environment[PROBES[probe]]}/metrics", timeout=10, trust_env=False
        ).text
        lines = (line for line in text.splitlines() if line.partition("{")[0].partition(" ")[0] == name)
        return sum(float(line.rpartition(" ")[2]) for line in lines)


@contextmanager
def place(folder: Path, changes: dict[str, str], disks: dict[str, int]) -> Iterator[Place]:
    """A running place. `disks`: sizes in bytes of folders below its data (a tmpfs, which requires root). No process
    is left behind."""
    with contextlib.ExitStack() as stack:
        for name, size in disks.items():
            stack.enter_context(_small_disk(folder / "data" / name, size))
        folder.mkdir(parents=True, exist_ok=True)
        place = Place(folder, changes)
        stack.callback(place.stop_all)
        place.start_all()
        yield place


@contextmanager
def _small_disk(path: Path, size: int) -> Iterator[None]:
    path.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def until(condition: Callable[[], bool], what: str, limit_s: float = WAIT_S) -> float:
    """Wait for `condition`; returns the seconds. Raises TimeoutError."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > limit_s:
            raise TimeoutError(f"not within {limit_s:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - started


def _settings(environment: dict[str, str]) -> Settings:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        return Settings()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0
