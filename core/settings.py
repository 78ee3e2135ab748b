"""Settings of all processes, read once from the environment by the process's entry point.

Connection strings keep their usual names (REDIS_URL, S3_ENDPOINT_URL, AWS_*); all others are prefixed VOICELIFT_.
`Settings()` reads the environment; imports do not. A variable may also be a file of the same name in lower case in the
folder VOICELIFT_SECRETS_DIR, as compose and Kubernetes provide secrets.
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
    """Read from the environment variable `name`, without the prefix."""
    return AliasChoices(name, name.lower())


def listed(value: Any) -> Any:
    """A comma-separated environment variable as a list."""
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
        description="S3 URL for clients, used in presigned URLs. Default: S3_ENDPOINT_URL.",
    )
    s3_bucket: str = Field(default="voicelift", validation_alias=_env("S3_BUCKET"))
    s3_region: str = Field(default="us-east-1", validation_alias=_env("S3_REGION"))
    aws_access_key_id: SecretStr | None = Field(default=None, validation_alias=_env("AWS_ACCESS_KEY_ID"))
    aws_secret_access_key: SecretStr | None = Field(default=None, validation_alias=_env("AWS_SECRET_ACCESS_KEY"))
    s3_checksums: Literal["when_supported", "when_required"] = Field(
        default="when_supported",
        validation_alias=_env("S3_CHECKSUMS"),
        description="when_required suits older S3 servers without the newer checksum headers.",
    )
    presign_ttl_s: int = Field(default=900, gt=0, le=900, description="Lifetime of a presigned URL.")

    model_dir: Path = Field(default=REPOSITORY / "models" / "default", description="Folder with card.json and weights.")
    work_dir: Path = Field(
        default_factory=lambda: Path(tempfile.gettempdir()),
        description="Folder for temporary files of tasks.",
    )

    max_upload_bytes: int = Field(default=500_000_000, gt=0)
    upload_part_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=5 * 1024 * 1024,
        le=1024 * 1024 * 1024,
        description="Part size of presigned uploads; larger uploads have several parts.",
    )
    upload_ttl_s: float = Field(default=86400.0, gt=0, le=86400.0, description="Lifetime of an upload without a job.")
    fetch_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(80, 443), description="Allowed ports of source_url and webhook_url, comma-separated."
    )
    fetch_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        description="Private networks (10.1.0.0/16) and host names allowed in source_url and webhook_url, "
        "comma-separated.",
    )
    fetch_timeout_s: float = Field(default=600.0, gt=0, description="Maximum duration of a source_url download.")
    max_duration_s: float = Field(default=7200.0, gt=0)
    max_channels: int = Field(default=8, gt=0)
    retention_s: float = Field(default=7 * 86400.0, gt=0, description="Retention of a finished job.")

    max_wait_s: float = Field(
        default=6 * 3600.0, gt=0, description="Maximum estimated wait; above it new jobs get 503."
    )

    lease_s: float = Field(
        default=20.0, gt=0, description="Lifetime of a lease without renewal; then another worker gets the task."
    )
    heartbeat_s: float = Field(
        default=2.0, gt=0, description="Interval in which a worker renews its leases and checks for cancellations."
    )
    max_attempts: int = Field(default=3, ge=1, description="Maximum attempts per task; then its job fails.")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
