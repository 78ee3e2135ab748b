"""Messages on a real broker: the order in which workers read them."""

from collections.abc import Iterator

import pytest
from celery import Celery

from core.jobs import queue
from core.jobs.store import JobStore
from core.jobs.task import Kind, Task
from core.settings import Settings
from tests.support.jobs import MODEL, make_job


@pytest.fixture
def celery(settings: Settings) -> Iterator[Celery]:
    app = queue.make_celery(settings)
    yield app
    app.close()


def read(celery: Celery, name: str) -> list[tuple[str, list[object]]]:
    """All messages of a queue in the order of a worker: task and arguments."""
    with celery.connection_for_read() as connection:
        channel = connection.default_channel
        messages = iter(lambda: channel.basic_get(name, no_ack=True), None)
        return [(message.headers["task"], message.payload[0]) for message in messages]


def test_the_first_hint_of_a_new_song_is_read_before_earlier_ones(settings: Settings, celery: Celery) -> None:
    store = JobStore.from_settings(settings)
    old, new = make_job(), make_job()
    for job in (old, new):
        assert store.records.create(job)
    tasks = [Task(kind=kind, job_id=old.id) for kind in (Kind.extend, Kind.publish, Kind.finish)]
    queue.send(store, celery, [*tasks, Task(kind=Kind.prepare, job_id=new.id)])
    assert [(task, job_id) for task, (job_id, _) in read(celery, "cpu")] == [
        ("voicelift.prepare", new.id),
        ("voicelift.extend", old.id),
        ("voicelift.publish", old.id),
        ("voicelift.finish", old.id),
    ]
    chunks = [(old.id, 4), (old.id, 5), (new.id, 0), (new.id, 1)]
    queue.send(store, celery, [Task(kind=Kind.separate, job_id=job_id, index=index) for job_id, index in chunks])
    order = [tuple(arguments) for _, arguments in read(celery, queue.gpu_queue(MODEL.key))]
    assert order == [(new.id, 0), (old.id, 4), (old.id, 5), (new.id, 1)]
