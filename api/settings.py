"""Settings of the API process: those that every process shares, where it listens, and who may ask it for how much."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.access.keys import Limits
from core.settings import Settings, listed


class ApiSettings(Settings):
    host: str = Field(default="127.0.0.1", description="Address to listen on; loopback unless told otherwise.")
    port: int = Field(default=8000, ge=0, le=65535)
    stop_s: int = Field(
        default=45, ge=0, description="Longest time that requests under way are waited for when the process is to stop."
    )

    auth: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether callers need an API key. auto: not while the service listens on loopback only, for "
        "requests that are made on this machine and come through no proxy; else yes.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="When set, /metrics wants it as `Authorization: Bearer ...`. Default: /metrics is open.",
    )
    token_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs the tokens of playlists and events. Default: a random one that is kept in Redis.",
    )
    token_ttl_s: int = Field(default=6 * 3600, gt=0, le=7 * 86400, description="Life of a job token.")

    # Where keys are needed. A key may have limits of its own: `voicelift keys create --help`.
    requests_per_minute: int = Field(
        default=6000, ge=0, description="Requests of one key, other than submissions. 0: no limit."
    )
    submissions_per_minute: int = Field(
        default=300,
        ge=0,
        description="New jobs, uploads, retries, and messages to webhooks that are asked for, of one key. 0: no limit.",
    )
    jobs_in_flight: int = Field(
        default=1000, ge=0, description="Jobs of one tenant that wait or run at a time. 0: no limit."
    )
    audio_s_per_day: int = Field(
        default=360_000,
        ge=0,
        description="Seconds of audio of one tenant in a day (UTC), from which on no new job is taken. 0: no limit.",
    )
    open_uploads: int = Field(
        default=100, ge=0, description="Presigned uploads of one tenant that wait for a job at a time. 0: no limit."
    )

    # Of one process, whether keys are needed or not.
    forms_per_key: int = Field(
        default=8, ge=0, description="Recordings of one key that are received as forms at a time. 0: no limit."
    )
    forms: int = Field(
        default=32,
        ge=0,
        description="Recordings that one API process receives as forms at a time, 5 MiB of memory each. 0: no limit.",
    )
    listeners_per_key: int = Field(
        default=100,
        ge=0,
        description="Streams of events that one key, or the tokens of one job, hold at a time. 0: no limit.",
    )
    listeners: int = Field(
        default=1000, ge=0, description="Streams of events that one API process holds at a time. 0: no limit."
    )

    archives_per_key: int = Field(
        default=4,
        ge=0,
        description="Downloads of all stems in one file that one key, or the tokens of one job, have at a time. 0: no "
        "limit.",
    )
    archives: int = Field(
        default=32,
        ge=0,
        description="Downloads of all stems in one file that one API process serves at a time, 2 MiB of memory each. "
        "0: no limit.",
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        description="Origins whose pages may call this service from a browser, comma separated, for example "
        "https://app.example; * for all. Default: none.",
    )

    @property
    def limits(self) -> Limits:
        """What a key may do that has no limits of its own."""
        return Limits(**{name: getattr(self, name) for name in Limits.model_fields})
