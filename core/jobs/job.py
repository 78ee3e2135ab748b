"""States of a job and their transitions, and its record in the store.

    queued -> running -> succeeded | failed | canceled
    queued -> canceled (requested before the start) | expired (deadline passed before the start) | failed

Terminal states are final.
"""

import hashlib
import json
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from core.card import INSTRUMENTAL, VOCALS, Card, Geometry, Render, Stem, offered
from core.errors import InvalidOptions
from core.jobs.conversion import Conversion
from core.jobs.options import JobOptions
from core.jobs.task import Kind

WEEK_S = 7 * 86400.0
SHORT_BYTES = 100_000_000  # a recording of this size downloads from S3 in about a second

_KINDS = frozenset(("aac", "aif", "aiff", "flac", "m4a", "mp3", "mp4", "ogg", "opus", "wav", "webm", "wma"))


class State(StrEnum):
    queued = "queued"
    running = "running"
    succeeded = "succeeded"
    failed = "failed"
    canceled = "canceled"
    expired = "expired"

    @property
    def terminal(self) -> bool:
        return self not in (State.queued, State.running)


LEGAL: dict[State, frozenset[State]] = {
    State.queued: frozenset({State.running, State.canceled, State.expired, State.failed}),
    State.running: frozenset({State.succeeded, State.failed, State.canceled}),
    State.succeeded: frozenset(),
    State.failed: frozenset(),
    State.canceled: frozenset(),
    State.expired: frozenset(),
}


class Stage(StrEnum):
    preparing = "preparing"
    separating = "separating"
    finishing = "finishing"


class Source(BaseModel):
    """The recording. `filename` comes from the client: it is shown, and never used as a path or key.

    `url` is the address from which a worker downloads it; `bytes` is unknown until then."""

    model_config = ConfigDict(frozen=True)

    key: str
    filename: str
    bytes: int | None
    content_type: str | None = None
    sha256: str | None = None
    url: str | None = None

    @property
    def kind(self) -> str:
        """Kind of file by its name, from a short list. Files of one kind have similar bytes per second."""
        suffix = PurePosixPath(self.filename).suffix.lower().removeprefix(".")
        return suffix if suffix in _KINDS else "other"


def model_key(name: str, version: str) -> str:
    return f"{name}@{version}"


class ModelRef(BaseModel):
    """The model of the job: the permitted use of its result, and the geometry for chunk arithmetic."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    name: str
    version: str
    licence: str | None = None
    commercial_use: bool | None = None
    sample_rate: int
    geometry: Geometry
    stems: tuple[Stem, ...] = (VOCALS, INSTRUMENTAL)
    renders: tuple[Render, ...] = ("generative", "masked")

    @property
    def key(self) -> str:
        """Identifies a model. A chunk goes only to a worker that holds the model of this key."""
        return model_key(self.name, self.version)

    @classmethod
    def of(cls, card: Card) -> Self:
        return cls(
            name=card.name,
            version=card.version,
            licence=card.licence,
            commercial_use=card.commercial_use,
            sample_rate=card.sample_rate,
            geometry=card.geometry,
            stems=card.stems,
            renders=card.renders,
        )

    def check(self, options: JobOptions) -> None:
        """Raises InvalidOptions for options that the model does not support, with the supported ones."""
        requested = [(f"stems.{index}", stem, offered(self.stems)) for index, stem in enumerate(options.stems)]
        faults = [
            {"field": field, "message": f"{self.name} has no {value}: choose from {', '.join(available)}"}
            for field, value, available in (*requested, ("render", options.render, self.renders))
            if value not in available
        ]
        if faults:
            reasons = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
            raise InvalidOptions(f"Invalid options. {reasons}.", errors=faults)


class Music(BaseModel):
    """Key and tempo as core/audio/music.py estimates them."""

    key: str | None = None
    key_confidence: float | None = None
    tempo_bpm: float | None = None
    tempo_confidence: float | None = None


class Audio(BaseModel):
    """Facts that `prepare` reads from the source. `layout` is FFmpeg's name of the channel order; `filled_s` is silence
    that the container states and no track has; `cover` is the key of the cover picture; `warnings` are sentences for
    the job's owner."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    layout: str | None = None
    samples: int
    duration_s: float
    bits: int | None = None
    is_float: bool = False
    lossless: bool = False
    tags: dict[str, str] = {}
    filled_s: float = 0.0
    cover: str | None = None
    warnings: list[str] = []
    music: Music = Music()


class Shown(BaseModel):
    """Base of those parts of a record that its owner sees unchanged, with every field."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Timings(Shown):
    """Durations of a job's parts."""

    queue_s: float | None = Field(
        default=None, description="Wait time: seconds from acceptance to the first task.", examples=[0.05]
    )
    prepare_s: float | None = Field(
        default=None, description="Seconds to download, decode and cut the source.", examples=[1.2]
    )
    inference_s: float = Field(default=0.0, description="Compute seconds of all chunks so far.", examples=[8.4])
    first_piece_s: float | None = Field(
        default=None, description="Seconds from acceptance to the first playable piece.", examples=[4.9]
    )
    total_s: float | None = Field(default=None, description="Seconds from acceptance to the end.", examples=[12.7])
    rtf: float | None = Field(
        default=None, description="Real-time factor: compute seconds per second of audio.", examples=[0.21]
    )


