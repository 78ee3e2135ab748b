"""manifest.json: enough to serve a job and to locate its files after Redis is lost. Also its parts: playable segments,
the pieces that `publish` writes, and their playlists."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from core.audio.playlist import segments_per_piece
from core.card import Stem
from core.jobs.job import Audio, Job, ModelRef, Output, Source, State, Timings
from core.jobs.options import JobOptions

_OF_THE_JOB = (
    *("id", "tenant", "options", "source", "model", "metadata", "batch", "retention_s", "retry_of", "cached_from"),
    *("created_at", "started_at", "audio", "chunks_total"),
)


class Segment(BaseModel):
    """A playable segment in object storage, its duration, and of vocals the confidence; None where they are
    silent, or the worker gave none."""

    model_config = ConfigDict(frozen=True)

    key: str
    duration_s: float
    confidence: float | None = None


class Piece(BaseModel):
    """The files that `publish` wrote for one chunk. `key` is the piece that `finish` reads, `peaks` its waveform
    (core/audio/peaks.py); both are None after deletion. `init` has each stem's init segment, in the first piece
    only."""

    model_config = ConfigDict(frozen=True)

    key: str | None = None
    peaks: str | None = None
    init: dict[Stem, str] = {}
    segments: dict[Stem, list[Segment]] = {}

    @property
    def playable_keys(self) -> Iterator[str]:
        """The objects of a playlist."""
        yield from self.init.values()
        for segments in self.segments.values():
            yield from (segment.key for segment in segments)


class Playlist(BaseModel):
    """Everything a player needs for one stem, in order."""

    model_config = ConfigDict(frozen=True)

    init: str
    segments: list[Segment]


class Manifest(BaseModel):
    """The job's request and its results."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    version: Literal[1] = 1
    id: str
    tenant: str
    options: JobOptions
    source: Source
    model: ModelRef
    metadata: dict[str, str] = {}
    batch: str | None = None
    retention_s: float
    retry_of: str | None = None
    cached_from: str | None = None
    created_at: float
    started_at: float | None = None
    audio: Audio
    chunks_total: int
    state: Literal[State.succeeded] = State.succeeded
    finished_at: float
    timings: Timings
    outputs: list[Output]
    null_error_db: float | None = None
    playlists: dict[Stem, Playlist]
    peaks: str

    @classmethod
    def of(
        cls,
        job: Job,
        now: float,
        playlists: dict[Stem, Playlist],
        outputs: Sequence[Output],
        null_error_db: float | None,
        peaks: str,
    ) -> Self:
        """`now` counts as the job's end: only this write follows."""
        assert job.audio is not None, "a job is prepared before it is finished"
        assert job.chunks_total is not None, "a job is prepared before it is finished"
        totals = {"total_s": now - job.created_at, "rtf": job.timings.inference_s / job.audio.duration_s}
        return cls(
            **{name: getattr(job, name) for name in _OF_THE_JOB},
            finished_at=now,
            timings=job.timings.model_copy(update=totals),
            outputs=list(outputs),
            null_error_db=null_error_db,
            playlists=playlists,
            peaks=peaks,
        )

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the named objects: manifests with equal keys describe the same files."""
        listed = (segment.key for playlist in self.playlists.values() for segment in playlist.segments)
        inits = (playlist.init for playlist in self.playlists.values())
        return frozenset((*(output.key for output in self.outputs), *inits, *listed, self.peaks))

    def pieces(self) -> list[Piece]:
        """The pieces as `publish` reported them to the store: all but the last have the same number of segments."""
        per_piece = segments_per_piece(self.model.geometry)
        bounds = [*(per_piece * index for index in range(self.chunks_total)), None]
        return [
            Piece(
                init={stem: playlist.init for stem, playlist in self.playlists.items()} if start == 0 else {},
                segments={stem: playlist.segments[start:stop] for stem, playlist in self.playlists.items()},
            )
            for start, stop in itertools.pairwise(bounds)
        ]

    def text(self) -> bytes:
        """The JSON as stored in S3."""
        return self.model_dump_json(indent=1).encode()


def playlists_of(pieces: Sequence[Piece], stems: Sequence[Stem]) -> dict[Stem, Playlist]:
    """The playlists of a track with all its `pieces`."""
    return {
        stem: Playlist(
            init=pieces[0].init[stem],
            segments=[segment for piece in pieces for segment in piece.segments[stem]],
        )
        for stem in stems
    }
