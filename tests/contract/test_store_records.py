"""Jobs: listing, deleting, idempotency keys, and estimates."""

import threading
from typing import Any

import pytest

from core.errors import LeaseLost, NotFound
from core.jobs import events
from core.jobs.idempotency import IdempotencyKey, KeyHolder
from core.jobs.job import Audio, Job, Source, State
from core.jobs.leases import Lease
from core.jobs.manifest import Piece
from core.jobs.options import JobOptions
from core.jobs.sweeps import SweepStage
from core.jobs.task import Kind, Task
from core.jobs.view import Outlook
from tests.support.jobs import MODEL, make_manifest

AUDIO = Audio(sample_rate=44100, channels=2, samples=441000, duration_s=51.2, container="wav", codec="pcm_s16le")
LONG_SLOTS = 3  # of the four slots of the shop's cpu worker; one is reserved for publishing


# ------------------------------------------------------------------ listing


def test_jobs_are_listed_by_tenant_and_state_newest_first(shop: Any) -> None:
    store = shop.store
    ids = sorted(shop.create() for _ in range(5))
    other = shop.create(tenant="bob")
    store.records.request_cancel(ids[1])
    store.turns.release()
    shop.claim("prepare", ids[0])

    def listed(tenant: str, state: State | None = None, limit: int = 10, before: str | None = None) -> list[str]:
        return [job.id for job in store.records.list_jobs(tenant, state, limit, before)]

    assert listed("anna") == ids[::-1]
    assert listed("bob") == [other]
    assert listed("nobody") == []
    assert listed("anna", State.queued) == [ids[4], ids[3], ids[2]]
    assert listed("anna", State.running) == [ids[0]]
    assert listed("anna", State.canceled) == [ids[1]]
    assert listed("anna", limit=2) == [ids[4], ids[3]]
    assert listed("anna", limit=2, before=ids[3]) == [ids[2], ids[1]]
    assert listed("anna", State.queued, before=ids[3]) == [ids[2]]
    store.records.delete(ids[4])
    assert listed("anna", State.queued) == [ids[3], ids[2]]
    store.client.delete(f"vl:job:{ids[2]}")  # like a job deleted between two reads
    assert listed("anna", limit=2) == [ids[3], ids[1]], "pages are full while jobs remain"
    assert listed("anna", State.canceled) == [ids[1]], "deleted jobs are never listed"


# ----------------------------------------------------------------- deleting


def sweeps(shop: Any) -> list[SweepStage]:
    listed = []
    while (sweep := shop.store.sweeps.take()) is not None:
        listed.append(sweep.stage)
        shop.store.sweeps.done(sweep)
    return listed


