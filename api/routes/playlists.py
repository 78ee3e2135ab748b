"""Playback while the job runs: an HLS playlist per stem, its segments, their confidence, and the waveform of the song.

The API serves the segments itself: a player resolves them against the playlist, and needs no access to S3. A name is
looked up among the published pieces, never made into a key.
"""

import re
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.access import BY_KEY, BY_TOKEN
from api.deps import CurrentCaller, CurrentJob, Objects, Store
from api.responses import UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from api.routes.outputs import KEEP, StemName, outputs_expired
from core.audio.playlist import BINS_PER_S, playlist, segments_per_piece
from core.card import BOUND_DB, GRID_FRAMES, VOCALS, Stem
from core.errors import NotFound, OutputsNotReady
from core.jobs.job import Job, State
from core.jobs.view import View

router = APIRouter(tags=["outputs"], dependencies=[BY_KEY])

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/mp4"  # media type of fragmented MP4, audio only or not
PEAKS_TYPE = "application/octet-stream"

_PROBLEMS = problems_of(
    not_found=(404, "The job has no such stem. It has: vocals, instrumental."),
    outputs_not_ready=(409, "Nothing can be played yet. Retry in a moment."),
    **UNAVAILABLE,
)


@router.get(
    JOBS_PATH + "/{job_id}/hls/{stem}.m3u8",
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Play a stem while it is separated",
    responses={
        200: {
            "description": "An EVENT playlist of FLAC in fragmented MP4. It grows until EXT-X-ENDLIST.",
            "content": {PLAYLIST_TYPE: {"schema": {"type": "string"}}},
        },
        **_PROBLEMS,
    },
)
def get_playlist(job: CurrentJob, stem: StemName, store: Store, caller: CurrentCaller) -> Response:
    """An HLS playlist of the pieces published so far; 24 bit stereo at 48 kHz or less. Fetched with a token, its
    segment URLs have the token."""
    stem_name = _playable_stem(job, stem)
    pieces = store.records.pieces(job.id)
    if not pieces:
        raise outputs_expired()  # since the job was read
    final = len(pieces) == job.chunks_total
    query = f"?token={caller.token}" if caller.token else ""
    segments = [segment for piece in pieces for segment in piece.segments[stem_name]]
    entries = [(f"{stem}/{_name(segment.key)}{query}", segment.duration_s) for segment in segments]
    text = playlist(entries, f"{stem}/{_name(pieces[0].init[stem_name])}{query}", final)
    return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": KEEP if final else "no-store"})


