"""manifest.json: enough to answer for a job, and to find its files, when Redis is lost."""

import itertools
from typing import Any

from core.audio.hls import segments_per_piece
from core.card import Geometry
from core.jobs.job import Job, Output, State


def manifest_of(
    job: Job, now: float, playlists: dict[str, Any], outputs: list[Output], null_error_db: float | None
) -> dict[str, Any]:
    """What the job was and what it made.

    `now` is taken for the job's end: all that comes after is to write this down. `playlists` has, per stem, the key
    of the init segment and the segments' keys and durations."""
    assert job.audio is not None, "a job is prepared before it is finished"
    timings = job.timings.model_dump() | {
        "total_s": now - job.created_at,
        "rtf": job.timings.inference_s / job.audio.duration_s,
    }
    asked = job.model_dump(
        mode="json",
        include={
            "id",
            "tenant",
            "options",
            "source",
            "model",
            "metadata",
            "retention_s",
            "retry_of",
            "cached_from",
            "created_at",
            "started_at",
            "audio",
            "chunks_total",
        },
    )
    return {
        "version": 1,
        **asked,
        "state": State.succeeded,
        "finished_at": now,
        "timings": timings,
        "outputs": [output.model_dump(mode="json") for output in outputs],
        "null_error_db": null_error_db,
        "playlists": playlists,
    }


def pieces_of(manifest: dict[str, Any], geometry: Geometry) -> list[dict[str, Any]]:
    """The pieces as `publish` would have told them to the store: all but the last have the same number of segments."""
    per_piece, count, playlists = segments_per_piece(geometry), manifest["chunks_total"], manifest["playlists"]
    bounds = [*(per_piece * index for index in range(count)), None]
    return [
        {
            "init": {stem: playlist["init"] for stem, playlist in playlists.items()} if start == 0 else {},
            "segments": {stem: playlist["segments"][start:stop] for stem, playlist in playlists.items()},
        }
        for start, stop in itertools.pairwise(bounds)
    ]
