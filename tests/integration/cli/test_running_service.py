"""`voicelift keys` and `voicelift admin` find the service that `voicelift serve` runs."""

import fcntl
import json
import os
import stat
from pathlib import Path

import pytest

from cli import service
from cli.main import main
from core.access.keys import Keys
from core.jobs.scripts import connect
from core.settings import Settings
from deploy.local import plan, serve


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in serve.SHARED_SETTINGS:
        monkeypatch.setenv(name, "")  # so that variables set by the command are restored
        monkeypatch.delenv(name)


def test_keys_commands_use_the_running_service(
    redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = plan.Plan((), (), {"REDIS_URL": redis_url, "PATH": os.defpath})
    with serve._exclusive(tmp_path):
        serve._write_settings(tmp_path, planned)
        file = tmp_path / service.FILE
        assert json.loads(file.read_text()) == {"REDIS_URL": redis_url}
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, "it contains keys"
        assert main(["keys", "--data", str(tmp_path), "create", "--name", "app"]) == 0
    assert f"the service that runs over {tmp_path}" in capsys.readouterr().err
    assert [key.name for key in Keys(connect(Settings(redis_url=redis_url))).list()] == ["app"]
    assert not file.exists(), "it is deleted with the service"


def test_the_file_of_a_killed_service_is_ignored(tmp_path: Path) -> None:
    (tmp_path / service.FILE).write_text('{"REDIS_URL": "redis://127.0.0.1:1/0"}')
    service.use_running_service(tmp_path)
    (tmp_path / "lock").touch()
    service.use_running_service(tmp_path)
    assert "REDIS_URL" not in os.environ


def test_variables_of_the_environment_take_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / service.FILE).write_text('{"REDIS_URL": "redis://127.0.0.1:1/0"}')
    monkeypatch.setenv("REDIS_URL", "redis://named:1/0")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        service.use_running_service(tmp_path)
    assert os.environ["REDIS_URL"] == "redis://named:1/0"


def test_service_and_command_use_the_same_file() -> None:
    assert (service.DATA, service.FILE) == (serve.DATA, serve.SERVICE)
