"""docker-compose.yml, as far as it can be tested without Docker: schema, hardening, commands of the servers."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from api.settings import ApiSettings
from deploy.compose.make_secrets import make
from deploy.local import s3
from deploy.local.plan import free_ports, redis_server, s3_ports
from tests.support.dockerfile import stages
from tests.support.waiting import until
from tests.support.watched import ROOT
from worker.resident import DRAIN_WITHIN_S

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_the_file_matches_the_compose_schema() -> None:
    program = str(Path(sys.executable).with_name("check-jsonschema"))
    check = [program, "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_hardened_monitored_and_pinned(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "healthcheck" in service or service["image"].startswith("voicelift-"), "the project's images have one"
    tag = service["image"].partition(":")[2]
    assert tag and tag[0] in "v0123456789"
    for port in service.get("ports", []):
        assert port.startswith(("127.0.0.1:", "${")) and "0.0.0.0" not in port
    if name.startswith("worker"):
        assert int(service["stop_grace_period"].removesuffix("s")) >= DRAIN_WITHIN_S + 20


@pytest.mark.parametrize("name", [name for name in SERVICES if name.startswith("worker")])
def test_the_next_worker_sees_the_tmp_of_the_previous_one(name: str) -> None:
    """With a tmpfs a stem that waits for S3 (worker/spool.py) would be lost and count against the memory."""
    assert SERVICES[name]["volumes"] == ["work:/tmp", "./models:/models:ro"]
    assert SERVICES[name]["tmpfs"] == []


def test_no_secret_is_in_an_environment_or_a_command() -> None:
    for name, service in SERVICES.items():
        texts = [*map(str, (service.get("environment") or {}).items()), *map(str, service.get("command", []))]
        for text in texts:
            assert not any(word in text.lower() for word in ("password=", "secret=", "${aws", "${redis")), (name, text)
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]


def test_secrets_are_generated_once_and_kept(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert make(secrets) == []
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def test_settings_take_the_secrets(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOICELIFT_SECRETS_DIR", str(secrets))
    settings = ApiSettings()
    assert settings.redis_url == (secrets / "redis_url").read_text()
    assert settings.aws_access_key_id is not None
    assert settings.metrics_token is not None
    assert settings.token_secret is not None


APP_SERVICES = [name for name in SERVICES if name.startswith(("api", "worker", "janitor", "courier"))]


@pytest.mark.parametrize("name", APP_SERVICES)
def test_every_other_setting_comes_from_the_env_file(name: str) -> None:
    service = SERVICES[name]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    always = {"VOICELIFT_SECRETS_DIR", "S3_ENDPOINT_URL", "S3_PUBLIC_ENDPOINT_URL"}
    more = {"VOICELIFT_AUTH"} if name == "api" else {"VOICELIFT_DEVICE"} if "worker-gpu" in name else set()
    assert set(service["environment"]) == always | more
    for variable, value in service["environment"].items():
        if variable not in ("VOICELIFT_SECRETS_DIR", "VOICELIFT_DEVICE"):
            assert value.startswith(f"${{{variable}:-"), ".env takes precedence"


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    example = (ROOT / "deploy" / "compose" / "example.env").read_text()
    variables = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert variables > {"PROXY_LISTEN", "S3_LISTEN", "S3_SERVERS", "TORCH_INDEX"}
    for name in variables:
        assert f"\n#{name}=" in example


def test_an_image_is_built_once() -> None:
    """Compose builds in parallel: two builds of one tag fail on a machine without that image."""
    tags = [service["image"] for service in SERVICES.values() if "build" in service]
    assert len(tags) == len(set(tags))
    for name, service in SERVICES.items():
        if service["image"].startswith("voicelift-"):
            assert service["image"] in tags, name


def test_no_service_has_a_cpu_limit() -> None:
    """`cpus: 4` is refused on a machine with two cores."""
    assert not [name for name, service in SERVICES.items() if "cpus" in service]


def test_a_gpu_worker_requires_a_gpu() -> None:
    assert SERVICES["worker-gpu"]["environment"]["VOICELIFT_DEVICE"] == "${VOICELIFT_DEVICE:-cuda}"
    assert SERVICES["worker-gpu-1"]["environment"]["VOICELIFT_DEVICE"] == "cuda:1"
    assert SERVICES["worker-gpu-on-cpu"]["environment"]["VOICELIFT_DEVICE"] == "cpu"


def test_grafana_contacts_no_external_host() -> None:
    settings = SERVICES["grafana"]["environment"]
    off = ("ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES", "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
           "NEWS_NEWS_FEED_ENABLED", "PLUGINS_PLUGIN_ADMIN_ENABLED")  # fmt: skip
    on = ("PLUGINS_PREINSTALL_DISABLED", "PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED", "SECURITY_DISABLE_GRAVATAR")
    assert {settings[f"GF_{name}"] for name in off} == {"false"}
    assert {settings[f"GF_{name}"] for name in on} == {"true"}


@contextmanager
def running(command: list[str], secrets: Path, folder: Path, **replaced: str) -> Iterator[None]:
    """The command of a service, in folders of this machine."""
    moved = {"/run/secrets": str(secrets), "/data": str(folder / "data"), "/tmp/": f"{folder}/", **replaced}
    text = re.sub(
        "|".join(map(re.escape, sorted(moved, key=len, reverse=True))),
        lambda match: moved[match[0]],
        command[-1].replace("$$", "$"),
    )
    (folder / "data").mkdir()
    environment = {"PATH": PATH, "HOME": str(folder), "VOICELIFT_SECRETS_DIR": str(secrets)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command[:-1], text], env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(20) in (0, -15, 128 + 15), "it stops on SIGTERM"


def test_redis_has_a_password_and_persists_every_write(secrets: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    names = {"redis-server /tmp/redis.conf": f"{redis_server(PATH)} {tmp_path}/redis.conf --port {port}"}
    password = (secrets / "redis_password").read_text()
    command = SERVICES["redis"]["command"]
    with running(command, secrets, tmp_path, **names), redis.Redis(port=port, password=password) as client:

        def responds() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        until(responds, "Redis responds", 90)
        config = client.config_get("*")
        assert (config["appendonly"], config["appendfsync"], config["save"]) == ("yes", "always", "")
        assert (config["maxmemory-policy"], int(config["maxmemory"])) == ("noeviction", 1 << 30)
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_the_s3_server_is_started_with_its_keys(secrets: Path, tmp_path: Path) -> None:
    """The command of its image: that of a laptop except ports and folder."""
    *_, (_, command) = (step for step in stages("Dockerfile.s3")["final"] if step[0] == "CMD")
    shell = json.loads(command)
    for option in (*s3.QUIET, *s3.OPTIONS):
        assert f" {option} " in shell[-1]
    ports = s3_ports()
    moved = " ".join(s3.arguments("127.0.0.1", ports))
    key, secret = ((secrets / f"aws_{name}").read_text() for name in ("access_key_id", "secret_access_key"))
    own = re.search(r"-logtostderr.*(?= -dir=)", shell[-1])
    assert own is not None
    with running(shell, secrets, tmp_path, **{own[0]: moved}):

        def buckets(secret: str) -> list[str] | None:
            client = boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{ports[0]}",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                region_name="us-east-1",
                config=Config(retries={"total_max_attempts": 1}),
            )
            try:
                return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
            except (BotoCoreError, ClientError):
                return None

        until(lambda: buckets(secret) == [], "the S3 server responds", 90)
        assert buckets(secret[::-1]) is None


def test_only_processes_with_s3_keys_share_a_network_with_the_s3_server() -> None:
    own = set(SERVICES["s3"]["networks"])
    neighbours = {name for name, service in SERVICES.items() if own & set(service["networks"])} - {"s3"}
    assert {name for name in neighbours if "aws_secret_access_key" not in SERVICES[name]["secrets"]} == set()
    assert COMPOSE["networks"]["storage"] == {"internal": True}
