"""Listening while the job runs: an HLS playlist per stem, and the segments that it names.

The segments are answered by the API itself, from its own address: a player resolves them against the playlist, and
needs no rights in S3. A name is looked up among the published pieces; it is never made into a key.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.deps import CurrentJob, Serving
from api.openapi import UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.audio.playlist import playlist
from core.errors import NotFound, OutputsNotReady
from core.jobs.job import Job

router = APIRouter(tags=["outputs"])

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/mp4"  # what players expect of fragmented MP4, audio only or not
_KEEP = "private, max-age=86400"  # neither a segment nor a playlist that has ended ever changes

_PROBLEMS = problems_of(
    not_found=(404, "The job has no such stem. It has: vocals, instrumental."),
    outputs_not_ready=(409, "Nothing of this job can be played yet. Try again in a moment."),
    **UNAVAILABLE,
)
StemName = Annotated[str, Path(description="vocals or instrumental", examples=["vocals"])]


@router.get(
    JOBS_PATH + "/{job_id}/hls/{stem}.m3u8",
    response_class=Response,
    summary="Listen to a stem while it is being made",
    responses={
        200: {
            "description": "An EVENT playlist of FLAC in fragmented MP4. It grows until EXT-X-ENDLIST stands in it.",
            "content": {PLAYLIST_TYPE: {"schema": {"type": "string"}}},
        },
        **_PROBLEMS,
    },
)
def get_playlist(job: CurrentJob, stem: StemName, serving: Serving, request: Request) -> Response:
    """An HLS playlist of what is out so far, from the first piece on; 24 bit stereo at 48 kHz or less. Fetched with a
    token, it carries the token on to its segments."""
    pieces = _pieces(job, stem, serving)
    final = len(pieces) == job.chunks_total
    token = getattr(request.state, "token", None)  # one that was found valid
    query = f"?token={token}" if token else ""
    entries = [(f"{stem}/{_name(item['key'])}{query}", item["duration_s"]) for item in _segments(pieces, stem)]
    text = playlist(entries, f"{stem}/{_name(pieces[0]['init'][stem])}{query}", final)
    return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": _KEEP if final else "no-store"})


@router.get(
    JOBS_PATH + "/{job_id}/hls/{stem}/{name}",
    response_class=Response,
    summary="Get a segment of a playlist",
    responses={
        200: {
            "description": "The init segment, or some seconds of FLAC in fragmented MP4.",
            "content": {SEGMENT_TYPE: {"schema": {"type": "string", "contentMediaType": SEGMENT_TYPE}}},
        },
        **_PROBLEMS,
    },
)
def get_segment(
    job: CurrentJob,
    stem: StemName,
    name: Annotated[str, Path(description="As the playlist names it.", examples=["000000.7.m4s"])],
    serving: Serving,
) -> Response:
    """What the playlist names; under a megabyte each."""
    pieces = _pieces(job, stem, serving)
    keys = [pieces[0]["init"][stem], *(item["key"] for item in _segments(pieces, stem))]
    key = next((key for key in keys if _name(key) == name), None)
    if key is None:
        raise NotFound("The playlist of this stem has no such segment.")
    data = serving.storage.get_bytes(key)
    return Response(data, media_type=SEGMENT_TYPE, headers={"Cache-Control": _KEEP})


def _pieces(job: Job, stem: str, serving: Serving) -> list[dict[str, Any]]:
    """The published pieces, at least one. Raises NotFound, OutputsNotReady."""
    if stem not in job.options.stems:
        raise NotFound(f"The job has no such stem. It has: {', '.join(job.options.stems)}.")
    if job.outputs_expired_at is not None:
        raise _expired()
    if job.playable:
        if pieces := serving.store.pieces(job.id):
            return pieces
        raise _expired()  # since the job was read
    if job.state.terminal:
        raise OutputsNotReady(f"The job has {job.state}, so nothing of it can be played.", state=job.state)
    raise OutputsNotReady("Nothing of this job can be played yet. Try again in a moment.", state=job.state)


def _expired() -> NotFound:
    return NotFound("The outputs of this job have expired and were removed. Make a new job.")


def _segments(pieces: list[dict[str, Any]], stem: str) -> Iterator[dict[str, Any]]:
    for piece in pieces:
        yield from piece["segments"][stem]


def _name(key: str) -> str:
    """The last part of an object's key, by which the playlist knows it."""
    return PurePosixPath(key).name
