from typing import Any

import pytest
from pydantic import ValidationError

from core.jobs.job import Job, Source, State
from core.jobs.options import JobOptions
from core.jobs.request import JobRequest
from core.jobs.view import JobView, Outlook
from tests.support.jobs import OUTPUT, make_job


def job(**more: Any) -> Job:
    fields: dict[str, Any] = {
        "id": "job_01k8rz3v9q5w7x2m4n6p8r0s1t",
        "options": JobOptions(stems=("vocals",)),
        "source": Source(key="k", filename="f.mp3", bytes=None, url="https://me.example/f.mp3?sig=secret#x"),
        "created_at": 1000.0,
        "retention_s": 500.0,
    }
    return make_job(**fields | more)


def test_a_waiting_job() -> None:
    view = JobView.of(job(), Outlook(position=3, eta_s=12.34))
    assert (view.queue_position, view.progress.eta_s, view.progress.fraction) == (3, 12.3, 0)
    assert (view.source.url, view.source.bytes) == ("https://me.example/f.mp3", None)
    assert (view.expires_at, view.outputs, view.playlists) == (None, [], {})
    assert view.events_url == view.url + "/events"
    assert "secret" not in view.model_dump_json()


def test_a_finished_job_states_the_retention_of_its_files() -> None:
    file = OUTPUT.model_copy(update={"key": "jobs/x/outputs/7/vocals.flac"})
    done = job(state=State.succeeded, finished_at=2000.0, outputs=[file], pieces_published=1, fraction=1.0)
    view = JobView.of(done)
    assert view.expires_at is not None
    assert view.expires_at.timestamp() == view.outputs[0].expires_at.timestamp() == 2500.0
    assert view.playlists == {"vocals": f"{view.url}/hls/vocals.m3u8"}
    assert (view.queue_position, view.progress.eta_s) == (None, None)
    assert file.key not in view.model_dump_json()
    gone = JobView.of(done.model_copy(update={"outputs_expired_at": 2600.0}))
    assert gone.outputs_expired_at == gone.expires_at
    assert gone.playlists == {}


def test_fingerprints_without_a_batch_are_unchanged() -> None:
    """A request may be repeated, with its Idempotency-Key, after an upgrade from 0.7.0."""
    known = "fe13de32d303097cc37e715d435a53ef80487fb40bc0d66a57b0d4f54ccb71db"
    assert JobRequest().fingerprint("x") == known
    assert JobRequest(batch="a").fingerprint("x") != known


def test_result_and_request_fingerprints_cover_their_fields() -> None:
    plain, other = JobRequest(), JobRequest(metadata={"a": "b"}, cache=False, retention_s=5)
    assert plain.options == other.options == JobOptions()
    assert plain.fingerprint("x") != other.fingerprint("x")
    assert plain.fingerprint("x") == JobRequest(quality="standard").fingerprint("x") != plain.fingerprint("y")
    assert job().recipe == job(retention_s=1.0, metadata={"a": "b"}).recipe
    recipes = {job(**more).recipe for more in ({}, {"tenant": "u"}, {"options": JobOptions(seed=1)})}
    assert len(recipes) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"metadata": {"": "x"}},
        {"metadata": {"k" * 65: "x"}},
        {"metadata": {str(number): "" for number in range(17)}},
        {"metadata": {"k": "ü" * 2048}},
        {"metadata": {"k": 1}},
        {"deadline_s": 0},
        {"deadline_s": float("inf")},
        {"retention_s": 0.5},
        {"cache": "perhaps"},
        {"webhook_url": "h" * 2049},
    ],
)
def test_invalid_requests_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        JobRequest.model_validate(wrong)
