"""A job as its owner sees it, in API responses and webhooks. Independent of FastAPI, so that workers can build it.

Times are RFC 3339, URLs are relative to the service and constant, so a view changes only with its job (`revision`
counts the changes). Two fields are exceptions: `queue_position` and `progress.eta_s` are estimates at the moment of the
view. They come from an `Outlook`, and are null without one.
"""

from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from core.card import Stem
from core.jobs.conversion import CONVERSIONS, Conversion, Converted, expected_bytes, index_of
from core.jobs.job import Job, JobError, Music, Output, OutputFile, Stage, State, Timings
from core.jobs.options import JobOptions

_EXAMPLE_URL = "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t"


def job_url(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Outlook(BaseModel):
    """The outlook of a job in progress: `position` jobs start before it (None once it has started), and `eta_s` seconds
    remain (None without a measurement or a worker)."""

    model_config = ConfigDict(frozen=True)

    position: int | None = None
    eta_s: float | None = None


class View(BaseModel):
    """Base of responses: frozen, and allows the prefix `model_`."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


class ProgressView(View):
    """Progress of a job."""

    chunks_done: int = Field(description="Chunks separated.", examples=[3])
    chunks_total: int | None = Field(description="Chunks of the track; null until it has been decoded.", examples=[12])
    fraction: float = Field(
        ge=0,
        le=1,
        description="Completed share of the job, decoding and encoding included. It never decreases.",
        examples=[0.27],
    )
    eta_s: float | None = Field(
        description="Estimated seconds until the job is done, from measured rates and the queue. Null without a "
        "measurement or a worker, and at the end.",
        examples=[21.5],
    )


class SourceView(View):
    """The recording: name and properties."""

    filename: str = Field(description="The recording's name, as sent by the client.", examples=["song.mp3"])
    url: str | None = Field(
        description="URL that it was downloaded from, without the query; null for an upload.",
        examples=["https://media.example/song.mp3"],
    )
    bytes: int | None = Field(description="Size of the file; null until it is known.", examples=[4_812_345])
    sha256: str | None = Field(
        description="SHA-256 of the file, in hex; null until it is known.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    container: str | None = Field(
        description="Container format. Null until the file has been opened, as are all facts below.", examples=["mp3"]
    )
    codec: str | None = Field(description="Audio codec.", examples=["mp3"])
    sample_rate: int | None = Field(description="Hz", examples=[44100])
    channels: int | None = Field(description="1 is mono, 2 is stereo.", examples=[2])
    samples: int | None = Field(description="Length per channel.", examples=[1_764_000])
    duration_s: float | None = Field(description="Seconds", examples=[40.0])
    filled_s: float | None = Field(
        description="Seconds of silence that the container states: before audio that starts late, as in a film, and "
        "in gaps.",
        examples=[0.0],
    )
    key: str | None = Field(
        description="Tonic and mode, estimated from the first ten minutes; null below 8 s, without notes, and in jobs "
        "of earlier versions.",
        examples=["A minor"],
    )
    key_confidence: float | None = Field(description="Share of such estimates that are right, 0 to 1.", examples=[0.72])
    tempo_bpm: float | None = Field(
        description="Estimated likewise, in beats per minute; may be half or twice the perceived tempo.",
        examples=[92.0],
    )
    tempo_confidence: float | None = Field(
        description="Share of such estimates that are right, 0 to 1.", examples=[0.95]
    )


class ModelRefView(View):
    """The model that a job uses."""

    name: str = Field(description="Name, as in /v1/models.", examples=["default"])
    version: str = Field(description="The job stays with the version that it was accepted for.", examples=["1"])
    commercial_use: bool | None = Field(
        description="Whether the licence of the weights allows commercial use; null if the job does not record it.",
        examples=[True],
    )
    stems: list[Stem] = Field(
        description="The stems of the model, which sum to the mixture.",
        examples=[["vocals", "instrumental"]],
    )


class ConversionView(View):
    """A stem in another format, made on the first request."""

    format: Converted = Field(description="Of the file.", examples=["mp3"])
    url: str = Field(
        description="POST requests the file, GET downloads it when it is ready. Relative to this service.",
        examples=[f"{_EXAMPLE_URL}/outputs/vocals/mp3"],
    )
    ready: bool = Field(description="Whether the file is ready.", examples=[True])
    bytes: int = Field(description="Size of the file; an estimate until it is ready.", examples=[1_220_000])
    sha256: str | None = Field(
        description="Of the file, in hex; null until it is ready.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class OutputView(OutputFile):
    """A finished file and its URL."""

    model_config = ConfigDict(frozen=True)

    conversions: list[ConversionView] = Field(
        description="Other formats of a lossless file; empty for a lossy one, and once the files are gone."
    )

    url: str = Field(
        description="Download URL, relative to this service; redirects to a short-lived URL.",
        examples=[f"{_EXAMPLE_URL}/outputs/vocals"],
    )
    expires_at: datetime = Field(description="Time at which the file is deleted; download it before.")


class JobView(View):
    """A job: request, progress and results."""

    id: str = Field(description="The job's permanent id.", examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"])
    state: State = Field(description="succeeded, failed, canceled and expired are final.")
    stage: Stage | None = Field(description="Current stage of a running job.")
    url: str = Field(description="URL of this job, relative to this service.", examples=[_EXAMPLE_URL])
    events_url: str = Field(
        description="URL of its live events (server-sent events).", examples=[f"{_EXAMPLE_URL}/events"]
    )
    queue_position: int | None = Field(
        description="Number of jobs that start before this one, at this moment; null once it has started.", examples=[0]
    )
    progress: ProgressView = Field(description="Progress.")
    options: JobOptions = Field(description="Options as accepted, defaults filled in.")
    metadata: dict[str, str] = Field(description="Metadata of the request.", examples=[{"user": "8231"}])
    batch: str | None = Field(description="Batch of the request.", examples=["album-7"])
    webhook_url: str | None = Field(
        description="URL that receives an event when the job ends.", examples=["https://app.example/hooks/voicelift"]
    )
    model: ModelRefView = Field(description="The model of the job.")
    source: SourceView = Field(description="The recording.")
    timings: Timings = Field(description="Durations.")
    outputs: list[OutputView] = Field(description="Result files; empty until the job has succeeded.")
    archive_url: str | None = Field(
        description="URL of all outputs as one ZIP archive, relative to this service; null until the job has "
        "succeeded.",
        examples=[f"{_EXAMPLE_URL}/outputs.zip"],
    )
    playlists: dict[Stem, str] = Field(
        description="HLS playlists for playback while the job runs, relative to this service; empty until the first "
        "piece is published.",
        examples=[{"vocals": f"{_EXAMPLE_URL}/hls/vocals.m3u8"}],
    )
    warnings: list[str] = Field(
        description="Warnings about the result.",
        examples=[["Parts of the file are damaged and could not be decoded, so they are missing from the result."]],
    )
    null_error_db: float | None = Field(
        description="Level of the sum of all the model's stems minus the mixture, in dB relative to the mixture; "
        "null when exactly zero or not yet known."
    )
    error: JobError | None = Field(description="Reason why the job failed, expired or was canceled.")
    retry_of: str | None = Field(description="The job that this one retries.")
    cached_from: str | None = Field(
        description="The earlier job whose files were copied, because recording, options and model are the same."
    )
    created_at: datetime = Field(description="Time of acceptance.")
    deadline_at: datetime | None = Field(description="Requested time after which the result is useless.")
    started_at: datetime | None = Field(description="Time at which a worker claimed the first task.")
    finished_at: datetime | None = Field(description="Time of the final state.")
    cancel_requested_at: datetime | None = Field(
        description="Time of the cancellation request; the state becomes canceled once all tasks have stopped."
    )
    expires_at: datetime | None = Field(
        description="Time at which its files, the recording included, are deleted; null until it has ended."
    )
    outputs_expired_at: datetime | None = Field(
        description="Time at which its files were deleted; null while they are kept."
    )

    @classmethod
    def of(cls, job: Job, outlook: Outlook = Outlook()) -> Self:  # noqa: B008  (frozen)
        """The view of `job`; for a live job, `outlook` supplies the estimates."""
        url, audio, source = job_url(job.id), job.audio, job.source
        expires_at = _when(job.expires_at)
        return cls(
            id=job.id,
            state=job.state,
            stage=None if job.state.terminal else job.stage,
            url=url,
            events_url=f"{url}/events",
            queue_position=outlook.position,
            progress=ProgressView(
                chunks_done=job.chunks_done,
                chunks_total=job.chunks_total,
                fraction=round(job.fraction, 4),
                eta_s=None if outlook.eta_s is None else round(outlook.eta_s, 1),
            ),
            options=job.options,
            metadata=job.metadata,
            batch=job.batch,
            webhook_url=job.webhook_url,
            model=ModelRefView(
                name=job.model.name,
                version=job.model.version,
                commercial_use=job.model.commercial_use,
                stems=list(job.model.stems),
            ),
            source=SourceView(
                filename=source.filename,
                url=None if source.url is None else urlsplit(source.url)._replace(query="", fragment="").geturl(),
                bytes=source.bytes,
                sha256=source.sha256,
                container=audio and audio.container,
                codec=audio and audio.codec,
                sample_rate=audio and audio.sample_rate,
                channels=audio and audio.channels,
                samples=audio and audio.samples,
                duration_s=audio and audio.duration_s,
                filled_s=audio and audio.filled_s,
                **(audio.music if audio else Music()).model_dump(),
            ),
            timings=job.timings,
            outputs=[
                OutputView(
                    **output.model_dump(exclude={"key", "warnings"}),
                    url=f"{url}/outputs/{output.stem}",
                    conversions=conversions_of(job, output),
                    expires_at=expires_at,
                )
                for output in job.outputs
            ],
            archive_url=f"{url}/outputs.zip" if job.outputs else None,
            playlists={stem: f"{url}/hls/{stem}.m3u8" for stem in job.options.stems} if job.playable else {},
            warnings=_warnings(job),
            null_error_db=job.null_error_db,
            error=job.error,
            retry_of=job.retry_of,
            cached_from=job.cached_from,
            created_at=datetime.fromtimestamp(job.created_at, UTC),
            deadline_at=_when(job.deadline_at),
            started_at=_when(job.started_at),
            finished_at=_when(job.finished_at),
            cancel_requested_at=_when(job.cancel_requested_at),
            expires_at=expires_at,
            outputs_expired_at=_when(job.outputs_expired_at),
        )

    def for_guest(self) -> Self:
        """The view without the owner's private fields, for holders of a job token."""
        source = self.source.model_copy(update={"url": None})
        return self.model_copy(update={"source": source, "metadata": {}, "batch": None, "webhook_url": None})


def conversions_of(job: Job, output: Output) -> list[ConversionView]:
    """Those that are offered of an output."""
    if not job.downloadable or output.bits is None:
        return []
    return [_conversion(job, output, to) for to in CONVERSIONS]


def _conversion(job: Job, output: Output, to: Converted) -> ConversionView:
    conversion = find_conversion(job, output.stem, to)
    ready = conversion is not None and conversion.key is not None
    expected = expected_bytes(to, output.duration_s, output.sample_rate, output.channels)
    return ConversionView(
        format=to,
        url=f"{job_url(job.id)}/outputs/{output.stem}/{to}",
        ready=ready,
        bytes=conversion.bytes if conversion and ready else expected,
        sha256=conversion.sha256 if conversion and ready else None,
    )


def find_conversion(job: Job, stem: Stem, to: Converted) -> Conversion | None:
    """The result of a finished conversion; None before its end."""
    index = index_of(job.options.stems, stem, to)
    return next((conversion for conversion in job.conversions if conversion.index == index), None)


def _warnings(job: Job) -> list[str]:
    """Warnings of the recording, then of the files, each once."""
    of_files = [warning for output in job.outputs for warning in output.warnings]
    return list(dict.fromkeys([*(job.audio.warnings if job.audio else []), *of_files]))
