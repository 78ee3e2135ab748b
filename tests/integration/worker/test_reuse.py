"""Copied results: when a job is a copy, its independence, and interruptions."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.card import Geometry, Stem
from core.errors import Stopped
from core.jobs import events
from core.jobs.job import Audio, Job, ModelRef, Output, Source, State, new_job_id
from core.jobs.leases import Lease
from core.jobs.manifest import Manifest, Piece, Segment, playlists_of
from core.jobs.options import JobOptions
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.keys import (
    hls_init_key,
    hls_segment_key,
    job_prefix,
    manifest_key,
    output_key,
    peaks_key,
    piece_peaks_key,
    record_key,
    source_key,
)
from worker.heartbeats import Hold
from worker.janitor import Janitor
from worker.resident import Resident
from worker.reuse import reuse
from worker.settings import WorkerSettings

SHA = "ab" * 32
CHUNKS = 3
VOCALS, BOTH = JobOptions(stems=("vocals",)), JobOptions()
AUDIO = Audio(
    container="wav", codec="pcm_s16le", sample_rate=8000, channels=1, layout="mono", samples=80000, duration_s=10.0
)


class Place:
    def __init__(self) -> None:
        self.settings = WorkerSettings()
        self.celery = make_celery(self.settings)
        self.resident = Resident(self.settings, self.celery, None)
        self.store, self.storage = self.resident.store, self.resident.storage

    def job(self, tenant: str = "t", sha256: str | None = SHA, **more: Any) -> Job:
        job_id = new_job_id()
        job = Job(
            id=job_id,
            tenant=tenant,
            options=more.pop("options", VOCALS),
            source=Source(key=source_key(job_id), filename="mine.wav", bytes=1, sha256=sha256),
            model=ModelRef(name="m", version=more.pop("version", "1"), sample_rate=24000, geometry=Geometry()),
            created_at=0.0,
            **more,
        )
        self.storage.put_bytes(job.source.key, b"x", "application/octet-stream")
        assert self.store.records.create(job)
        return self.store.records.get(job_id)

    def claim(self, kind: str, job: Job, index: int = 0) -> Lease:
        self.store.turns.register_worker("gpu", "gpu", 50, job.model.key)
        self.store.turns.register_worker("cpu", "cpu", 50)
        self.store.turns.release()
        lease = self.store.leases.claim(Task(kind=Kind(kind), job_id=job.id, index=index), job.model.key)
        assert lease is not None
        return lease

    def finished(self, **more: Any) -> Job:
        """A job whose three pieces and two outputs are in S3."""
        job = self.job(**more)
        prepare = self.claim("prepare", job)
        for index in range(CHUNKS):
            self.store.leases.chunk_ready(prepare, index, f"mixture-{index}")
        self.store.leases.prepared(prepare, CHUNKS, AUDIO)
        for index in range(CHUNKS):
            self.store.leases.separated(self.claim("separate", job, index), f"stem-{index}", 1.0)
        publish = self.claim("publish", job)
        number = 0
        pieces: list[Piece] = []
        for index in range(CHUNKS):
            count = 4 if index < CHUNKS - 1 else 1
            init: dict[Stem, str] = {}
            segments: dict[Stem, list[Segment]] = {}
            for stem in job.options.stems:
                if index == 0:
                    init[stem] = hls_init_key(job.id, stem, publish.token)
                    self.storage.put_bytes(init[stem], f"init {stem}".encode(), "video/mp4")
                keys = [hls_segment_key(job.id, stem, number + at, publish.token) for at in range(count)]
                for key in keys:
                    self.storage.put_bytes(key, key.encode(), "video/mp4")
                segments[stem] = [Segment(key=key, duration_s=3.2) for key in keys]
            number += count
            peaks = piece_peaks_key(job.id, index, publish.token)
            self.storage.put_bytes(peaks, bytes(4), "application/octet-stream")
            pieces.append(Piece(peaks=peaks, init=init, segments=segments))
            assert self.store.leases.publish_piece(publish, index, pieces[-1])
        self.store.leases.published(publish)
        finish = self.claim("finish", job)
        outputs = []
        for stem in job.options.stems:
            key = output_key(job.id, finish.token, stem, "flac")
            self.storage.put_bytes(key, f"file {stem}".encode(), "audio/flac")
            facts = {"bytes": 9, "sha256": "0", "sample_rate": 8000, "channels": 1, "samples": 80000}
            outputs.append(Output(stem=stem, key=key, format="flac", duration_s=10.0, **facts))
        playlists = playlists_of(pieces, job.options.stems)
        peaks = peaks_key(job.id, finish.token)
        self.storage.put_bytes(peaks, b"peaks", "application/octet-stream")
        manifest = Manifest.of(self.store.records.get(job.id), self.store.now(), playlists, outputs, -99.5, peaks)
        assert self.store.leases.commit_manifest(finish, manifest)
        self.storage.put_bytes(manifest_key(job.id), manifest.text(), "application/json")
        assert self.store.leases.finished(finish, outputs, -99.5)
        return self.store.records.get(job.id)

    def reuse(self, job: Job, lease: Lease | None = None, sha256: str = SHA) -> bool:
        hold = Hold(lease or self.claim("prepare", job))
        return reuse(self.resident, hold, job, job.source.model_copy(update={"sha256": sha256}))

    def keys(self, job: Job) -> set[str]:
        return {item.key for item in self.storage.list(job_prefix(job.id))}

    def remove(self, job: Job) -> None:
        """Delete a job and sweep it."""
        self.store.records.delete(job.id)
        Janitor(self.settings, self.store, self.storage, self.celery).round()
        assert self.keys(job) == set()


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    place = Place()
    yield place
    place.resident.close()
    place.celery.close()


def test_an_equal_job_copies_the_files_and_is_independent(place: Place) -> None:
    first = place.finished(options=BOTH)
    second = place.job(options=BOTH, metadata={"a": "b"}, sha256=None)
    assert place.reuse(second)
    job = place.store.records.get(second.id)
    assert (job.state, job.cached_from, job.fraction) == (State.succeeded, first.id, 1.0)
    assert (job.chunks_total, job.chunks_done, job.pieces_published) == (3, 3, 3)
    assert (job.audio, job.null_error_db, job.source.sha256) == (AUDIO, -99.5, SHA)
    assert (job.timings.inference_s, job.timings.rtf) == (0, 0)
    assert [event.type for event in events.read(place.store.client, job.id)][-4:] == [
        *("piece", "output", "output", "state")
    ]

    place.remove(first)
    assert [output.stem for output in job.outputs] == ["vocals", "instrumental"]
    for output in job.outputs:
        assert place.storage.get_bytes(output.key) == f"file {output.stem}".encode()
    pieces, before = place.store.records.pieces(job.id), 0
    assert [len(piece.segments["vocals"]) for piece in pieces] == [4, 4, 1]
    assert place.storage.get_bytes(pieces[0].init["vocals"]) == b"init vocals"
    for piece in pieces:
        for segment in piece.segments["vocals"]:
            was = place.storage.get_bytes(segment.key).decode()
            assert f"/hls/vocals/{before:06d}." in was
            assert segment.key.startswith(job_prefix(job.id))
            before += 1
    manifest = json.loads(place.storage.get_bytes(manifest_key(job.id)))
    assert (manifest["id"], manifest["cached_from"], manifest["metadata"]) == (job.id, first.id, {"a": "b"})
    assert manifest["outputs"] == [output.model_dump() for output in job.outputs]
    assert place.storage.get_bytes(manifest["peaks"]) == b"peaks"
    assert place.keys(job) == {
        manifest["peaks"],
        *(job.source.key, record_key(job.id), manifest_key(job.id)),
        *(output.key for output in job.outputs),
        *(key for piece in pieces for key in piece.playable_keys),
    }


def test_a_copy_can_be_copied_after_the_original_is_deleted(place: Place) -> None:
    first, second, third = place.finished(), place.job(), place.job()
    assert place.reuse(second)
    place.remove(first)
    assert place.reuse(third)
    assert place.store.records.get(third.id).cached_from == second.id


def test_jobs_that_differ_are_computed(place: Place) -> None:
    place.finished()
    others: list[dict[str, Any]] = [
        {"tenant": "somebody"},
        {"sha256": "cd" * 32},
        {"options": VOCALS.model_copy(update={"seed": 1})},
        {"version": "2"},
        {"cache": False},
    ]
    for other in others:
        job = place.job(**other)
        assert not place.reuse(job, sha256=other.get("sha256", SHA))
        assert place.store.records.get(job.id).state is State.running
        assert place.keys(job) == {job.source.key}
    assert place.reuse(place.job()), "and nothing else differs"


def test_deleted_or_expired_jobs_are_not_copied(place: Place) -> None:
    first = place.finished()
    place.store.records.delete(first.id)
    assert not place.reuse(place.job())
    second = place.finished()
    place.store.client.hset(f"vl:job:{second.id}", "outputs_expired_at", "1.5")
    assert not place.reuse(place.job())


def test_an_aborted_copy_leaves_nothing_and_the_job_continues(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    first, job = place.finished(), place.job()
    copy, left = place.storage.copy, iter([True] * 5)

    def until_it_is_removed(source: str, target: str) -> None:
        if not next(left, False):
            place.storage.delete([source])
        copy(source, target)

    monkeypatch.setattr(place.storage, "copy", until_it_is_removed)
    lease = place.claim("prepare", job)
    assert not place.reuse(job, lease)
    assert place.keys(job) == {job.source.key}, "the copies are deleted"
    assert place.store.leases.heartbeat(lease).held, "the job continues like any other"
    assert place.store.records.get(first.id).state is State.succeeded


def test_a_cancel_while_the_files_are_copied_wins(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.finished()
    job = place.job()
    monkeypatch.setattr(place.storage, "copy", after(place, lambda: place.store.records.request_cancel(job.id)))
    lease = place.claim("prepare", job)
    with pytest.raises(Stopped):
        place.reuse(job, lease)
    place.store.leases.give_back(lease)
    assert place.store.records.get(job.id).state is State.canceled
    assert place.keys(job) == {job.source.key}


def after(place: Place, act: Callable[[], object]) -> Callable[[str, str], None]:
    copy = place.storage.copy

    def copying(source: str, target: str) -> None:
        copy(source, target)
        act()

    return copying


def test_a_job_continues_after_its_worker_died_with_the_manifest_named(place: Place) -> None:
    first, job = place.finished(), place.job()
    put = place.storage.put_bytes

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    place.storage.put_bytes = dies  # type: ignore[method-assign, assignment]
    old = place.claim("prepare", job)
    with pytest.raises(KeyboardInterrupt):
        place.reuse(job, old)
    place.storage.put_bytes = put  # type: ignore[method-assign]
    place.remove(first)  # its files are not needed any more
    place.store.leases.give_back(old)
    named = place.store.records.committed_manifest(job.id)
    assert named is not None
    assert place.reuse(job)
    done = place.store.records.get(job.id)
    assert done.state is State.succeeded
    assert all(place.storage.head(output.key) for output in done.outputs)
    assert not place.store.leases.reused(old, named), "the first worker reports nothing any more"
    assert Path(done.outputs[0].key).parent.name == str(old.token)
