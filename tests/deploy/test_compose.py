"""docker-compose.yml, as far as it can be shown without Docker: its form, its hardening, its servers' own commands."""

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
from watched import ROOT, until

from api.settings import ApiSettings
from core.settings import Settings
from deploy.compose.make_secrets import make
from deploy.local.plan import free_ports, redis_server
from worker.resident import LEAVE_WITHIN_S

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_it_has_the_form_that_compose_wants() -> None:
    check = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*check, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_watched_and_pinned(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "healthcheck" in service or "build" in service, "our images bring their own"
    tag = service["image"].partition(":")[2]
    assert tag and tag[0] in "v0123456789"
    for port in service.get("ports", []):
        assert port.startswith(("127.0.0.1:", "${")) and "0.0.0.0" not in port
    if name.startswith("worker"):
        assert int(service["stop_grace_period"].removesuffix("s")) >= LEAVE_WITHIN_S + 20


@pytest.mark.parametrize("name", [name for name in SERVICES if name.startswith("worker")])
def test_what_a_worker_leaves_in_tmp_is_there_for_the_next(name: str) -> None:
    """A stem that waits for S3 (worker/spool.py) is lost with a tmpfs, and counts against its memory."""
    assert SERVICES[name]["volumes"] == ["work:/tmp"]
    assert SERVICES[name]["tmpfs"] == []


def test_no_secret_stands_in_an_environment_or_a_command() -> None:
    for name, service in SERVICES.items():
        said = [*map(str, (service.get("environment") or {}).items()), *map(str, service.get("command", []))]
        for text in said:
            assert not any(word in text.lower() for word in ("password=", "secret=", "${aws", "${redis")), (name, text)
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]


def test_secrets_are_made_once_and_kept(secrets: Path) -> None:
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


@pytest.mark.parametrize("name", [name for name in SERVICES if "build" in SERVICES[name]])
def test_what_is_set_are_settings(name: str) -> None:
    known = {f"VOICELIFT_{field.upper()}" for field in ApiSettings.model_fields}
    known |= {
        choice for field in Settings.model_fields.values() for choice in getattr(field.validation_alias, "choices", [])
    }
    assert set(SERVICES[name]["environment"]) - known == {"VOICELIFT_SECRETS_DIR"}


@contextmanager
def started(service: str, secrets: Path, folder: Path, **replaced: str) -> Iterator[None]:
    """The service's own command, in this machine's folders."""
    command = [*SERVICES[service].get("entrypoint", []), *SERVICES[service]["command"]]
    moved = {"/run/secrets": str(secrets), "/data": str(folder / "data"), "/tmp/": f"{folder}/", **replaced}
    text = re.sub(
        "|".join(map(re.escape, sorted(moved, key=len, reverse=True))),
        lambda found: moved[found[0]],
        command[-1].replace("$$", "$"),
    )
    (folder / "data").mkdir()
    environment = {"PATH": PATH, "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command[:-1], text], env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(20) in (0, -15, 128 + 15), "it stops when it is told to"


def test_redis_is_started_with_its_password_and_keeps_everything(secrets: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    names = {"redis-server /tmp/redis.conf": f"{redis_server(PATH)} {tmp_path}/redis.conf --port {port}"}
    password = (secrets / "redis_password").read_text()
    with started("redis", secrets, tmp_path, **names), redis.Redis(port=port, password=password) as client:

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        until(answers, "Redis answers")
        config = client.config_get("*")
        assert (config["appendonly"], config["appendfsync"], config["save"]) == ("yes", "always", "")
        assert (config["maxmemory-policy"], int(config["maxmemory"])) == ("noeviction", 1 << 30)
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_the_s3_server_is_started_with_its_keys(secrets: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    key, secret = ((secrets / f"aws_{name}").read_text() for name in ("access_key_id", "secret_access_key"))
    with started("s3", secrets, tmp_path, **{"--addr :9000": f"--addr 127.0.0.1:{port}"}):

        def buckets(secret: str) -> list[str]:
            client = boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{port}",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                region_name="us-east-1",
                config=Config(retries={"total_max_attempts": 1}),
            )
            try:
                return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
            except (BotoCoreError, ClientError):
                return []

        until(lambda: buckets(secret) == ["voicelift"], "the S3 server answers")
        assert buckets(secret[::-1]) == []
