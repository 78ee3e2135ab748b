"""The janitor's rounds, on a real store and a real S3 server."""

from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest

from core import storage
from core.errors import NotFound
from core.jobs import intents, queue
from core.jobs.job import State
from core.jobs.store import JobStore
from core.jobs.task import Kind, Task
from core.keys import manifest_key, mixture_key, output_key, record_key, source_key
from core.settings import Settings
from tests.support.jobs import make_job
from tests.support.waiting import until
from worker.janitor import Janitor
from worker.janitor_metrics import SERVICE_FAULTS, JanitorMetrics
from worker.settings import WorkerSettings


class Place:
    """A janitor with store and S3; leases and retention last a fraction of a second."""

    def __init__(self) -> None:
        settings = WorkerSettings(lease_s=0.4)
        self.store = JobStore.from_settings(settings)
        self.storage = storage.from_settings(settings)
        self.celery = queue.make_celery(settings)
        self.janitor = Janitor(settings, self.store, self.storage, self.celery)

    def job(self) -> str:
        job = make_job(retention_s=4.0)
        assert self.store.records.create(job)
        return job.id

    def messages(self) -> int:
        count = self.store.client.llen("cpu")
        assert isinstance(count, int)
        return count

    def keys(self, job_id: str) -> set[str]:
        return {item.key for item in self.storage.list(f"jobs/{job_id}/")}

    def left(self, job_id: str) -> set[str]:
        """The keys after another round."""
        self.janitor.round()
        return self.keys(job_id)


@pytest.fixture
def place(settings: Settings) -> Iterator[Place]:
    place = Place()
    yield place
    place.celery.close()
    place.store.client.close()


def test_counters_used_by_alerts_start_at_zero() -> None:
    """A counter that appears at 16 has not increased: the death of the first worker would go unnoticed."""
    lines = generate_latest(JanitorMetrics().registry).decode().splitlines()
    for kind in Kind:
        assert f'voicelift_leases_expired_total{{kind="{kind}"}} 0.0' in lines
        assert f'voicelift_hints_resent_total{{kind="{kind}"}} 0.0' in lines
    for code in SERVICE_FAULTS:
        assert f'voicelift_jobs_failed_total{{code="{code}"}} 0.0' in lines


def test_it_sends_unsent_hints(place: Place) -> None:
    place.job()
    place.store.turns.register_worker("w", "cpu", 2)
    place.janitor.round()
    assert place.messages() == 1
    place.janitor.round()
    assert place.messages() == 1


def test_it_resends_lost_hints(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "HINT_S", 0.1)
    job_id = place.job()
    place.store.turns.register_worker("w", "cpu", 2)
    place.janitor.round()
    place.store.client.delete("cpu")  # the message is lost

    def sent_again() -> bool:
        place.store.turns.register_worker("w", "cpu", 2)  # a slow machine has let the registration lapse
        place.janitor.round()
        return place.messages() == 1

    until(sent_again, "the message is sent again")
    assert place.store.leases.claim(Task(kind=Kind.prepare, job_id=job_id)) is not None


def test_it_gives_tasks_of_a_dead_worker_to_another(place: Place) -> None:
    job_id = place.job()
    place.store.turns.register_worker("w", "cpu", 2)
    place.janitor.round()
    task = Task(kind=Kind.prepare, job_id=job_id)
    old = place.store.leases.claim(task)
    assert old is not None
    tokens: list[int] = []

    def taken_over() -> bool:
        place.store.turns.register_worker("w", "cpu", 2)
        place.janitor.round()
        new = place.store.leases.claim(task)
        tokens.extend([new.token] if new else [])
        return new is not None

    until(taken_over, "another worker holds it")
    assert tokens[0] > old.token


def test_it_deletes_stray_files_of_an_ended_job(place: Place) -> None:
    job_id = place.job()
    stray = [mixture_key(job_id, 0, 1), output_key(job_id, 7, "vocals", "flac"), manifest_key(job_id)]
    for key in [source_key(job_id), *stray]:
        place.storage.put_bytes(key, b"x", "application/octet-stream")
    place.janitor.round()
    assert len(place.keys(job_id)) == 4, "the job is in flight"
    place.store.records.request_cancel(job_id)
    place.janitor.round()
    assert place.keys(job_id) == {source_key(job_id), record_key(job_id)}
    ended = intents.read(place.storage, job_id)
    assert ended is not None
    assert ended.state is State.canceled
    place.storage.put_bytes(stray[0], b"late", "application/octet-stream")  # by a worker that has not noticed
    until(lambda: place.left(job_id) == {source_key(job_id), record_key(job_id)}, "only the late object is deleted")
    until(lambda: place.left(job_id) == set(), "the retention has ended")
    job = place.store.records.get(job_id)
    assert job.state is State.canceled
    assert job.outputs_expired_at is not None


def test_files_of_a_deleted_job_are_swept_twice_and_then_its_record(place: Place) -> None:
    job_id = place.job()
    keys = [source_key(job_id), mixture_key(job_id, 0, 1), output_key(job_id, 7, "vocals", "flac")]
    for key in keys:
        place.storage.put_bytes(key, b"x", "application/octet-stream")
    place.store.records.delete(job_id)
    place.janitor.round()
    assert place.keys(job_id) == set()
    place.storage.put_bytes(keys[1], b"late", "application/octet-stream")  # by a worker that has not noticed
    until(lambda: place.left(job_id) == set(), "the late object is deleted")
    with pytest.raises(NotFound):
        place.store.records.get(job_id)