@router.get(
    JOBS_PATH + "/{job_id}/hls/{stem}/{name}",
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get a segment of a playlist",
    responses={
        200: {
            "description": "The init segment, or some seconds of FLAC in fragmented MP4.",
            "content": {SEGMENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **_PROBLEMS,
    },
)
def get_segment(
    job: CurrentJob,
    stem: StemName,
    name: Annotated[str, Path(description="Name in the playlist.", examples=["000000.7.m4s"])],
    store: Store,
    storage: Objects,
) -> Response:
    """A segment of the playlist, below a megabyte."""
    stem_name = _playable_stem(job, stem)
    piece = store.records.piece(job.id, _piece_index(job, name))
    if piece is None:
        raise outputs_expired()  # since the job was read
    keys = [piece.init.get(stem_name), *(segment.key for segment in piece.segments[stem_name])]
    key = next((key for key in keys if key is not None and _name(key) == name), None)
    if key is None:
        raise NotFound("This playlist has no such segment.")
    data = storage.get_bytes(key)
    return Response(data, media_type=SEGMENT_TYPE, headers={"Cache-Control": KEEP})


@router.get(
    JOBS_PATH + "/{job_id}/peaks",
    dependencies=[BY_TOKEN],
    response_class=Response,
    summary="Get the waveform of the stems",
    responses={
        200: {
            "description": f"Rows of bytes, one row for each {1000 // BINS_PER_S} ms from `from_bin` on. A row has the "
            "peak and the RMS of each stem, in the order of `options.stems`; each is `255 * sqrt(amplitude)`.",
            "content": {PEAKS_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **_PROBLEMS,
        **problems_of(invalid_request=(422, "The request has invalid fields.")),
    },
)
def get_peaks(
    job: CurrentJob,
    store: Store,
    storage: Objects,
    from_bin: Annotated[int, Query(ge=0, description="First row; request only new ones.")] = 0,
) -> Response:
    """The waveform of the separated part: 6 kB for a minute of two stems."""
    _check_playable(job)
    manifest = store.records.committed_manifest(job.id) if job.state is State.succeeded else None
    row = 2 * len(job.options.stems)
    if manifest is not None:
        data = storage.get_bytes(manifest.peaks)[from_bin * row :]
    else:
        per_piece = job.model.geometry.stride // GRID_FRAMES
        first = from_bin // per_piece
        keys = [piece.peaks for piece in store.records.pieces(job.id)]
        if not keys or None in keys:
            raise outputs_expired()  # since the job was read
        rows = b"".join(storage.get_bytes(key) for key in keys[first:] if key is not None)
        data = rows[(from_bin - first * per_piece) * row :]
    return Response(data, media_type=PEAKS_TYPE, headers={"Cache-Control": KEEP if manifest else "no-store"})


class SegmentView(View):
    """A segment of the vocals."""

    start_s: float = Field(description="Start in seconds.", examples=[6.4])
    duration_s: float = Field(description="Length in seconds.", examples=[3.2])
    confidence: float | None = Field(
        ge=0,
        le=1,
        description=f"Expected share of the seconds whose vocals have an SDR of at least {BOUND_DB:g} dB, calibrated "
        "on short excerpts. Null where the vocals are silent; with `render=generative`, `steps` or `eta`; if the "
        "model has no calibration; and in jobs of earlier versions.",
        examples=[0.93],
    )


class SegmentListView(View):
    """The segments so far."""

    segments: list[SegmentView] = Field(description="In order; those of the vocals' playlist.")


@router.get(
    JOBS_PATH + "/{job_id}/confidence",
    dependencies=[BY_TOKEN],
    response_model=SegmentListView,
    summary="Get the confidence of the vocals",
    responses={**_PROBLEMS, **problems_of(invalid_request=(422, "The request has invalid fields."))},
)
def get_confidence(
    job: CurrentJob,
    store: Store,
    response: Response,
    from_segment: Annotated[int, Query(ge=0, description="First segment; request only new ones.")] = 0,
) -> SegmentListView:
    """How certain the separated vocals are, segment by segment. A job without vocals has none."""
    vocals = _playable_stem(job, VOCALS)
    pieces = store.records.pieces(job.id)
    if not pieces:
        raise outputs_expired()  # since the job was read
    segments = [segment for piece in pieces for segment in piece.segments[vocals]]
    starts = accumulate((segment.duration_s for segment in segments), initial=0.0)
    final = len(pieces) == job.chunks_total
    response.headers["Cache-Control"] = KEEP if final else "no-store"
    views = [
        SegmentView(start_s=round(start, 6), duration_s=segment.duration_s, confidence=segment.confidence)
        for start, segment in zip(starts, segments, strict=False)
    ]
    return SegmentListView(segments=views[from_segment:])


def _playable_stem(job: Job, name: str) -> Stem:
    """The stem of this name, with at least one published piece. Raises NotFound, OutputsNotReady."""
    stem = next((stem for stem in job.options.stems if stem == name), None)
    if stem is None:
        raise NotFound(f"The job has no such stem. It has: {', '.join(job.options.stems)}.")
    _check_playable(job)
    return stem


def _check_playable(job: Job) -> None:
    """Raises OutputsNotReady."""
    if job.outputs_expired_at is not None:
        raise outputs_expired()
    if job.playable:
        return
    if job.state.terminal:
        raise OutputsNotReady(f"The job has {job.state}, so there is nothing to play.", state=job.state)
    raise OutputsNotReady("Nothing can be played yet. Retry in a moment.", state=job.state)


def _piece_index(job: Job, name: str) -> int:
    """The published piece that contains the segment of this name: segments are numbered through all pieces. The init
    segment is in the first piece."""
    number = name.partition(".")[0]
    if not re.fullmatch("[0-9]{6,9}", number):
        return 0
    return min(int(number) // segments_per_piece(job.model.geometry), job.pieces_published - 1)


def _name(key: str) -> str:
    """The last part of an object's key, its name in the playlist."""
    return PurePosixPath(key).name
