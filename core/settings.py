"""Settings that every process shares, read once from the environment by the process's entry point.

Connection strings keep the names that their ecosystems use (REDIS_URL, S3_ENDPOINT_URL, AWS_*); everything
else is prefixed VOICELIFT_. `Settings()` reads the environment; nothing here does so at import. What the environment
does not say may stand in a file of the same name, in lower case, in the folder VOICELIFT_SECRETS_DIR: so compose and
Kubernetes hand out secrets.
"""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

REPOSITORY = Path(__file__).resolve().parent.parent


def _env(name: str) -> AliasChoices:
    """Read from the environment variable `name` as it stands, without our prefix."""
    return AliasChoices(name, name.lower())


def listed(value: Any) -> Any:
    """A comma separated environment variable as its items."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="VOICELIFT_", frozen=True, populate_by_name=True, extra="ignore", protected_namespaces=()
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = os.environ.get("VOICELIFT_SECRETS_DIR")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder) if folder else file_secret_settings
        return init_settings, env_settings, files

    redis_url: str = Field(default="redis://127.0.0.1:6379/0", validation_alias=_env("REDIS_URL"))

    s3_endpoint_url: str | None = Field(default=None, validation_alias=_env("S3_ENDPOINT_URL"))
    s3_public_endpoint_url: str | None = Field(
        default=None,
        validation_alias=_env("S3_PUBLIC_ENDPOINT_URL"),
        description="S3 server as clients reach it, for presigned URLs. Default: S3_ENDPOINT_URL.",
    )
    s3_bucket: str = Field(default="voicelift", validation_alias=_env("S3_BUCKET"))
    s3_region: str = Field(default="us-east-1", validation_alias=_env("S3_REGION"))
    aws_access_key_id: SecretStr | None = Field(default=None, validation_alias=_env("AWS_ACCESS_KEY_ID"))
    aws_secret_access_key: SecretStr | None = Field(default=None, validation_alias=_env("AWS_SECRET_ACCESS_KEY"))
    s3_checksums: Literal["when_supported", "when_required"] = Field(
        default="when_supported",
        validation_alias=_env("S3_CHECKSUMS"),
        description="when_required suits older S3 servers that do not know the newer checksum headers.",
    )
    presign_ttl_s: int = Field(default=900, gt=0, le=900, description="Life of a presigned URL.")

    model_dir: Path = Field(default=REPOSITORY / "models" / "default", description="Folder with card.json and weights.")
    work_dir: Path = Field(
        default_factory=lambda: Path(tempfile.gettempdir()),
        description="Where tasks keep their temporary files.",
    )

    max_upload_bytes: int = Field(default=500_000_000, gt=0)
    upload_part_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=5 * 1024 * 1024,
        le=1024 * 1024 * 1024,
        description="Presigned uploads of more bytes are sent in parts of so many.",
    )
    upload_ttl_s: float = Field(
        default=86400.0, gt=0, le=86400.0, description="How long an upload waits for a job to use it."
    )
    fetch_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(80, 443), description="Ports of source_url and webhook_url that are connected to, comma separated."
    )
    fetch_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        description="Private networks (10.1.0.0/16) and host names that source_url and webhook_url may lead to all "
        "the same, comma separated.",
    )
    fetch_timeout_s: float = Field(default=600.0, gt=0, description="Longest time that fetching a source_url may take.")
    max_duration_s: float = Field(default=7200.0, gt=0)
    max_channels: int = Field(default=8, gt=0)
    retention_s: float = Field(default=7 * 86400.0, gt=0, description="How long a finished job is kept.")

    max_wait_s: float = Field(
        default=6 * 3600.0, gt=0, description="Estimated wait from which on new jobs are refused with 503."
    )

    lease_s: float = Field(
        default=20.0, gt=0, description="Work that is not renewed for so long goes to another worker."
    )
    heartbeat_s: float = Field(
        default=2.0, gt=0, description="How often a worker renews its leases and looks for cancellations."
    )
    max_attempts: int = Field(default=3, ge=1, description="How often one task is tried before its job fails.")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