class OutputFile(Shown):
    """A finished file."""

    stem: Stem = Field(description="Name of the stem.")
    format: str = Field(description="Format of the file.", examples=["flac"])
    bytes: int = Field(description="Size of the file.", examples=[3_145_728])
    sha256: str = Field(
        description="SHA-256 of the file, in hex.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    sample_rate: int = Field(description="Hz", examples=[44100])
    channels: int = Field(description="Channels of the recording, as far as the format supports them.", examples=[2])
    samples: int = Field(
        description="Length per channel after decoding; equals the source's length at the same rate.",
        examples=[1_764_000],
    )
    duration_s: float = Field(description="Seconds", examples=[40.0])
    bits: int | None = Field(default=None, description="Bits per sample, for lossless formats.", examples=[16])
    converted: str | None = Field(
        default=None, description="Properties of the source that the format could not keep, in words; null if none."
    )


class Output(OutputFile):
    """One finished file in object storage. `warnings` are sentences for the job's owner."""

    key: str
    warnings: list[str] = []


class JobError(Shown):
    """Why a job did not succeed."""

    code: str = Field(description="Stable, machine-readable code.", examples=["no_audio"])
    message: str = Field(
        description="Cause and remedy.",
        examples=["The file contains no audio track. Send a file with audio."],
    )
    retryable: bool = Field(default=False, description="Whether the same file and options may succeed in a new job.")


class Job(BaseModel):
    """The record. Times are seconds since the epoch by the store's clock; counts are of chunks and pieces.

    `retention_s` runs from the job's end; then its objects are deleted and `outputs_expired_at` is set. `deleted_at`:
    the owner has deleted the job; only workers and the janitor still see it. `expected_s` is the length that the file
    claims, until the real one is known. `fraction` is the completed share, 0 to 1; it never decreases. `request_id` is
    that of the request which created the job, `device` the kind (cpu, cuda) that separated its last chunk.
    `token_series` increases with each revocation of its tokens."""

    model_config = ConfigDict(protected_namespaces=())

    id: str
    tenant: str
    options: JobOptions
    source: Source
    model: ModelRef
    created_at: float
    deadline_at: float | None = None
    retention_s: float = WEEK_S
    metadata: dict[str, str] = {}
    batch: str | None = None
    webhook_url: str | None = None
    cache: bool = True
    retry_of: str | None = None
    request_id: str | None = None

    state: State = State.queued
    stage: Stage | None = None
    started_at: float | None = None
    finished_at: float | None = None
    cancel_requested_at: float | None = None
    outputs_expired_at: float | None = None
    deleted_at: float | None = None
    cached_from: str | None = None
    device: str | None = None
    expected_s: float | None = None
    finish_began_at: float | None = None
    audio: Audio | None = None
    chunks_total: int | None = None
    chunks_ready: int = 0
    chunks_done: int = 0
    pieces_published: int = 0
    timings: Timings = Timings()
    outputs: list[Output] = []
    conversions: list[Conversion] = []
    null_error_db: float | None = None
    error: JobError | None = None
    fraction: float = 0.0
    revision: int = 0
    token_series: int = 0

    @property
    def expires_at(self) -> float | None:
        """Time at which its objects are or were deleted; None until the job ends."""
        if self.outputs_expired_at is not None or self.finished_at is None:
            return self.outputs_expired_at
        return self.finished_at + self.retention_s

    @property
    def pace(self) -> str:
        """Key of the compute rate: all that the compute time per second of audio depends on."""
        return f"{self.model.key}:{self.options.steps or self.options.quality}"

    @property
    def first_kind(self) -> Kind:
        """Kind of the job's first task. A recording that must be downloaded, or is large, starts with the long kind."""
        size = self.source.bytes
        short = self.source.url is None and size is not None and size <= SHORT_BYTES
        return Kind.prepare if short else Kind.extend

    @property
    def recipe(self) -> str:
        """Digest of everything that determines the result except the recording's bytes, and of the tenant."""
        parts = [self.tenant, self.options.model_dump(mode="json"), self.model.name, self.model.version]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def downloadable(self) -> bool:
        """Whether its outputs are there."""
        return self.state is State.succeeded and self.outputs_expired_at is None and self.deleted_at is None

    @property
    def playable(self) -> bool:
        """Whether a piece is published and not deleted."""
        deleted = self.outputs_expired_at is not None or (self.state.terminal and self.state is not State.succeeded)
        return self.pieces_published > 0 and not deleted


def new_job_id() -> str:
    """`job_` and a ULID in lower case, so that ids sort by time."""
    return f"job_{str(ULID()).lower()}"
