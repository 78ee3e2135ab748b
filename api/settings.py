"""Settings of the API process: those of all processes, its address, and its limits."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.access.keys import Limits
from core.settings import Settings, listed


class ApiSettings(Settings):
    host: str = Field(default="127.0.0.1", description="Address to listen on; default: loopback.")
    port: int = Field(default=8000, ge=0, le=65535)
    stop_s: int = Field(default=45, ge=0, description="Grace period for requests in flight at shutdown.")

    auth: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether callers need an API key. auto: not for direct requests from this "
        "machine to loopback, otherwise yes.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="If set, /metrics requires it as `Authorization: Bearer ...`. Default: /metrics is open.",
    )
    token_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs job tokens. Default: a random secret stored in Redis.",
    )
    token_ttl_s: int = Field(default=6 * 3600, gt=0, le=7 * 86400, description="Lifetime of a job token.")

    # Where keys are required. A key may have individual limits: `voicelift keys create --help`.
    requests_per_minute: int = Field(
        default=6000, ge=0, description="Requests per minute of one key, except submissions. 0: no limit."
    )
    submissions_per_minute: int = Field(
        default=300,
        ge=0,
        description="New jobs, uploads, retries, and requested webhook deliveries per minute of one key. 0: no limit.",
    )
    jobs_in_flight: int = Field(default=1000, ge=0, description="Jobs of one tenant in flight. 0: no limit.")
    audio_s_per_day: int = Field(
        default=360_000,
        ge=0,
        description="Seconds of audio of one tenant per day (UTC); above it new jobs are refused. 0: no limit.",
    )
    open_uploads: int = Field(default=100, ge=0, description="Unused presigned uploads of one tenant. 0: no limit.")

    # Per process, with or without keys.
    forms_per_key: int = Field(default=8, ge=0, description="Concurrent form uploads of one key. 0: no limit.")
    forms: int = Field(
        default=32,
        ge=0,
        description="Concurrent form uploads of one API process, 5 MiB of memory each. 0: no limit.",
    )
    listeners_per_key: int = Field(
        default=100,
        ge=0,
        description="Concurrent event streams of one key, or of the tokens of one job. 0: no limit.",
    )
    listeners: int = Field(default=1000, ge=0, description="Concurrent event streams of one API process. 0: no limit.")

    archives_per_key: int = Field(
        default=4,
        ge=0,
        description="Concurrent archive downloads of one key, or of the tokens of one job. 0: no limit.",
    )
    archives: int = Field(
        default=32,
        ge=0,
        description="Concurrent archive downloads of one API process, 2 MiB of memory each. 0: no limit.",
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        description="Origins whose pages may call this service from a browser, comma-separated, for example "
        "https://app.example; * for all. Default: none.",
    )

    @property
    def limits(self) -> Limits:
        """Limits of keys without individual ones."""
        return Limits(**{name: getattr(self, name) for name in Limits.model_fields})
