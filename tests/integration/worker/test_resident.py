"""The end of a task: the effect of each kind of failure on the job. On a real store."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.audio.chunker import ChunkAudio
from core.audio.chunks import Chunk
from core.audio.decode import SourceInfo
from core.errors import InternalError, LeaseLost, NoAudio, NotFound, Stopped, StorageUnavailable, VoiceliftError
from core.jobs.job import State
from core.jobs.leases import Lease
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.keys import job_prefix
from tests.support.jobs import make_job
from worker.heartbeats import Hold
from worker.objects import until_named
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.tasks import prepare


@pytest.fixture
def resident(settings: Any) -> Iterator[Resident]:
    worker_settings = WorkerSettings()  # from the environment that `settings` has set
    celery = make_celery(worker_settings)
    resident = Resident(worker_settings, celery, None)
    resident.store.turns.register_worker("test", "cpu", 4)
    yield resident
    resident.close()
    celery.close()


@pytest.fixture
def task(resident: Resident) -> Task:
    job = make_job()
    assert resident.store.records.create(job)
    resident.dispatch()
    return Task(kind=Kind.prepare, job_id=job.id)


def raising(error: Exception) -> Callable[[Resident, Hold], None]:
    def body(resident: Resident, hold: Hold) -> None:
        raise error

    return body


def test_an_unusable_recording_fails_the_job(resident: Resident, task: Task) -> None:
    resident.perform(task, raising(NoAudio("There is no sound in this file.")))
    job = resident.store.records.get(task.job_id)
    assert job.state is State.failed
    assert job.error is not None
    assert (job.error.code, job.error.message) == ("no_audio", "There is no sound in this file.")


def test_an_outage_of_s3_releases_tasks_without_an_attempt(resident: Resident, task: Task) -> None:
    resident.perform(task, raising(StorageUnavailable("S3 is away.")))
    assert resident.store.records.get(task.job_id).state is State.running
    assert resident.store.client.zcard("vl:delayed") == 1
    assert resident.store.client.hget(f"vl:job:{task.job_id}:attempts", task.member) == "0"


@pytest.mark.parametrize("error", [ValueError("a bug"), InternalError("decoder killed"), VoiceliftError("odd")])
def test_an_unexpected_exception_counts_and_is_retried(resident: Resident, task: Task, error: Exception) -> None:
    resident.perform(task, raising(error))
    assert resident.store.records.get(task.job_id).state is State.running
    assert resident.store.client.zcard("vl:delayed") == 1
    assert resident.store.client.hget(f"vl:job:{task.job_id}:attempts", task.member) == "1"


def test_missing_objects_of_a_job_that_failed_meanwhile_are_no_error(
    resident: Resident, task: Task, caplog: pytest.LogCaptureFixture
) -> None:
    """Its objects are deleted as soon as it has failed, even while another task reads them."""

    def body(resident: Resident, hold: Hold) -> None:
        resident.store.leases.fail_job(hold.lease, NoAudio("There is no sound in this file."))
        raise NotFound("The object does not exist in the object storage.")

    with caplog.at_level("WARNING"):
        resident.perform(task, body)
    assert not caplog.records
    assert resident.store.records.get(task.job_id).state is State.failed


def test_a_stopped_task_is_released_immediately(resident: Resident, task: Task) -> None:
    def body(resident: Resident, hold: Hold) -> None:
        resident.store.records.request_cancel(task.job_id)
        assert resident.store.records.get(task.job_id).state is State.running
        assert not hold.should_stop()
        resident.heartbeats._beat()
        hold.check()

    resident.perform(task, body)
    assert resident.store.records.get(task.job_id).state is State.canceled


def test_a_lost_lease_changes_nothing(resident: Resident, task: Task) -> None:
    def body(resident: Resident, hold: Hold) -> None:
        resident.store.client.hset(f"vl:job:{task.job_id}:leases", task.member, "another")
        raise LeaseLost("lost")

    resident.perform(task, body)
    assert resident.store.client.hget(f"vl:job:{task.job_id}:leases", task.member) == "another"


def test_a_duplicate_hint_does_nothing(resident: Resident, task: Task) -> None:
    ran: list[int] = []

    def body(resident: Resident, hold: Hold) -> None:
        ran.append(hold.lease.token)
        resident.perform(task, body)

    resident.perform(task, body)
    assert len(ran) == 1


def test_a_full_disk_counts_no_attempt(resident: Resident, task: Task) -> None:
    """Linux' device that is always full; FFmpeg has a separate message for it."""

    def written(resident: Resident, hold: Hold) -> None:
        Path("/dev/full").write_bytes(b"x" * 100_000)

    def encoded(resident: Resident, hold: Hold) -> None:
        with av.open("/dev/full", "w", format="wav") as container:
            stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 100_000), np.int16), "s16", "mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))

    for body in (written, encoded):
        resident.perform(task, body)
        assert resident.store.client.zcard("vl:delayed") == 1
        assert resident.store.client.hget(f"vl:job:{task.job_id}:attempts", task.member) == "0"
        resident.store.client.zadd("vl:delayed", {task.member: 0})
        resident.store.turns.reap()
        resident.dispatch()


