"""publish on a real store and S3: pieces in order, and when it yields its slot."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.card import Geometry
from core.jobs.job import Job, ModelRef, Source, new_job_id
from core.jobs.options import JobOptions
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.keys import source_key, stem_key
from tests.support.media import tones, write_media
from worker.objects import CONTENT_TYPE, pack, unpack
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.tasks import prepare, publish

RATE, CHUNKS = 24000, 9
STEMS = ("vocals", "instrumental")


class Place:
    """A worker of the cpu queue, and a song with all chunks separated and no piece published."""

    def __init__(self, data: bytes) -> None:
        self.settings = WorkerSettings()
        self.celery = make_celery(self.settings)
        self.resident = Resident(self.settings, self.celery, None)
        self.resident.dispatch = lambda: None  # type: ignore[method-assign]
        self.store, self.storage = self.resident.store, self.resident.storage
        self.job = self.song(data)

    def separate_all(self) -> None:
        for kind in (Kind.prepare, Kind.extend):
            self.run(kind, prepare.run)
        for index in range(CHUNKS):
            self.separate(index)

    def song(self, data: bytes) -> Job:
        job_id = new_job_id()
        source = Source(key=source_key(job_id), filename="a.wav", bytes=len(data))
        self.storage.put_bytes(source.key, data, CONTENT_TYPE)
        model = ModelRef(name="m", version="1", sample_rate=24000, geometry=Geometry(frames=96, stride=84))
        job = Job(id=job_id, tenant="t", options=JobOptions(), source=source, model=model, created_at=0.0)
        assert self.store.records.create(job)
        return job

    def release(self) -> None:
        """With workers registered again, because a slow machine may take longer than a registration lives."""
        self.store.turns.register_worker("cpu", "cpu", 9)
        self.store.turns.register_worker("gpu", "gpu", 9, self.job.model.key)
        self.store.turns.release()

    def run(self, kind: Kind, body: Any) -> Job:
        self.release()
        self.resident.perform(Task(kind=kind, job_id=self.job.id), body)
        return self.store.records.get(self.job.id)

    def separate(self, index: int) -> None:
        """As a worker does; one of an earlier version gives no confidence for chunk 0."""
        self.release()
        lease = self.store.leases.claim(Task(kind=Kind.separate, job_id=self.job.id, index=index), self.job.model.key)
        mixture = self.store.records.mixture_key(self.job.id, index)
        assert lease is not None
        assert mixture is not None
        arrays, facts = unpack(self.storage.get_bytes(mixture))
        if index:
            facts["confidence"] = [index / 10, 0.99]  # the second is of the overlap with the next chunk
        key = stem_key(self.job.id, index, lease.token)
        self.storage.put_bytes(key, pack({"vocals": arrays["mixture"] / 2}, facts), CONTENT_TYPE)
        assert self.store.leases.separated(lease, key, 1.0)


@pytest.fixture
def place(settings: Any, tmp_path: Any) -> Iterator[Place]:
    path = write_media(tmp_path / "song.wav", "pcm_s16le", tones(RATE, 10 * RATE), RATE)
    place = Place(path.read_bytes())
    try:
        place.separate_all()
        yield place
    finally:
        place.resident.close()
        place.celery.close()


def test_all_ready_pieces_are_published_when_no_other_task_waits(place: Place) -> None:
    assert place.store.records.get(place.job.id).chunks_total == CHUNKS
    assert place.run(Kind.publish, publish.run).pieces_published == CHUNKS


def test_it_yields_after_two_pieces(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.store.turns, "do_messages_wait", lambda: True)
    seen = [place.run(Kind.publish, publish.run).pieces_published for _ in range(5)]
    assert seen == [2, 4, 6, 8, 9]
    pieces = place.store.records.pieces(place.job.id)
    keys = [segment.key for piece in pieces for segment in piece.segments["vocals"]]
    assert len(keys) == len(set(keys)) == CHUNKS
    assert all(place.storage.head(key) for key in keys)


def test_vocals_segments_have_the_confidence_of_their_chunk(place: Place) -> None:
    place.run(Kind.publish, publish.run)
    pieces = place.store.records.pieces(place.job.id)
    by_stem = {stem: [part.confidence for piece in pieces for part in piece.segments[stem]] for stem in STEMS}
    assert by_stem == {"vocals": [None, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], "instrumental": [None] * CHUNKS}
