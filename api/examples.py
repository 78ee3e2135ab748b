"""Example jobs for the contract, one per state, built as views of records."""

from typing import Any

from core.card import Geometry
from core.jobs.job import Audio, Job, JobError, ModelRef, Output, Source, Stage, State, Timings
from core.jobs.options import JobOptions
from core.jobs.view import JobView, Outlook

_ID = "job_01k8rz3v9q5w7x2m4n6p8r0s1t"
_AT = 1_764_000_000.0
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_QUEUED = Job(
    id=_ID,
    tenant="default",
    options=JobOptions(),
    source=Source(key="", filename="song.mp3", bytes=4_812_345, sha256=_SHA256),
    model=ModelRef(name="default", version="1", sample_rate=24000, geometry=Geometry()),
    created_at=_AT,
    metadata={"user": "8231"},
    webhook_url="https://app.example/hooks/voicelift",
)
_RUNNING: dict[str, Any] = {
    "state": State.running,
    "stage": Stage.separating,
    "started_at": _AT + 0.05,
    "audio": Audio(
        container="mp3", codec="mp3", sample_rate=44100, channels=2, samples=6_174_000, duration_s=140.0, lossless=False
    ),
    "chunks_total": 11,
    "chunks_ready": 11,
    "chunks_done": 3,
    "pieces_published": 2,
    "fraction": 0.34,
    "timings": Timings(queue_s=0.05, prepare_s=1.2, inference_s=5.7, first_piece_s=4.9),
}
_FAILED: dict[str, Any] = {
    "state": State.failed,
    "started_at": _AT + 0.05,
    "finished_at": _AT + 0.9,
    "error": JobError(code="no_audio", message="The file contains no audio track. Send a file with audio."),
    "timings": Timings(queue_s=0.05, total_s=0.9),
}
_CANCELED: dict[str, Any] = {
    **_RUNNING,
    "state": State.canceled,
    "cancel_requested_at": _AT + 8.0,
    "finished_at": _AT + 8.4,
    "timings": Timings(queue_s=0.05, prepare_s=1.2, inference_s=5.7, first_piece_s=4.9, total_s=8.4),
}
_EXPIRED: dict[str, Any] = {
    "state": State.expired,
    "deadline_at": _AT + 900,
    "finished_at": _AT + 900,
    "error": JobError(
        code="deadline_exceeded",
        message="The deadline passed before a worker was free.",
        retryable=True,
    ),
    "timings": Timings(total_s=900.0),
}


def _succeeded() -> dict[str, Any]:
    facts: dict[str, Any] = {"sample_rate": 44100, "channels": 2, "samples": 6_174_000, "duration_s": 140.0, "bits": 24}
    return {
        **_RUNNING,
        "state": State.succeeded,
        "finished_at": _AT + 24.7,
        "chunks_done": 11,
        "pieces_published": 11,
        "fraction": 1.0,
        "timings": Timings(queue_s=0.05, prepare_s=1.2, inference_s=20.9, first_piece_s=4.9, total_s=24.7, rtf=0.15),
        "outputs": [
            Output(stem="vocals", key="", format="flac", bytes=9_437_184, sha256=_SHA256, **facts),
            Output(stem="instrumental", key="", format="flac", bytes=14_155_776, sha256=_SHA256[::-1], **facts),
        ],
    }


def jobs() -> dict[State, dict[str, Any]]:
    """By state, as JSON."""
    changes = {
        State.queued: {},
        State.running: _RUNNING,
        State.succeeded: _succeeded(),
        State.failed: _FAILED,
        State.canceled: _CANCELED,
        State.expired: _EXPIRED,
    }
    outlooks = {State.queued: Outlook(position=2, eta_s=31.5), State.running: Outlook(eta_s=16.2)}
    return {
        state: JobView.of(_QUEUED.model_copy(update=change), outlooks.get(state, Outlook())).model_dump(mode="json")
        for state, change in changes.items()
    }
