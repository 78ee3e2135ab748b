"""What a job is: its states and which follow which, its options, and the record that the store keeps.

    queued -> running -> succeeded | failed | canceled
    queued -> canceled (asked for before the start) | expired (its deadline passed before the start) | failed

Terminal states are final.
"""

import hashlib
import json
import secrets
import time
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.card import Card, Geometry, Quality

MAX_SEED = 2**63 - 1
MAX_STEPS = 1000

WEEK_S = 7 * 86400.0

_KINDS = frozenset(("aac", "aif", "aiff", "flac", "m4a", "mp3", "mp4", "ogg", "opus", "wav", "webm", "wma"))
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: sorts like the number it writes


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


Stem = Literal["vocals", "instrumental"]
Format = Literal["auto", "same", "wav16", "wav24", "wav32f", "flac", "mp3", "m4a", "opus"]
Render = Literal["generative", "masked"]


class JobOptions(BaseModel):
    """What the caller may choose about the separation: equal options on equal bytes give equal files.

    `steps` and `eta`, when given, replace those of `quality`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stems: tuple[Stem, ...] = Field(
        default=("vocals", "instrumental"),
        min_length=1,
        description="Stems to make, each once.",
        json_schema_extra={"uniqueItems": True},
    )
    format: Format = Field(
        default="auto",
        description="auto: flac, at 16 bit when the source has 16, else at 24. same: the source's own format where it "
        "is one of these.",
    )
    quality: Quality = Field(default="standard", description="How many denoising steps, as the model's card says.")
    steps: int | None = Field(default=None, ge=1, le=MAX_STEPS, description="Denoising steps, instead of quality's.")
    eta: float | None = Field(default=None, ge=0.0, le=1.0, description="Noise added per step: 0 none, 1 all of it.")
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="The same seed gives the same result.")
    render: Render = Field(
        default="masked", description="masked: the mixture through a mask; generative: the voice made."
    )

    @field_validator("stems")
    @classmethod
    def _each_once(cls, stems: tuple[Stem, ...]) -> tuple[Stem, ...]:
        if len(set(stems)) != len(stems):
            raise ValueError("each stem can be asked for once")
        return stems


class Source(BaseModel):
    """The recording. `filename` is the client's own: it is shown, and never used as a path or key.

    `url` is where a worker fetches it from when the client gave an address; `bytes` is then unknown until it has."""

    model_config = ConfigDict(frozen=True)

    key: str
    filename: str
    bytes: int | None
    content_type: str | None = None
    sha256: str | None = None
    url: str | None = None

    @property
    def kind(self) -> str:
        """What kind of file it says it is, from a short list: files of a kind have similar bytes per second."""
        suffix = PurePosixPath(self.filename).suffix.lower().removeprefix(".")
        return suffix if suffix in _KINDS else "other"


class ModelRef(BaseModel):
    """The model a job was accepted for: what its result may be used for, and what chunk arithmetic needs."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    name: str
    version: str
    licence: str | None = None
    commercial_use: bool | None = None
    sample_rate: int
    geometry: Geometry

    @classmethod
    def of(cls, card: Card) -> Self:
        return cls(
            name=card.name,
            version=card.version,
            licence=card.licence,
            commercial_use=card.commercial_use,
            sample_rate=card.sample_rate,
            geometry=card.geometry,
        )


class Audio(BaseModel):
    """What `prepare` found in the source. `layout` is FFmpeg's name of the order of the channels; `warnings` are
    sentences for the job's owner."""

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
    warnings: list[str] = []


class Timings(BaseModel):
    """Seconds. `queue_s` runs from creation to the first claim, `prepare_s` from there to the last chunk
    ready, `first_piece_s` and `total_s` from creation; `inference_s` is the sum of the chunks' compute times,
    `rtf` that sum over the audio's duration."""

    queue_s: float | None = None
    prepare_s: float | None = None
    inference_s: float = 0.0
    first_piece_s: float | None = None
    total_s: float | None = None
    rtf: float | None = None


class Output(BaseModel):
    """One finished file in object storage."""

    stem: Stem
    key: str
    format: str
    bytes: int
    sha256: str
    sample_rate: int
    channels: int
    samples: int
    duration_s: float
    bits: int | None = None
    converted: str | None = None


class JobError(BaseModel):
    code: str
    message: str
    retryable: bool = False


class Job(BaseModel):
    """The record. Times are seconds since the epoch by the store's clock; counts are of chunks and pieces.

    `retention_s` runs from the job's end; then its objects are removed and `outputs_expired_at` is set. `deleted_at`:
    the owner has deleted it; for everyone but the workers and the janitor it does not exist. `expected_s` is the
    length of the audio as its file claims, until it is known. `fraction` is the share of the work that is done, 0 to
    1; it never gets less. `request_id` is that of the request which made the job, `device` the kind (cpu, cuda) that
    separated its last chunk."""

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
    audio: Audio | None = None
    chunks_total: int | None = None
    chunks_ready: int = 0
    chunks_done: int = 0
    pieces_published: int = 0
    timings: Timings = Timings()
    outputs: list[Output] = []
    null_error_db: float | None = None
    error: JobError | None = None
    fraction: float = 0.0
    revision: int = 0

    @property
    def expires_at(self) -> float | None:
        """When its objects are removed, or were; None until the job is over."""
        if self.outputs_expired_at is not None or self.finished_at is None:
            return self.outputs_expired_at
        return self.finished_at + self.retention_s

    @property
    def pace(self) -> str:
        """What the compute time of a second of audio depends on."""
        return f"{self.model.name}@{self.model.version}:{self.options.steps or self.options.quality}"

    @property
    def recipe(self) -> str:
        """All that the result depends on but the recording's bytes, and whose it is."""
        parts = [self.tenant, self.options.model_dump(mode="json"), self.model.name, self.model.version]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def playable(self) -> bool:
        """Whether there is something to listen to: a piece is out, and has not been removed."""
        gone = self.outputs_expired_at is not None or (self.state.terminal and self.state is not State.succeeded)
        return self.pieces_published > 0 and not gone


class Kind(StrEnum):
    prepare = "prepare"
    separate = "separate"
    publish = "publish"
    finish = "finish"


class Work(BaseModel):
    """One task of a job. `index` is the chunk's for `separate` and 0 for the kinds that a job has one of."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    job_id: str
    index: int = 0

    @property
    def member(self) -> str:
        """Its name in the store, `kind:job:index`."""
        return f"{self.kind}:{self.job_id}:{self.index}"

    @property
    def queue(self) -> Literal["cpu", "gpu"]:
        return "gpu" if self.kind is Kind.separate else "cpu"

    @classmethod
    def parse(cls, member: str) -> Self:
        kind, job_id, index = member.split(":")
        return cls(kind=Kind(kind), job_id=job_id, index=int(index))


def new_job_id() -> str:
    """`job_` and 26 characters: 48 bits of milliseconds, then 80 random bits, so that ids sort by time."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "job_" + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
