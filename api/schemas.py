"""What goes over the wire: the form that makes a job, and the views of jobs and models."""

from datetime import UTC, datetime
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.card import Card, Preset, Quality
from core.errors import InvalidOptions
from core.jobs.job import Format, Job, JobOptions, Render, Stage, State, Stem

_LISTS = {"stems"}


def options_of(fields: list[tuple[str, str]]) -> JobOptions:
    """Options from form fields, all text. Lists are repeated or comma separated; empty fields are absent.

    Raises:
        InvalidOptions: with `errors`, a list of {field, message}.
    """
    values: dict[str, Any] = {}
    wrong: list[dict[str, str]] = []
    for name, text in fields:
        if not text:
            continue
        if name in _LISTS:
            values.setdefault(name, []).extend(item.strip() for item in text.split(",") if item.strip())
        elif name in values:
            wrong.append({"field": name, "message": "Given more than once"})
        else:
            values[name] = text
    options: JobOptions | None = None
    try:
        options = JobOptions.model_validate(values)
    except ValidationError as error:
        for found in error.errors():
            field = ".".join(str(part) for part in found["loc"])[:100]
            message = "There is no such option" if found["type"] == "extra_forbidden" else found["msg"]
            wrong.append({"field": field, "message": message})
    if options is None or wrong:
        said = "; ".join(f"{item['field']}: {item['message']}" for item in wrong)
        raise InvalidOptions(f"Some options cannot be used. {said}.", errors=wrong)
    return options


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class View(BaseModel):
    """Base of what is answered: frozen, and `model_` is an ordinary prefix."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


class ProgressView(View):
    chunks_done: int = Field(description="Chunks whose voice has been separated.", examples=[3])
    chunks_total: int | None = Field(description="Chunks of the track; null until it has been decoded.", examples=[12])
    fraction: float = Field(ge=0, le=1, description="Share of the chunks that are done.", examples=[0.25])
    eta_s: float | None = Field(
        description="Seconds left at the pace measured since the start; null until a chunk is done.",
        examples=[21.5],
    )


class TimingsView(View):
    queue_s: float | None = Field(description="Seconds from acceptance to the first work.", examples=[0.05])
    prepare_s: float | None = Field(description="Seconds to fetch, decode and cut the source.", examples=[1.2])
    first_piece_s: float | None = Field(
        description="Seconds from acceptance to the first playable piece.", examples=[4.9]
    )
    inference_s: float = Field(description="Compute seconds of all chunks so far.", examples=[8.4])
    total_s: float | None = Field(description="Seconds from acceptance to the end.", examples=[12.7])
    rtf: float | None = Field(description="Real-time factor: compute seconds per second of audio.", examples=[0.21])


class SourceView(View):
    filename: str = Field(description="The uploaded file's name.", examples=["song.mp3"])
    bytes: int = Field(examples=[4_812_345])
    sha256: str | None = Field(description="Of the upload, in hex.")
    container: str | None = Field(description="Null until the file has been opened, as are all facts below.")
    codec: str | None = Field(examples=["mp3"])
    sample_rate: int | None = Field(description="Hz", examples=[44100])
    channels: int | None = Field(examples=[2])
    samples: int | None = Field(description="Length per channel.", examples=[1_764_000])
    duration_s: float | None = Field(examples=[40.0])


class ModelRefView(View):
    name: str
    version: str = Field(description="The job stays with the version that it was accepted for.")


class OutputView(View):
    stem: Stem
    format: str = Field(examples=["flac"])
    url: str = Field(
        description="Where to download it, relative to this service; redirects to a short-lived address.",
        examples=["/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs/vocals"],
    )
    bytes: int
    sha256: str = Field(description="Of the file, in hex.")
    sample_rate: int = Field(description="Hz", examples=[44100])
    channels: int = Field(examples=[2])
    samples: int = Field(description="Length per channel after decoding; equals the source's at the same rate.")
    duration_s: float
    bits: int | None = Field(description="Bits per sample, for lossless formats.", examples=[16])
    expires_at: datetime = Field(description="When the file is removed; download it before.")
    converted: str | None = Field(
        description="What the format could not keep of the source, in words; null when nothing."
    )


class JobErrorView(View):
    code: str = Field(description="Stable and machine-readable.", examples=["no_audio"])
    message: str = Field(description="What happened and what to do about it.")
    retryable: bool = Field(description="Whether the same file and options may succeed in a new job.")


class JobView(View):
    """A job: what was asked for, how far it is, and what came out."""

    id: str = Field(examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"])
    state: State = Field(description="succeeded, failed, canceled and expired are final.")
    stage: Stage | None = Field(description="What a running job is doing.")
    url: str = Field(description="This job's address, relative to this service.")
    progress: ProgressView
    options: JobOptions = Field(description="As accepted, defaults filled in.")
    model: ModelRefView
    source: SourceView
    timings: TimingsView
    outputs: list[OutputView] = Field(description="Empty until the job has succeeded.")
    playlists: dict[Stem, str] = Field(
        description="HLS playlists to listen by while the job runs, relative to this service; empty until the "
        "first piece is out.",
        examples=[{"vocals": "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/hls/vocals.m3u8"}],
    )
    warnings: list[str] = Field(
        description="What else the caller should know of the result, in words.",
        examples=[["Parts of the file are damaged and could not be decoded, so they are missing from the result."]],
    )
    null_error_db: float | None = Field(
        description="Level of vocals + instrumental - mixture, dB relative to the mixture; null when exactly "
        "zero or not yet known."
    )
    error: JobErrorView | None = Field(description="Why the job failed.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None = Field(
        description="Canceling was asked for; the state says canceled once work has stopped."
    )

    @classmethod
    def of(cls, job: Job, now: float, retention_s: float) -> Self:
        """The view of `job` at `now` (seconds since the epoch)."""
        url, audio = job_url(job.id), job.audio
        expires_at = datetime.fromtimestamp(job.outputs_expired_at or (job.finished_at or now) + retention_s, UTC)
        return cls(
            id=job.id,
            state=job.state,
            stage=None if job.state.terminal else job.stage,
            url=url,
            progress=ProgressView(
                chunks_done=job.chunks_done,
                chunks_total=job.chunks_total,
                fraction=job.fraction,
                eta_s=_eta_s(job, now),
            ),
            options=job.options,
            model=ModelRefView(name=job.model.name, version=job.model.version),
            source=SourceView(
                filename=job.source.filename,
                bytes=job.source.bytes,
                sha256=job.source.sha256,
                container=audio and audio.container,
                codec=audio and audio.codec,
                sample_rate=audio and audio.sample_rate,
                channels=audio and audio.channels,
                samples=audio and audio.samples,
                duration_s=audio and audio.duration_s,
            ),
            timings=TimingsView(**job.timings.model_dump(include=set(TimingsView.model_fields))),
            outputs=[
                OutputView(
                    **output.model_dump(exclude={"key"}),
                    url=f"{url}/outputs/{output.stem}",
                    expires_at=expires_at,
                )
                for output in job.outputs
            ],
            playlists={stem: f"{url}/hls/{stem}.m3u8" for stem in job.options.stems} if job.playable else {},
            warnings=audio.warnings if audio else [],
            null_error_db=job.null_error_db,
            error=JobErrorView(**job.error.model_dump()) if job.error else None,
            created_at=datetime.fromtimestamp(job.created_at, UTC),
            started_at=_when(job.started_at),
            finished_at=_when(job.finished_at),
            cancel_requested_at=_when(job.cancel_requested_at),
        )


def job_url(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def _eta_s(job: Job, now: float) -> float | None:
    if job.state is not State.running or not job.chunks_done or not job.chunks_total or job.started_at is None:
        return None
    per_chunk = max(0.0, now - job.started_at) / job.chunks_done
    return round(per_chunk * (job.chunks_total - job.chunks_done), 1)


class ModelView(View):
    """A model that jobs can use, and what may be done with what it makes."""

    name: str
    version: str
    description: str
    licence: str = Field(description="Licence of the weights.")
    commercial_use: bool = Field(description="Whether the weights' licence allows commercial use.")
    credits: list[str]
    sample_rate: int = Field(description="Rate of the model's own pass, Hz; outputs keep the source's rate.")
    qualities: dict[Quality, Preset] = Field(description="What each quality stands for.")
    formats: list[str] = Field(examples=[["auto", "wav16", "flac", "mp3"]])
    renders: list[str] = Field(examples=[["generative", "masked"]])

    @classmethod
    def of(cls, card: Card) -> Self:
        return cls(
            name=card.name,
            version=card.version,
            description=card.description,
            licence=card.licence,
            commercial_use=card.commercial_use,
            credits=card.credits,
            sample_rate=card.sample_rate,
            qualities=card.quality,
            formats=list(get_args(Format)),
            renders=list(get_args(Render)),
        )


class ModelsView(View):
    models: list[ModelView]


class LiveView(View):
    status: str = Field(examples=["alive"])


class CheckView(View):
    ok: bool
    detail: str = Field(description="In words, for the operator.")


class ReadyView(View):
    """`ready`: jobs are accepted and worked on. `degraded`: they are accepted but wait for a worker."""

    status: str = Field(examples=["ready", "degraded"])
    checks: dict[str, CheckView] = Field(description="redis, storage, gpu_worker and cpu_worker.")
