from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import ApiSettings
from core.setting_names import NAMES, unknown
from core.settings import Settings
from tests.support.settings_table import variable
from worker.settings import WorkerSettings


def test_settings_of_the_service_have_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://there:1/2")
    monkeypatch.setenv("S3_BUCKET", "songs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("VOICELIFT_LEASE_S", "7")
    settings = Settings()
    assert (settings.redis_url, settings.s3_bucket, settings.lease_s) == ("redis://there:1/2", "songs", 7)
    assert settings.aws_secret_access_key is not None
    assert settings.aws_secret_access_key.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


def test_settings_are_frozen_and_checked() -> None:
    with pytest.raises(ValidationError):
        Settings().lease_s = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(presign_ttl_s=901)


def test_secrets_are_read_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "redis_url": "redis://:pw@r:1/0\n",
        "aws_secret_access_key": "hush",
        "voicelift_lease_s": "9",
    }.items():
        (tmp_path / name).write_text(value)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("VOICELIFT_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("VOICELIFT_LEASE_S", "7")
    settings = Settings()
    assert settings.redis_url == "redis://:pw@r:1/0", "without the line's end"
    assert settings.aws_secret_access_key is not None
    assert settings.aws_secret_access_key.get_secret_value() == "hush"
    assert settings.lease_s == 7, "the environment comes first"


def test_every_setting_is_in_the_list_of_names() -> None:
    read = {
        variable(name, field) for kind in (ApiSettings, WorkerSettings) for name, field in kind.model_fields.items()
    }
    prefixed = {name.removeprefix("VOICELIFT_") for name in read if name.startswith("VOICELIFT_")}
    assert NAMES - prefixed == {"SECRETS_DIR", "ENCODEC_DIR", "PEERS_DIR"}
    assert prefixed <= NAMES


def test_a_misspelt_setting_is_reported_with_a_suggestion() -> None:
    assert unknown({"VOICELIFT_RETENTION": "1", "VOICELIFT_PORT": "1", "HOME": "/", "S3_BUCKET": "b"}) == [
        "The setting VOICELIFT_RETENTION does not exist; it is ignored. Did you mean VOICELIFT_RETENTION_S?"
    ]
    assert unknown({"VOICELIFT_XYZZY": ""}) == ["The setting VOICELIFT_XYZZY does not exist; it is ignored."]
