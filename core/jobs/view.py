"""A job as its owner sees it: in answers of the API, in webhooks. Built without FastAPI, so that workers can.

Times are RFC 3339, addresses are relative to the service and stay the same, so a view changes only when its job
does (its `revision` counts that), but for two fields: `queue_position` and `progress.eta_s` are estimates as of the
moment at which the view was made. They come from an `Outlook`, and are null in a view that was made without one.
"""

from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from core.card import Stem
from core.jobs.job import Job, JobError, JobOptions, OutputFile, Stage, State, Timings

_EXAMPLE_URL = "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t"


def job_url(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Outlook(BaseModel):
    """What is expected of a job that is not over: `position` jobs begin before it (None once it has begun), and
    `eta_s` seconds are left (None when nothing like it was measured, or no worker is there)."""

    model_config = ConfigDict(frozen=True)

    position: int | None = None
    eta_s: float | None = None


class View(BaseModel):
    """Base of what is answered: frozen, and `model_` is an ordinary prefix."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


class ProgressView(View):
    """How far a job is."""

    chunks_done: int = Field(description="Chunks whose voice has been separated.", examples=[3])
    chunks_total: int | None = Field(description="Chunks of the track; null until it has been decoded.", examples=[12])
    fraction: float = Field(
        ge=0,
        le=1,
        description="Share of the whole work that is done, decoding and encoding included. It never goes back.",
        examples=[0.27],
    )
    eta_s: float | None = Field(
        description="Seconds until the job is done, as of this answer, from measured rates and what waits before it; "
        "null while no such job has been measured, while no worker is there, and at the end.",
        examples=[21.5],
    )


class SourceView(View):
    """The recording: what was sent, and what was found in it."""

    filename: str = Field(description="The recording's name, as the client gave it.", examples=["song.mp3"])
    url: str | None = Field(
        description="Where it was fetched from, without the query; null for an upload.",
        examples=["https://media.example/song.mp3"],
    )
    bytes: int | None = Field(description="Size of the file; null until it has been fetched.", examples=[4_812_345])
    sha256: str | None = Field(
        description="Of the file, in hex; null until it is known.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    container: str | None = Field(
        description="Null until the file has been opened, as are all facts below.", examples=["mp3"]
    )
    codec: str | None = Field(description="How the audio is encoded.", examples=["mp3"])
    sample_rate: int | None = Field(description="Hz", examples=[44100])
    channels: int | None = Field(description="1 is mono, 2 is stereo.", examples=[2])
    samples: int | None = Field(description="Length per channel.", examples=[1_764_000])
    duration_s: float | None = Field(description="Seconds", examples=[40.0])
    filled_s: float | None = Field(
        description="Seconds of silence in it that its container states: before sound that begins late, as against the "
        "picture of a film, and in gaps.",
        examples=[0.0],
    )


class ModelRefView(View):
    """The model that a job uses."""

    name: str = Field(description="As in /v1/models.", examples=["default"])
    version: str = Field(description="The job stays with the version that it was accepted for.", examples=["1"])
    commercial_use: bool | None = Field(
        description="Whether the licence of the weights allows commercial use; null where the job does not record it.",
        examples=[True],
    )
    stems: list[Stem] = Field(
        description="The stems of the model, which together add up to the mixture.",
        examples=[["vocals", "instrumental"]],
    )


class OutputView(OutputFile):
    """A finished file, and where it is."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(
        description="Where to download it, relative to this service; redirects to a short-lived address.",
        examples=[f"{_EXAMPLE_URL}/outputs/vocals"],
    )
    expires_at: datetime = Field(description="When the file is removed; download it before.")


class JobView(View):
    """A job: what was asked for, how far it is, and what came out."""

    id: str = Field(description="The job's name, for ever.", examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"])
    state: State = Field(description="succeeded, failed, canceled and expired are final.")
    stage: Stage | None = Field(description="What a running job is doing.")
    url: str = Field(description="This job's address, relative to this service.", examples=[_EXAMPLE_URL])
    events_url: str = Field(
        description="Its events as they happen (server-sent events).", examples=[f"{_EXAMPLE_URL}/events"]
    )
    queue_position: int | None = Field(
        description="How many jobs begin before this one, as of this answer; null once it has begun.", examples=[0]
    )
    progress: ProgressView = Field(description="How far it is.")
    options: JobOptions = Field(description="As accepted, defaults filled in.")
    metadata: dict[str, str] = Field(description="As given.", examples=[{"user": "8231"}])
    batch: str | None = Field(description="The batch that it belongs to, as given.", examples=["album-7"])
    webhook_url: str | None = Field(
        description="Where an event is sent when the job is over.", examples=["https://app.example/hooks/voicelift"]
    )
    model: ModelRefView = Field(description="The model that the job was accepted for.")
    source: SourceView = Field(description="The recording.")
    timings: Timings = Field(description="Where its time went.")
    outputs: list[OutputView] = Field(description="Empty until the job has succeeded.")
    archive_url: str | None = Field(
        description="Where to download all outputs as one ZIP archive, relative to this service; null until the job "
        "has succeeded.",
        examples=[f"{_EXAMPLE_URL}/outputs.zip"],
    )
    playlists: dict[Stem, str] = Field(
        description="HLS playlists to listen by while the job runs, relative to this service; empty until the "
        "first piece is out.",
        examples=[{"vocals": f"{_EXAMPLE_URL}/hls/vocals.m3u8"}],
    )
    warnings: list[str] = Field(
        description="What else the caller should know of the result, in words.",
        examples=[["Parts of the file are damaged and could not be decoded, so they are missing from the result."]],
    )
    null_error_db: float | None = Field(
        description="Level of all the model's stems together less the mixture, dB relative to the mixture; null when "
        "exactly zero or not yet known."
    )
    error: JobError | None = Field(description="Why the job failed, expired or was stopped.")
    retry_of: str | None = Field(description="The job that this one tries again.")
    cached_from: str | None = Field(
        description="The earlier job whose files were copied, because recording, options and model were the same."
    )
    created_at: datetime = Field(description="When it was accepted.")
    deadline_at: datetime | None = Field(description="When its result would be of no use any more, as asked for.")
    started_at: datetime | None = Field(description="When a worker first took it up.")
    finished_at: datetime | None = Field(description="When it came to its end, whichever that is.")
    cancel_requested_at: datetime | None = Field(
        description="Canceling was asked for; the state says canceled once work has stopped."
    )
    expires_at: datetime | None = Field(
        description="When its files are removed, the recording too; null until it is over."
    )
    outputs_expired_at: datetime | None = Field(description="When its files were removed; null while they are kept.")

    @classmethod
    def of(cls, job: Job, outlook: Outlook = Outlook()) -> Self:  # noqa: B008  (frozen)
        """The view of `job`; for one that is not over, `outlook` is what the store expects of it."""
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
            ),
            timings=job.timings,
            outputs=[
                OutputView(
                    **output.model_dump(exclude={"key", "warnings"}),
                    url=f"{url}/outputs/{output.stem}",
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
        """Without the fields that concern the owner alone: for the holder of a token of the job."""
        source = self.source.model_copy(update={"url": None})
        return self.model_copy(update={"source": source, "metadata": {}, "batch": None, "webhook_url": None})


def _warnings(job: Job) -> list[str]:
    """Those of the recording, then those of the files; what is true of several stems once."""
    of_files = [warning for output in job.outputs for warning in output.warnings]
    return list(dict.fromkeys([*(job.audio.warnings if job.audio else []), *of_files]))
