"""Claims, fencing, reaping, attempts, cancellation and deadlines."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import LeaseLost, NoAudio, NotFound, StoreUnavailable
from core.jobs import events
from core.jobs.job import Stage, State
from core.jobs.manifest import Piece
from core.jobs.sweeps import SweepStage
from core.jobs.task import Kind, Task
from tests.support.jobs import AUDIO, MODEL, OUTPUT, make_manifest


def test_get_returns_the_created_job(shop: Any) -> None:
    job_id = shop.create(tenant="anna")
    job = shop.store.records.get(job_id)
    assert (job.state, job.tenant, job.created_at) == (State.queued, "anna", shop.clock.now)
    assert job.options.seed == 2**63 - 1  # must not pass through a Lua number
    assert not shop.store.records.create(job), "creating twice makes one job"
    with pytest.raises(NotFound):
        shop.store.records.get("job_nobody")
    with pytest.raises(NotFound):
        shop.store.records.request_cancel("job_nobody")


def test_a_job_from_creation_to_success(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    shop.clock.now += 2
    assert [task.kind for task in store.turns.release()] == [Kind.prepare]
    prepare = shop.claim("prepare", job_id)
    assert store.records.get(job_id).stage is Stage.preparing
    assert store.leases.chunk_ready(prepare, 0, "mixture-0")
    assert store.records.get(job_id).stage is Stage.separating
    chunk = [task for task in store.turns.release() if task.kind is Kind.separate]
    assert [task.index for task in chunk] == [0]
    lease = shop.claim("separate", job_id, 0)
    assert store.leases.chunk_ready(prepare, 1, "mixture-1")
    assert store.leases.separated(lease, "stem-0", 1.5)
    assert store.records.mixture_key(job_id, 0) == "mixture-0"
    assert store.records.stem_key(job_id, 0) == "stem-0"
    shop.clock.now += 1
    assert store.leases.prepared(prepare, 2, AUDIO)

    released = store.turns.release()
    assert {task.kind for task in released} == {Kind.publish, Kind.separate}
    publish = shop.claim("publish", job_id)
    assert store.leases.publish_piece(publish, 0, Piece(key="piece-0"))
    lease = shop.claim("separate", job_id, 1)
    assert store.leases.separated(lease, "stem-1", 2.5)  # while publish runs: it must be kept
    assert store.leases.published(publish)
    assert [task.kind for task in store.turns.release()] == [Kind.publish]
    publish = shop.claim("publish", job_id)
    assert store.leases.publish_piece(publish, 1, Piece(key="piece-1"))
    assert store.leases.published(publish)
    assert store.records.pieces(job_id) == [Piece(key="piece-0"), Piece(key="piece-1")]
    assert store.records.piece(job_id, 1) == Piece(key="piece-1")
    assert store.records.piece(job_id, 2) is None

    assert [task.kind for task in store.turns.release()] == [Kind.finish]
    finish = shop.claim("finish", job_id)
    manifest = make_manifest(store.records.get(job_id), finish.token)
    assert manifest.options.seed == 2**63 - 1
    assert store.leases.commit_manifest(finish, manifest) == manifest
    assert store.leases.finished(finish, [OUTPUT], -120.5)
    job = store.records.get(job_id)
    assert job.state is State.succeeded
    assert (job.chunks_total, job.chunks_done, job.pieces_published, job.fraction) == (2, 2, 2, 1.0)
    assert job.outputs == [OUTPUT]
    assert job.null_error_db == -120.5
    timings = job.timings.model_dump()
    assert timings == pytest.approx(
        {"queue_s": 2, "prepare_s": 1, "inference_s": 4, "first_piece_s": 3, "total_s": 3, "rtf": 0.4}
    )

    published = events.read(store.client, job_id)
    assert [event.type for event in published] == [
        *("state", "state", "stage", "stage", "chunk_done", "prepared", "piece", "chunk_done", "piece"),
        *("stage", "output", "state"),
    ]
    assert [event.data["revision"] for event in published] == list(range(1, len(published) + 1))
    assert job.revision == len(published)
    assert events.read(store.client, job_id, published[-2].id) == published[-1:]
    assert events.read(store.client, job_id, published[-1].id) == []


def test_one_of_many_claims_wins(shop: Any) -> None:
    job_id = shop.create()
    task = Task(kind=Kind.prepare, job_id=job_id)
    assert shop.store.leases.claim(task) is None, "not released yet"
    shop.store.turns.release()
    won: list[Any] = []
    threads = [threading.Thread(target=lambda: won.append(shop.store.leases.claim(task))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in won if lease is not None]) == 1


def test_an_expired_lease_goes_to_another_worker_and_fences_the_first(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    shop.prepare(job_id, 1)
    store.turns.release()
    old = shop.claim("separate", job_id)
    shop.advance(19)
    assert shop.reap() == []
    shop.advance(2)
    assert shop.reap() == [old.task]
    store.turns.release()
    new = shop.claim("separate", job_id)
    assert new.token > old.token
    assert new.attempt == 2

    assert not store.leases.heartbeat(old).held
    assert store.leases.heartbeat(old).stop
    assert not store.leases.separated(old, "stale", 1.0)
    assert not store.leases.give_back(old)
    assert not store.leases.fail_job(old, NoAudio("no"))
    assert store.leases.heartbeat(new).held
    assert store.leases.separated(new, "fresh", 1.0)
    assert not store.leases.separated(old, "stale", 1.0)
    assert store.records.stem_key(job_id, 0) == "fresh"
    assert store.records.get(job_id).chunks_done == 1
    assert store.records.get(job_id).timings.inference_s == 1.0


def test_a_renewed_lease_is_kept(shop: Any) -> None:
    job_id = shop.create()
    shop.store.turns.release()
    lease = shop.claim("prepare", job_id)
    shop.advance(100, lease)
    assert shop.reap() == []
    assert shop.store.leases.heartbeat(lease).held


def test_a_result_can_be_reported_twice(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.turns.release()
    prepare = shop.claim("prepare", job_id)
    assert store.leases.chunk_ready(prepare, 0, "mixture")
    assert store.leases.chunk_ready(prepare, 0, "mixture"), "the same key gets the same response"
    store.turns.release()
    lease = shop.claim("separate", job_id)
    assert store.leases.separated(lease, "stem", 1.0)
    assert store.leases.separated(lease, "stem", 1.0)
    assert store.records.get(job_id).chunks_done == 1
    store.turns.release()
    publish = shop.claim("publish", job_id)
    assert store.leases.publish_piece(publish, 0, Piece(key="a"))
    assert store.leases.publish_piece(publish, 0, Piece(key="a"))
    assert store.records.get(job_id).pieces_published == 1


def test_a_second_prepare_reuses_existing_chunks(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.turns.release()
    old = shop.claim("prepare", job_id)
    assert store.leases.chunk_ready(old, 0, "old")
    shop.advance(21)
    shop.reap()
    store.turns.release()
    new = shop.claim("prepare", job_id)
    assert not store.leases.chunk_ready(new, 0, "new")
    assert store.leases.chunk_ready(new, 1, "new-1")
    with pytest.raises(LeaseLost):
        store.leases.chunk_ready(old, 2, "old-2")
    assert store.records.mixture_key(job_id, 0) == "old"
    assert store.records.get(job_id).chunks_ready == 2


def test_a_task_that_kills_three_workers_fails_its_job_only(shop: Any) -> None:
    store, poison, good = shop.store, shop.create(), shop.create()
    for attempt in (1, 2, 3):
        store.turns.release()
        assert shop.claim("prepare", poison).attempt == attempt
        shop.advance(21)
        shop.reap()
    job = store.records.get(poison)
    assert job.state is State.failed
    assert job.error is not None
    assert job.error.code == "attempts_exhausted"
    shop.prepare(good, 1)
    assert store.records.get(good).state is State.running


def test_neighbours_of_poison_do_not_fail(shop: Any) -> None:
    """A worker of four slots dies whenever it holds the poison, and loses all its chunks."""
    shop.workers(gpu=4)
    store = shop.store
    jobs = [shop.create() for _ in range(6)]
    poison, left = jobs[2], set(jobs)
    for job_id in jobs:
        shop.prepare(job_id, 1)
    deaths = 0
    for _ in range(40):
        store.turns.release()
        tasks = [task for job_id in jobs for task in [Task(kind=Kind.separate, job_id=job_id, index=0)]]
        claims = (store.leases.claim(task, MODEL.key) for task in (tasks[:4] if deaths < 2 else tasks))
        held = [lease for lease in claims if lease is not None][:4]
        if any(lease.task.job_id == poison for lease in held):
            deaths += 1
            shop.advance(21)
        else:
            for lease in held:
                assert store.leases.separated(lease, f"stem.{lease.token}", 1.0)
                left.discard(lease.task.job_id)
            shop.advance(2)
        shop.reap()
        if left == {poison} and store.records.get(poison).state is State.failed:
            break
    assert deaths == 3
    assert left == {poison}
    assert {store.records.get(job_id).state for job_id in jobs if job_id != poison} == {State.running}


def test_progress_resets_the_attempts_of_prepare(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    for index in range(5):
        store.turns.release()
        lease = shop.claim("prepare", job_id)
        assert store.leases.chunk_ready(lease, index, f"{index}")
        shop.advance(21)
        shop.reap()
    assert store.records.get(job_id).state is State.running


def test_a_release_because_of_a_dependency_counts_no_attempt(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    for _ in range(10):
        store.turns.release()
        lease = shop.claim("prepare", job_id)
        assert lease.attempt == 1
        assert store.leases.give_back(lease, delay_s=3)
        assert store.turns.release() == []
        shop.advance(4)
        shop.reap()
    assert store.records.get(job_id).state is State.running


def test_three_counted_releases_fail_the_job(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    for _ in range(3):
        store.turns.release()
        assert store.leases.give_back(shop.claim("prepare", job_id), blame="ValueError: a bug")
    assert store.records.get(job_id).state is State.failed
    assert store.turns.release() == []


def test_a_deterministic_error_fails_the_job_at_once(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    assert store.leases.chunk_ready(lease, 0, "mixture")
    assert store.leases.fail_job(lease, NoAudio("This file contains no audio track."))
    job = store.records.get(job_id)
    assert job.state is State.failed
    assert job.error is not None
    assert (job.error.code, job.error.message) == ("no_audio", "This file contains no audio track.")
    assert store.turns.release() == [], "its chunks are withdrawn"
    assert store.records.request_cancel(job_id).state is State.failed


def test_a_queued_job_is_canceled_immediately(shop: Any) -> None:
    job_id = shop.create()
    shop.store.turns.release()
    job = shop.store.records.request_cancel(job_id)
    assert job.state is State.canceled
    assert job.cancel_requested_at == shop.clock.now
    assert shop.store.leases.claim(Task(kind=Kind.prepare, job_id=job_id)) is None


@pytest.mark.parametrize("ending", ["separated", "give_back", "reap", "fail"])
def test_a_running_job_is_canceled_after_its_last_lease(shop: Any, ending: str) -> None:
    store, job_id = shop.store, shop.create()
    shop.prepare(job_id, 5)
    store.turns.release()
    first, second = shop.claim("separate", job_id, 0), shop.claim("separate", job_id, 1)
    job = store.records.request_cancel(job_id)
    assert job.state is State.running
    assert job.cancel_requested_at is not None
    assert store.leases.claim(Task(kind=Kind.separate, job_id=job_id, index=2)) is None
    assert store.turns.release() == []
    beat = store.leases.heartbeat(first)
    assert (beat.held, beat.stop) == (True, True)
    assert not store.leases.separated(second, "stem", 1.0), "no longer requested"
    assert store.records.get(job_id).state is State.running
    if ending == "separated":
        store.leases.separated(first, "stem", 1.0)
    elif ending == "give_back":
        store.leases.give_back(first)
    elif ending == "fail":
        store.leases.fail_job(first, NoAudio("no"))
    else:
        shop.advance(21)
        shop.reap()
    job = store.records.get(job_id)
    assert job.state is State.canceled
    assert job.error is None


def test_a_late_cancel_leaves_the_job_succeeded(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    finish = reach_finish(shop, job_id)
    assert store.leases.commit_manifest(finish, make_manifest(store.records.get(job_id), finish.token))
    store.records.request_cancel(job_id)
    assert store.leases.finished(finish, [OUTPUT], None)
    assert store.records.get(job_id).state is State.succeeded


def test_cancel_before_the_manifest_wins(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    finish = reach_finish(shop, job_id)
    store.records.request_cancel(job_id)
    assert store.leases.commit_manifest(finish, make_manifest(store.records.get(job_id), finish.token)) is None
    store.leases.give_back(finish)
    assert store.records.get(job_id).state is State.canceled


def test_every_writer_of_the_manifest_writes_the_same(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    old = reach_finish(shop, job_id)
    first = store.leases.commit_manifest(old, make_manifest(store.records.get(job_id), old.token))
    shop.advance(21)
    shop.reap()
    store.turns.release()
    new = shop.claim("finish", job_id)
    assert store.leases.commit_manifest(new, make_manifest(store.records.get(job_id), new.token)) == first
    assert store.records.committed_manifest(job_id) == first
    assert store.leases.commit_manifest(old, make_manifest(store.records.get(job_id), old.token)) is None
    assert not store.leases.finished(old, [OUTPUT], None)
    assert store.leases.finished(new, [OUTPUT], None)


def reach_finish(shop: Any, job_id: str) -> Any:
    shop.prepare(job_id, 1)
    shop.store.turns.release()
    assert shop.store.leases.separated(shop.claim("separate", job_id), "stem", 1.0)
    shop.store.turns.release()
    publish = shop.claim("publish", job_id)
    assert shop.store.leases.publish_piece(publish, 0, Piece(key="piece"))
    assert shop.store.leases.published(publish)
    shop.store.turns.release()
    return shop.claim("finish", job_id)


def test_deadline_before_the_start_expires_the_job(shop: Any) -> None:
    job_id = shop.create(deadline_at=shop.clock.now + 10)
    shop.store.turns.release()
    shop.advance(11)
    assert shop.store.leases.claim(Task(kind=Kind.prepare, job_id=job_id)) is None
    job = shop.store.records.get(job_id)
    assert job.state is State.expired
    assert job.error is not None
    assert job.error.code == "deadline_exceeded"


def test_deadline_of_a_job_that_is_never_released(shop: Any) -> None:
    job_id = shop.create(deadline_at=shop.clock.now + 10)
    shop.advance(11)
    shop.reap()
    assert shop.store.records.get(job_id).state is State.expired


def test_deadline_while_running_cancels(shop: Any) -> None:
    store = shop.store
    job_id = shop.create(deadline_at=shop.clock.now + 10)
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    shop.advance(11, lease)
    shop.reap()
    assert store.leases.heartbeat(lease).stop
    store.leases.give_back(lease)
    job = store.records.get(job_id)
    assert job.state is State.canceled
    assert job.error is not None
    assert job.error.code == "deadline_exceeded"


def test_sweeps_run_at_the_end_after_the_leases_and_after_retention(
    make_shop: Callable[[], Any],
) -> None:
    shop = make_shop()
    store, job_id = shop.store, shop.create(retention_s=1000)
    assert store.sweeps.take() is None
    store.records.request_cancel(job_id)
    sweep = store.sweeps.take(retry_s=60)
    assert (sweep.job_id, sweep.stage) == (job_id, SweepStage.at_end)
    assert store.sweeps.take() is None, "a worker holds it"
    shop.advance(61)
    assert store.sweeps.take() == sweep, "they died"
    store.sweeps.done(sweep)
    assert store.sweeps.take() is None
    shop.advance(41)
    second = store.sweeps.take()
    assert second.stage is SweepStage.after_leases
    store.sweeps.done(sweep)  # a late report of the first round changes nothing
    store.sweeps.done(second)
    assert store.sweeps.take() is None
    shop.advance(1000)
    last = store.sweeps.take()
    assert last.stage is SweepStage.expired
    store.sweeps.done(last)
    job = store.records.get(job_id)
    assert job.state is State.canceled
    assert job.outputs_expired_at == job.expires_at == shop.clock.now
    assert store.sweeps.take() is None
    assert events.read(store.client, job_id) == []
    shop.advance(1000)
    forgetting = store.sweeps.take()
    assert forgetting.stage is SweepStage.forgotten
    store.sweeps.done(forgetting)
    store.sweeps.done(forgetting)
    with pytest.raises(NotFound):
        store.records.get(job_id)
    assert store.sweeps.take() is None
    assert store.records.list_jobs("anna", None, 10) == []


def test_a_repeated_claim_is_one_claim(shop: Any) -> None:
    """The client repeats a command whose response was lost."""
    job_id = shop.create()
    shop.store.turns.release()
    first, again, other = (shop.store.scripts("claim", f"prepare:{job_id}:0", n, "w") for n in ("1", "1", "2"))
    assert first == again
    assert other is None


def test_no_lease_expires_while_renewal_was_impossible(shop: Any) -> None:
    """Redis was unavailable or frozen; the janitor may be the first to reach it afterwards."""
    store, job_id = shop.store, shop.create()
    store.turns.release()
    lease = shop.claim("prepare", job_id)
    assert store.turns.reap() == []
    shop.clock.now += 40
    assert store.turns.reap() == []
    assert store.leases.heartbeat(lease).held
    lost = []
    for _ in range(3):
        shop.clock.now += 10
        lost += store.turns.reap()
    assert lost == [lease.task], "a worker that does not return loses it"


def test_a_worker_that_returns_was_not_killed_by_its_task(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    for call in (
        store.leases.heartbeat,
        store.leases.give_back,
        lambda lease: store.leases.prepared(lease, 1, AUDIO),
    ):
        store.turns.release()
        lease = shop.claim("prepare", job_id)
        assert lease.attempt == 1
        shop.advance(21)
        assert shop.reap() == [lease.task]
        for _ in range(3):
            call(lease)
    attempts = 0
    # But not indefinitely: the task itself may be the cause.
    while store.records.get(job_id).state is State.running:
        store.turns.release()
        lease = shop.claim("prepare", job_id)
        shop.advance(21)
        shop.reap()
        store.leases.heartbeat(lease)
        attempts += 1
        assert attempts < 20
    assert store.records.get(job_id).error.code == "attempts_exhausted"


def test_accepted_jobs_complete_while_redis_is_full(shop: Any) -> None:
    """New jobs are refused before that, and a full Redis refuses a script as a whole."""
    store, client, job_id = shop.store, shop.store.client, shop.create()
    store.turns.release()
    prepare = shop.claim("prepare", job_id)
    assert store.memory_share() == 0
    client.config_set("maxmemory", 1)
    try:
        assert store.memory_share() > 1
        before = client.dbsize()
        with pytest.raises(StoreUnavailable):
            shop.create()
        assert client.dbsize() == before
        store.turns.register_worker("gpu", "gpu", 2, MODEL.key)
        assert store.leases.heartbeat(prepare).held
        assert store.leases.chunk_ready(prepare, 0, "mixture-0")
        assert store.leases.prepared(prepare, 1, AUDIO)
        store.turns.release()
        assert store.leases.separated(shop.claim("separate", job_id), "stem-0", 1.0)
        store.turns.release()
        publish = shop.claim("publish", job_id)
        assert store.leases.publish_piece(publish, 0, Piece())
        assert store.leases.published(publish)
        store.turns.release()
        finish = shop.claim("finish", job_id)
        assert store.leases.commit_manifest(finish, make_manifest(store.records.get(job_id), finish.token)) is not None
        assert store.leases.finished(finish, [OUTPUT], None)
        assert store.records.get(job_id).state is State.succeeded
        assert store.sweeps.take() is not None
    finally:
        client.config_set("maxmemory", 0)
