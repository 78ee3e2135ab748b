"""Responses of the service as pydantic models; docs/openapi.json of the service documents every field.

Fields that a later service adds are kept in `model_extra`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

State = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
Stem = str  # any stem in `Client.models`, such as vocals and instrumental
Format = Literal["auto", "same", "wav16", "wav24", "wav32f", "flac", "mp3", "m4a", "opus"]
Converted = Literal["mp3", "m4a", "opus"]
Quality = Literal["draft", "standard", "high"]
Render = Literal["masked", "generative"]


class JobOptions(TypedDict, total=False):
    """Options of a job, by keyword; the service's defaults apply to the others."""

    stems: Sequence[Stem]
    format: Format
    quality: Quality
    steps: int
    eta: float
    seed: int
    render: Render
    metadata: Mapping[str, str]
    batch: str
    webhook_url: str
    deadline_s: float
    retention_s: float
    cache: bool


class Model(BaseModel):
    """Base of all responses."""

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


class FieldError(Model):
    field: str
    message: str


class Problem(Model):
    """An error of the service, RFC 9457."""

    type: str = "about:blank"
    title: str = ""
    status: int
    detail: str
    instance: str = ""
    code: str
    request_id: str | None = None
    retryable: bool
    errors: list[FieldError] | None = None


class JobProgress(Model):
    chunks_done: int
    chunks_total: int | None = None
    fraction: float
    eta_s: float | None = None


class SourceInfo(Model):
    """The recording; its properties are None until it has been opened."""

    filename: str
    url: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    container: str | None = None
    codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    samples: int | None = None
    duration_s: float | None = None
    filled_s: float | None = None
    key: str | None = None
    key_confidence: float | None = None
    tempo_bpm: float | None = None
    tempo_confidence: float | None = None


class ModelRef(Model):
    name: str
    version: str
    commercial_use: bool | None = None
    stems: list[str] = Field(default_factory=list)


class AcceptedOptions(Model):
    """The options of a job, defaults filled in."""

    stems: list[str]
    format: str
    quality: str
    steps: int | None = None
    eta: float | None = None
    seed: int
    render: str


class Timings(Model):
    queue_s: float | None = None
    prepare_s: float | None = None
    inference_s: float = 0.0
    first_piece_s: float | None = None
    total_s: float | None = None
    rtf: float | None = None


class ConversionInfo(Model):
    """A stem in another format; `bytes` is an estimate, and `sha256` empty, until it is `ready`."""

    format: str
    url: str
    ready: bool
    bytes: int
    sha256: str | None = None


class OutputInfo(Model):
    """A finished file."""

    stem: str
    format: str
    url: str
    bytes: int
    sha256: str
    sample_rate: int
    channels: int
    samples: int
    duration_s: float
    bits: int | None = None
    converted: str | None = None
    conversions: list[ConversionInfo] = Field(default_factory=list)
    expires_at: datetime


class JobError(Model):
    code: str
    message: str
    retryable: bool


class JobInfo(Model):
    """A job as of the last update."""

    id: str
    state: State
    stage: str | None = None
    url: str
    events_url: str
    queue_position: int | None = None
    progress: JobProgress
    options: AcceptedOptions
    metadata: dict[str, str] = Field(default_factory=dict)
    batch: str | None = None
    webhook_url: str | None = None
    model: ModelRef
    source: SourceInfo
    timings: Timings
    outputs: list[OutputInfo]
    archive_url: str | None = None
    playlists: dict[str, str]
    warnings: list[str]
    null_error_db: float | None = None
    error: JobError | None = None
    retry_of: str | None = None
    cached_from: str | None = None
    created_at: datetime
    deadline_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    expires_at: datetime | None = None
    outputs_expired_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state not in ("queued", "running")

    def output(self, stem: str) -> OutputInfo:
        """Raises KeyError: the job has no such output."""
        for output in self.outputs:
            if output.stem == stem:
                return output
        raise KeyError(f"{self.id} has no output {stem!r}; it has: {', '.join(o.stem for o in self.outputs) or 'none'}")


class JobsPage(Model):
    jobs: list[JobInfo]
    next_cursor: str | None = None


class BatchCounts(Model):
    queued: int
    running: int
    succeeded: int
    failed: int
    canceled: int
    expired: int


class BatchInfo(Model):
    """Progress of the jobs of a batch; `finished`: all existing ones have ended."""

    batch: str
    jobs: int
    states: BatchCounts
    finished: bool
    jobs_url: str


class UploadPart(Model):
    number: int
    offset: int
    bytes: int
    url: str
    received: bool


class UploadInfo(Model):
    """An announced upload."""

    upload_id: str
    bytes: int
    filename: str
    method: str
    url: str | None
    headers: dict[str, str]
    received: bool
    parts: list[UploadPart] | None
    complete_url: str
    expires_at: datetime
    kept_until: datetime


class Preset(Model):
    steps: int


class ModelInfo(Model):
    """A model for jobs, and the permitted use of its results."""

    name: str
    version: str
    description: str
    licence: str
    commercial_use: bool
    credits: list[str]
    stems: list[str] = ["vocals", "instrumental"]
    sample_rate: int
    qualities: dict[str, Preset]
    formats: list[str]
    renders: list[str]


class ModelsList(Model):
    models: list[ModelInfo]


class Token(Model):
    """Gives access to one job's events, playlists and outputs, as `?token=...`."""

    token: str = Field(repr=False)
    expires_at: datetime


class WebhookSecret(Model):
    """Signs the webhooks; `previous` also signs until it expires."""

    secret: str = Field(repr=False)
    previous: str | None = Field(default=None, repr=False)
    previous_expires_at: datetime | None = None


class Event(Model):
    """An event of a job. `id` orders the events; `data` always has `revision`, `fraction` and `at`."""

    id: str
    type: str
    data: dict[str, object]


class WebhookEvent(Model):
    """The webhook of an ended job."""

    type: Literal["job.succeeded", "job.failed", "job.canceled", "job.expired"]
    timestamp: datetime
    data: JobInfo


class WebhookTest(Model):
    """The webhook of a test (POST /v1/webhooks/test): no job has ended; respond with 2xx."""

    type: Literal["webhook.test"]
    timestamp: datetime
    data: dict[str, str]


class Progress(Model):
    """Progress. `phase` is uploading, queued, running (or its stage: preparing, separating, finishing), or downloading;
    `fraction` (0 to 1) is that of the upload, of the job, or of the download. `eta_s`: estimated seconds until the job
    is done, if known."""

    phase: str
    fraction: float
    eta_s: float | None = None
    queue_position: int | None = None