def test_a_deleted_job_is_swept_twice_and_then_forgotten(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.records.request_cancel(job_id)
    assert sweeps(shop) == [SweepStage.at_end]
    held_back = store.records.get(job_id)
    store.records.delete(job_id)
    store.records.delete(job_id)
    assert store.records.get(job_id).deleted_at == shop.clock.now
    assert store.records.get(job_id).state is held_back.state
    assert sweeps(shop) == [SweepStage.deleted]
    shop.advance(41)
    assert sweeps(shop) == [SweepStage.deleted_after_leases]
    with pytest.raises(NotFound):
        store.records.get(job_id)
    with pytest.raises(NotFound):
        store.records.delete(job_id)
    assert store.client.keys(f"*{job_id}*") == []


def test_a_sweep_from_before_the_delete_does_not_count(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.records.request_cancel(job_id)
    before = store.sweeps.take()
    store.records.delete(job_id)
    store.sweeps.done(before)
    assert sweeps(shop) == [SweepStage.deleted]


def test_a_running_job_that_is_deleted_is_stopped_first(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    shop.prepare(job_id, 3)
    store.turns.release()
    lease = shop.claim("separate", job_id)
    store.records.delete(job_id)
    assert store.leases.heartbeat(lease).stop
    assert sweeps(shop) == [], "a worker may still write"
    assert store.leases.claim(Task(kind=Kind.separate, job_id=job_id, index=1)) is None
    store.leases.give_back(lease)
    assert store.records.get(job_id).state is State.canceled
    assert sweeps(shop) == [SweepStage.deleted]
    shop.advance(41)
    assert sweeps(shop) == [SweepStage.deleted_after_leases]
    assert store.client.keys(f"*{job_id}*") == []
    assert not store.leases.give_back(lease)
    assert not store.leases.heartbeat(lease).held
    assert store.client.keys(f"*{job_id}*") == [], "it is never restored"


# -------------------------------------------------------------- idempotency


def job_of(shop: Any) -> Job:
    """A job that has not been created."""
    job = shop.store.records.get(shop.create())
    copy: Job = job.model_copy(update={"id": job.id[:-1] + ("0" if job.id[-1] != "0" else "1")})
    return copy


def test_an_idempotency_key_makes_one_job_for_a_day(shop: Any) -> None:
    store = shop.store
    mine = IdempotencyKey("anna", "k1", "request-1", "print")
    assert store.idempotency.begin(mine) is None
    assert store.idempotency.begin(mine) is None, "the same request again"
    twin = IdempotencyKey("anna", "k1", "request-2", "print")
    assert store.idempotency.begin(twin) == KeyHolder(None)
    assert store.idempotency.begin(IdempotencyKey("bob", "k1", "request-3")) is None, "keys are per tenant"
    job = job_of(shop)
    assert store.records.create(job, mine)
    assert store.idempotency.begin(twin) == KeyHolder(job.id, "print")
    store.idempotency.end(mine)
    assert store.idempotency.begin(twin) == KeyHolder(job.id, "print")
    late = job_of(shop)
    assert not store.records.create(late, twin), "a late request creates no job"
    assert store.idempotency.holder(twin) == KeyHolder(job.id, "print")
    with pytest.raises(NotFound):
        store.records.get(late.id)
    assert not store.records.create(job, mine), "repeated because the response was lost"
    assert 86000 < store.client.ttl(mine.name) <= 86400


def test_an_idempotency_key_is_released_when_its_request_fails_or_dies(shop: Any) -> None:
    store = shop.store
    first, second = IdempotencyKey("anna", "k", "1"), IdempotencyKey("anna", "k", "2")
    assert store.idempotency.begin(first) is None
    store.idempotency.end(second)
    assert store.idempotency.begin(second) == KeyHolder(None), "only the owner releases it"
    store.idempotency.end(first)
    assert store.idempotency.begin(second) is None
    assert 0 < store.client.ttl(second.name) <= 30


def test_one_of_fifty_concurrent_requests_creates_the_job(shop: Any) -> None:
    jobs = [job_of(shop) for _ in range(50)]
    created: list[bool] = []

    def post(number: int) -> None:
        created.append(shop.store.records.create(jobs[number], IdempotencyKey("anna", "same", str(number), "print")))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [False] * 49 + [True]


# ------------------------------------------------------------------ estimates


def measure(shop: Any, chunk_s: float = 2.0, fetching: float = 0.0) -> None:
    """One job from end to end, so that everything has been measured: preparing takes 1 s (without the download),
    finishing 0.5 s, for 51.2 s of audio in four chunks."""
    store, job_id = shop.store, shop.create()
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    shop.advance(fetching, lease)
    store.leases.describe_source(lease, store.records.get(job_id).source, None)
    for index in range(4):
        assert store.leases.chunk_ready(lease, index, f"mixture-{index}")
    shop.clock.now += 1.0
    assert store.leases.prepared(lease, 4, AUDIO)
    store.turns.release()
    for index in range(4):
        store.turns.release()
        assert store.leases.separated(shop.claim("separate", job_id, index), f"stem-{index}", chunk_s)
    publish_and_finish(shop, job_id, 0.5)


def publish_and_finish(shop: Any, job_id: str, seconds: float, pieces: int = 4) -> None:
    store = shop.store
    store.turns.release()
    publish = shop.claim("publish", job_id)
    for index in range(pieces):
        assert store.leases.publish_piece(publish, index, Piece(key="piece"))
    assert store.leases.published(publish)
    store.turns.release()
    finish = shop.claim("finish", job_id)
    shop.clock.now += seconds
    assert store.leases.commit_manifest(finish, make_manifest(store.records.get(job_id), finish.token))
    assert store.leases.finished(finish, [], None)


def outlook(shop: Any, job_id: str) -> Outlook:
    count(shop)
    expected: Outlook = shop.store.backlog.outlooks([shop.store.records.get(job_id)])[0]
    return expected


def count(shop: Any) -> None:
    """The janitor's work of each second."""
    shop.store.client.delete("vl:counted")
    shop.store.backlog.count()


def wait_s(shop: Any) -> float:
    count(shop)
    return float(shop.store.backlog.wait_s())


def test_the_position_is_the_order_in_which_jobs_are_released(shop: Any) -> None:
    store = shop.store
    store.turns.register_worker("cpu-worker", "cpu", 0)
    created = [shop.create(tenant=tenant) for tenant in "aaabbcaaab"]
    reported = dict(
        zip(created, store.backlog.outlooks([store.records.get(job_id) for job_id in created]), strict=True)
    )
    store.turns.register_worker("cpu-worker", "cpu", 2)  # one slot is reserved for publishing: one at a time
    order = []
    while released := store.turns.release():
        order += [task.job_id for task in released]
        for task in released:
            assert outlook(shop, task.job_id).position == 0, "its turn has come"
            store.leases.fail_job(store.leases.claim(task), NotFound("It is over."))
    assert [reported[job_id].position for job_id in order] == list(range(10))
    assert outlook(shop, created[0]) == Outlook()


def test_no_estimate_without_a_measurement(shop: Any) -> None:
    job_id = shop.create()
    assert outlook(shop, job_id) == Outlook(position=0, eta_s=None)
    assert wait_s(shop) == 0
    shop.prepare(job_id, 4)
    assert outlook(shop, job_id).eta_s is None


def test_a_queued_job_is_estimated_from_its_bytes(shop: Any) -> None:
    measure(shop)
    job_id = shop.create()  # of as many bytes and the same kind
    assert outlook(shop, job_id).position == 0
    assert outlook(shop, job_id).eta_s == pytest.approx(4 * 2.0 + 0.5)
    assert wait_s(shop) == pytest.approx(8)
    shop.store.turns.register_worker("gpu-2", "gpu", 1, MODEL.key)
    assert outlook(shop, job_id).eta_s == pytest.approx(4 * 2.0 / 2 + 0.5), "two engines"
    assert wait_s(shop) == pytest.approx(4)
    for worker in ("gpu-2", "gpu-worker"):
        shop.store.turns.register_worker(worker, "gpu", 0, MODEL.key)
    assert outlook(shop, job_id).eta_s is None, "no worker"


def claiming(shop: Any, seconds: float) -> tuple[str, Lease]:
    """A job in preparation whose file declares that duration; the lease."""
    job_id = shop.create()
    shop.store.turns.release()
    lease = shop.claim("prepare", job_id)
    shop.store.leases.describe_source(lease, shop.store.records.get(job_id).source, seconds)
    return job_id, lease


def test_an_eta_decreases_with_progress_and_increases_with_other_jobs(shop: Any) -> None:
    measure(shop)
    store, (job_id, lease) = shop.store, claiming(shop, 102.4)
    assert outlook(shop, job_id).eta_s == pytest.approx(8 * 2.0 + 1.0), "the file declares twice the duration"
    for index in range(4):
        store.leases.chunk_ready(lease, index, "mixture")
    store.leases.prepared(lease, 4, AUDIO)
    assert outlook(shop, job_id).eta_s == pytest.approx(4 * 2.0 + 0.5), "the actual duration"
    store.turns.release()
    store.leases.separated(shop.claim("separate", job_id), "stem", 2.0)
    assert outlook(shop, job_id).eta_s == pytest.approx(3 * 2.0 + 0.5)
    other = shop.create()
    assert outlook(shop, job_id).eta_s == pytest.approx(2 * 3 * 2.0 + 0.5), "turns alternate"
    assert outlook(shop, other).eta_s == pytest.approx(4 * 2.0 + 3 * 2.0 + 0.5)
    assert wait_s(shop) == pytest.approx(7 * 2.0)
    store.records.request_cancel(other)
    assert outlook(shop, job_id).eta_s == pytest.approx(3 * 2.0 + 0.5)
    for index in range(1, 4):
        store.turns.release()
        store.leases.separated(shop.claim("separate", job_id, index), "stem", 2.0)
    assert wait_s(shop) == pytest.approx(0.5 / LONG_SLOTS), "finishing remains"
    publish_and_finish(shop, job_id, 0.5)
    assert outlook(shop, job_id) == Outlook()
    count(shop)
    assert not store.client.exists("vl:backlog")


def test_with_fast_engines_the_cpu_queue_determines_the_wait(shop: Any) -> None:
    measure(shop, chunk_s=0.01)
    store, jobs = shop.store, [shop.create() for _ in range(3)]
    assert wait_s(shop) == pytest.approx(3 * 1.5 / LONG_SLOTS)
    assert outlook(shop, jobs[0]).eta_s == pytest.approx(max(1.5, 3 * 1.5 / LONG_SLOTS))
    store.turns.register_worker("cpu-worker", "cpu", 1)
    assert wait_s(shop) == pytest.approx(3 * 1.5)
    assert outlook(shop, jobs[0]).eta_s == pytest.approx(3 * 1.5)
    store.turns.release()
    store.leases.prepared(shop.claim("prepare", jobs[0]), 4, AUDIO)
    assert wait_s(shop) == pytest.approx(2 * 1.5 + 0.5)
    for job_id in jobs:
        store.records.request_cancel(job_id)


def numbers(shop: Any, name: str) -> dict[str, float]:
    return {field: float(value) for field, value in shop.store.client.hgetall(name).items()}


def test_one_sample_does_not_inflate_all_estimates(shop: Any) -> None:
    measure(shop)
    store, job_id = shop.store, shop.create()
    shop.create()
    kind = "bytes:" + store.records.get(job_id).source.kind
    before, wait = numbers(shop, "vl:rates"), wait_s(shop)
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    store.leases.describe_source(lease, store.records.get(job_id).source, 1 / 44100)
    assert store.leases.chunk_ready(lease, 0, "mixture-0")
    shop.clock.now += 0.3
    assert store.leases.prepared(lease, 1, AUDIO.model_copy(update={"samples": 1, "duration_s": 1 / 44100}))
    store.turns.release()
    assert store.leases.separated(shop.claim("separate", job_id), "stem-0", 2.0)
    publish_and_finish(shop, job_id, 0.2, pieces=1)
    after = numbers(shop, "vl:rates")
    assert after[kind] < 2 * before[kind], "its 10 bytes are 441,000 a second"
    assert after["prepare"] == pytest.approx(before["prepare"], rel=0.05), "0.3 s for a chunk of 12.8, 1 s for four"
    finish = f"finish:{store.records.get(job_id).options.format}"
    assert after[finish] == pytest.approx(before[finish], rel=0.15)
    assert wait_s(shop) <= wait


def test_a_slow_source_server_does_not_inflate_estimates(shop: Any) -> None:
    measure(shop)
    before = numbers(shop, "vl:rates")
    measure(shop, fetching=300.0)
    assert numbers(shop, "vl:rates") == pytest.approx(before)


def test_a_new_job_waits_for_at_most_one_slice_of_long_recordings(shop: Any) -> None:
    measure(shop, chunk_s=0.01)
    store = shop.store
    first = shop.create()
    alone = outlook(shop, first).eta_s
    store.records.request_cancel(first)
    whole = 7200 / 51.2  # seconds of preparing
    for _ in range(3):
        _, lease = claiming(shop, 7200.0)
        for index in range(2):
            assert store.leases.chunk_ready(lease, index, f"mixture-{index}")
        assert store.leases.pass_on(lease)
    store.turns.release()
    in_hand = store.client.zrange("vl:released:extend", 0, -1)
    assert len(in_hand) == 1, "three of four slots are for new songs, publishing and finish"
    for member in in_hand:
        shop.claim("extend", Task.parse(member).job_id)
    waits = outlook(shop, shop.create()).eta_s
    assert alone is not None
    assert waits is not None
    assert alone == pytest.approx(1.5)
    assert alone <= waits < alone + whole * 8 / 563


def test_no_estimate_without_cpu_workers(shop: Any) -> None:
    measure(shop)
    job_id = shop.create()
    assert outlook(shop, job_id).eta_s is not None
    shop.store.turns.register_worker("cpu-worker", "cpu", 0)
    assert outlook(shop, job_id).eta_s is None


def test_a_new_job_counts_immediately_and_a_recount_corrects_the_sums(shop: Any) -> None:
    measure(shop)
    count(shop)
    store, jobs = shop.store, [shop.create() for _ in range(2)]
    at_once = numbers(shop, "vl:backlog")
    assert at_once == pytest.approx({"gpu": 2 * 8.0, "cpu": 2 * 1.5})
    store.client.hincrbyfloat("vl:backlog", "cpu", 500)
    store.backlog.count()
    assert store.backlog.wait_s() > 100, "just counted"
    assert wait_s(shop) == pytest.approx(2 * 8.0)
    assert numbers(shop, "vl:backlog") == pytest.approx(at_once)
    for job_id in jobs:
        store.records.request_cancel(job_id)
    count(shop)
    assert not store.client.exists("vl:backlog")


def test_an_exaggerated_duration_does_not_inflate_the_estimated_wait(shop: Any) -> None:
    measure(shop)
    store, (job_id, lease) = shop.store, claiming(shop, 3e6)
    most = wait_s(shop)
    store.leases.describe_source(lease, store.records.get(job_id).source, 7200.0)
    assert 0 < most == pytest.approx(wait_s(shop))


def test_a_rate_follows_the_measurements(shop: Any) -> None:
    measure(shop, chunk_s=2.0)
    measure(shop, chunk_s=4.0)
    eta = outlook(shop, shop.create()).eta_s
    assert eta is not None
    assert 4 * 2.0 + 0.5 < eta < 4 * 4.0 + 0.5
    fast = shop.create(options=JobOptions(quality="draft"))
    assert outlook(shop, fast).eta_s is None, "another speed, not measured yet"


def test_the_fraction_covers_all_tasks_and_never_decreases(shop: Any) -> None:
    measure(shop)
    store, job_id = shop.store, shop.create()
    seen = [store.records.get(job_id).fraction]

    def progress() -> float:
        seen.append(store.records.get(job_id).fraction)
        return seen[-1]

    assert progress() == 0
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    store.leases.describe_source(lease, store.records.get(job_id).source, 25.6)  # it declares half of its duration
    store.leases.chunk_ready(lease, 0, "mixture")
    store.turns.release()
    store.leases.separated(shop.claim("separate", job_id, 0), "stem", 2.0)
    assert progress() > 0.4, "one of two, as far as is known"
    for index in range(1, 4):
        store.leases.chunk_ready(lease, index, "mixture")
    shop.clock.now += 1.0
    store.leases.prepared(lease, 4, AUDIO)
    assert progress() == seen[-2], "one of four, but the fraction never decreases"
    for index in range(1, 4):
        store.turns.release()
        store.leases.separated(shop.claim("separate", job_id, index), "stem", 2.0)
        assert progress() > seen[-2] or index == 1
    assert progress() == pytest.approx((1.0 + 8.0) / (1.0 + 8.0 + 0.5))
    publish_and_finish(shop, job_id, 0.5)
    assert progress() == 1.0
    assert seen == sorted(seen)
    reported = [event.data["fraction"] for event in events.read(store.client, job_id)]
    assert reported == sorted(reported)


def test_a_source_is_described_under_the_lease_only(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.turns.release()
    old = shop.claim("prepare", job_id)
    known = Source(key="k", filename="from-there.mp3", bytes=77, sha256="ab", url="https://media.example/a?secret")
    revision = store.records.get(job_id).revision
    store.leases.describe_source(old, known, 12.0)
    job = store.records.get(job_id)
    assert (job.source, job.expected_s, job.revision) == (known, 12.0, revision + 1)
    store.leases.describe_source(old, known, None)
    assert store.records.get(job_id).revision == revision + 1, "no change"
    shop.advance(21)
    shop.reap()
    with pytest.raises(LeaseLost):
        store.leases.describe_source(old, known.model_copy(update={"bytes": 1}), None)
    assert store.records.get(job_id).source == known
