"""Conversions in the store: permission, results, and turns."""

from typing import Any

import pytest

from core.errors import EncodingFailed, NotFound, TooManyAtOnce
from core.jobs.conversion import Conversion
from core.jobs.job import Source
from core.jobs.records import MAX_CONVERTED
from core.jobs.sweeps import SweepStage
from core.jobs.task import Kind, Task
from tests.support.jobs import OUTPUT, make_manifest, make_piece

FAR = Source(key="k", filename="song.wav", bytes=None, url="https://media.example/song.wav")  # its first task is long


@pytest.fixture
def done(shop: Any) -> str:
    """A job that has succeeded."""
    return succeed(shop)


def succeed(shop: Any, tenant: str = "anna") -> str:
    store, job_id = shop.store, shop.create(tenant=tenant)
    shop.prepare(job_id, 1)
    store.turns.release()
    assert store.leases.separated(shop.claim("separate", job_id), "stem", 1.0)
    store.turns.release()
    publish = shop.claim("publish", job_id)
    assert store.leases.publish_piece(publish, 0, make_piece(job_id, 0, publish.token))
    assert store.leases.published(publish)
    store.turns.release()
    finish = shop.claim("finish", job_id)
    assert store.leases.commit_manifest(finish, make_manifest(store.records.get(job_id), finish.token))
    assert store.leases.finished(finish, [OUTPUT], None)
    return str(job_id)


def converts(shop: Any) -> list[tuple[str, int]]:
    return [(task.job_id, task.index) for task in shop.store.turns.release() if task.kind is Kind.convert]


def test_a_conversion_requested_several_times_runs_once(shop: Any, done: str) -> None:
    store, before = shop.store, shop.store.records.get(done)
    for _ in range(2):
        store.records.convert(done, 1)
    assert converts(shop) == [(done, 1)]
    lease = shop.claim("convert", done, 1)
    store.records.convert(done, 1)
    assert converts(shop) == []
    beat = store.leases.heartbeat(lease)
    assert (beat.held, beat.stop) == (True, False), "the job is final, and its conversion continues"
    conversion = Conversion(index=1, key="k", bytes=9, sha256="5ha")
    assert store.leases.converted(lease, conversion)
    assert store.leases.converted(lease, conversion), "repeated because the response was lost"
    job = store.records.get(done)
    assert (job.conversions, job.state) == ([conversion], before.state)
    assert job.revision == before.revision + 1
    store.records.convert(done, 1)
    assert converts(shop) == []


def test_a_lost_lease_completes_no_conversion(shop: Any, done: str) -> None:
    store = shop.store
    store.records.convert(done, 0)
    store.turns.release()
    lost = shop.claim("convert", done)
    shop.advance(21)
    assert shop.reap() == [Task(kind=Kind.convert, job_id=done)]
    assert converts(shop) == [(done, 0)]
    assert not store.leases.converted(lost, Conversion(index=0, key="late"))
    assert store.leases.converted(shop.claim("convert", done), Conversion(index=0, key="good"))
    assert [conversion.key for conversion in store.records.get(done).conversions] == ["good"]


def test_a_failing_conversion_has_bounded_attempts_and_does_not_fail_its_job(shop: Any, done: str) -> None:
    store = shop.store
    for index in (0, 1):
        store.records.convert(done, index)
    store.turns.release()
    assert store.leases.fail_job(shop.claim("convert", done, 0), EncodingFailed("No such samples."))
    for _ in range(3):
        shop.advance(2)
        shop.reap()
        store.turns.release()
        store.leases.give_back(shop.claim("convert", done, 1), blame="a bug")
    job = store.records.get(done)
    assert job.downloadable
    assert [conversion.fault and conversion.fault[:16] for conversion in job.conversions] == [
        "No such samples.",
        "This conversion ",
    ]
    store.records.convert(done, 1)
    assert converts(shop) == []


@pytest.mark.parametrize("how", ["deleted", "expired"])
def test_conversions_are_deleted_with_the_files(how: str, shop: Any, done: str) -> None:
    store = shop.store
    for index in (0, 1):
        store.records.convert(done, index)
    store.turns.release()
    lease = shop.claim("convert", done, 0)
    if how == "deleted":
        store.records.delete(done)
    else:
        for _ in (SweepStage.at_end, SweepStage.after_leases):
            shop.advance(60, lease)
            store.sweeps.done(store.sweeps.take())
        shop.clock.now += store.records.get(done).retention_s
        store.sweeps.done(store.sweeps.take())
        assert store.records.get(done).outputs_expired_at is not None
    assert store.leases.heartbeat(lease).stop
    assert not store.leases.converted(lease, Conversion(index=0, key="late"))
    assert converts(shop) == []
    assert store.leases.claim(Task(kind=Kind.convert, job_id=done, index=1)) is None
    with pytest.raises(NotFound):
        store.records.convert(done, 2)


def test_no_conversion_before_the_job_has_succeeded(shop: Any) -> None:
    with pytest.raises(NotFound):
        shop.store.records.convert(shop.create(), 0)
    with pytest.raises(NotFound):
        shop.store.records.convert("job_nobody", 0)


def test_conversions_of_a_tenant_are_limited(shop: Any, done: str) -> None:
    for number in range(MAX_CONVERTED):
        shop.store.client.zadd("vl:lane:convert:tenant:anna", {f"job_{number}": number})
    with pytest.raises(TooManyAtOnce, match=f"{MAX_CONVERTED} songs"):
        shop.store.records.convert(done, 0)
    shop.store.records.convert(succeed(shop, "bob"), 0)


def test_conversions_and_long_recordings_take_turns(shop: Any) -> None:
    """With one slot for long tasks, a tenant's conversions and recordings do not delay those of another."""
    store = shop.store
    finished = [succeed(shop) for _ in range(3)]
    store.turns.register_worker("cpu-worker", "cpu", 1)
    for job_id in finished:
        store.records.convert(job_id, 0)
    recordings = [shop.create(tenant="bob", source=FAR) for _ in range(3)]
    order = []
    for _ in range(6):
        (work,) = [work for work in store.turns.release() if work.kind in (Kind.convert, Kind.extend)]
        order.append(work.kind)
        lease = shop.claim(work.kind, work.job_id)
        if work.kind is Kind.convert:
            assert store.leases.converted(lease, Conversion(index=0, key="k"))
        else:
            assert store.leases.fail_job(lease, EncodingFailed("for the test"))
    assert sorted(order[:2]) == sorted(order[2:4]) == sorted(order[4:]) == [Kind.convert, Kind.extend]
    assert len(recordings) == 3
