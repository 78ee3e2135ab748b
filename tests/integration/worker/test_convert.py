"""convert on a real store and S3: a file that lives as long as the job's, and no unnamed file."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.audio.decode import open_audio
from core.audio.formats import OutputFormat
from core.jobs.job import Job, State
from core.jobs.task import Kind, Task
from core.jobs.view import JobView
from core.keys import conversions_prefix
from tests.integration.worker.test_finish import RATE, Place
from tests.support.media import tones
from worker.heartbeats import Hold
from worker.janitor import Janitor
from worker.resident import Resident
from worker.tasks import convert


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    place = Place()
    yield place
    place.resident.close()
    place.celery.close()


@pytest.fixture
def job(place: Place) -> Job:
    mixture = tones(RATE, RATE)
    return place.finish(OutputFormat.FLAC, mixture, mixture / 2)


def converted(place: Place, job: Job, index: int, body: Any = convert.run) -> Job:
    """The job after a conversion was requested and tried."""
    place.store.records.convert(job.id, index)
    place.store.turns.release()
    place.resident.perform(Task(kind=Kind.convert, job_id=job.id, index=index), body)
    return place.store.records.get(job.id)


def left(place: Place, job: Job) -> list[str]:
    return [item.key for item in place.storage.list(conversions_prefix(job.id))]


def test_the_file_is_at_its_key_and_survives_sweeps(place: Place, job: Job, tmp_path: Any) -> None:
    janitor = Janitor(place.settings, place.store, place.storage, place.celery)
    (conversion,) = converted(place, job, 0).conversions
    assert conversion.key is not None
    janitor.round()
    data = place.storage.get_bytes(conversion.key)
    assert (conversion.bytes, conversion.index) == (len(data), 0)
    (tmp_path / "a.mp3").write_bytes(data)
    with open_audio(tmp_path / "a.mp3") as stream:
        wav = np.concatenate(list(stream), axis=1)
        assert (stream.info.codec, wav.shape) == ("mp3", (2, RATE))
    view = JobView.of(place.store.records.get(job.id)).outputs[0].conversions[0]
    assert (view.format, view.ready, view.bytes, view.sha256) == ("mp3", True, conversion.bytes, conversion.sha256)


def test_a_job_deleted_meanwhile_keeps_no_file(place: Place, job: Job) -> None:
    def deleted_meanwhile(resident: Resident, hold: Hold) -> None:
        put = resident.storage.put_file

        def put_and_delete(*arguments: Any) -> None:
            put(*arguments)
            place.store.records.delete(job.id)

        resident.storage.put_file = put_and_delete  # type: ignore[method-assign, assignment]
        convert.run(resident, hold)

    assert converted(place, job, 1, deleted_meanwhile).conversions == []
    assert left(place, job) == []


def test_a_lost_output_fails_the_conversion(place: Place, job: Job) -> None:
    place.storage.delete([job.outputs[0].key])
    for _ in range(3):
        job = converted(place, job, 2)
        place.store.client.zadd("vl:delayed", {f"convert:{job.id}:2": 0}, xx=True)
        place.store.turns.reap()
    assert job.state is State.succeeded
    assert [conversion.fault is not None for conversion in job.conversions] == [True]
    assert left(place, job) == []