def test_releases_during_an_outage_have_growing_delays(resident: Resident, task: Task) -> None:
    delays = []
    for _ in range(5):
        resident.perform(task, raising(StorageUnavailable("S3 is away.")))
        due = resident.store.client.zscore("vl:delayed", task.member)
        assert due is not None
        delays.append(round(due - resident.store.now()))
        resident.store.client.zadd("vl:delayed", {task.member: 0})
        resident.store.turns.reap()
        resident.dispatch()
    assert delays == [2, 4, 8, 15, 15]


def test_a_result_waits_for_s3(resident: Resident, task: Task) -> None:
    outcomes: list[Exception | str] = [StorageUnavailable("away"), "written"]

    def call() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def body(resident: Resident, hold: Hold) -> None:
        assert resident.wait_for_storage(hold, call) == "written"
        outcomes.append(StorageUnavailable("away again"))
        resident.drain()
        with pytest.raises(Stopped):
            resident.wait_for_storage(hold, call)
        outcomes.append(StorageUnavailable("away still"))
        hold.stop()
        with pytest.raises(Stopped):
            resident.wait_for_storage(hold, call)
        raise NoAudio("seen")

    resident.perform(task, body)
    assert resident.store.records.get(task.job_id).state is State.failed


def test_a_chunk_offered_under_a_lost_lease_leaves_no_object(resident: Resident, task: Task) -> None:
    """The worker may have been frozen until long after the janitor's sweeps."""
    job, silence = resident.store.records.get(task.job_id), np.zeros((1, 80), np.float32)
    info = SourceInfo("wav", "pcm_s16le", 8000, 1, "mono", 0.01, bits=16, is_float=False, lossless=True)
    late = Hold(Lease(task, token=999, attempt=1))
    with pytest.raises(LeaseLost):
        prepare._offer(resident, late, job, info, ChunkAudio(Chunk(0, 0, 0, 80), silence, silence[0], final=True))
    assert not list(resident.storage.list(job_prefix(job.id)))


@pytest.mark.parametrize(("error", "left"), [(Stopped("late"), 0), (LeaseLost("late"), 0), (NoAudio("other"), 1)])
def test_an_object_that_the_store_does_not_name_is_deleted(resident: Resident, error: Exception, left: int) -> None:
    keys = ["jobs/of-a-test/a", "jobs/of-a-test/never-written"]

    def write() -> None:
        with until_named(resident.storage, keys):
            resident.storage.put_bytes(keys[0], b"x", "application/octet-stream")
            raise error

    with pytest.raises(type(error)):
        write()
    assert len(list(resident.storage.list("jobs/of-a-test/"))) == left
    resident.storage.delete(keys)
