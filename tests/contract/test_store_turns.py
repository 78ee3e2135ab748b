"""Scheduling: the release window, round-robin over tenants and jobs, first chunks first, lost hints."""

from typing import Any

import pytest

from core.errors import NoAudio
from core.jobs.job import Source, State
from core.jobs.manifest import Piece
from core.jobs.task import Kind, Task
from tests.support.jobs import AUDIO, MODEL


def separates(tasks: list[Task]) -> list[Task]:
    return [task for task in tasks if task.kind is Kind.separate]


def drain(shop: Any, tokens: list[Task]) -> list[Task]:
    """Run chunks in sequence, in the order of their release."""
    done: list[Task] = []
    queue = list(tokens)
    while queue:
        task = queue.pop(0)
        lease = shop.store.leases.claim(task, MODEL.key)
        assert lease is not None
        assert shop.store.leases.separated(lease, "stem", 1.0)
        done.append(task)
        queue += separates(shop.store.turns.release())
    return done


def test_the_release_window_leaves_a_slot_for_first_chunks(shop: Any) -> None:
    shop.workers(gpu=4)
    job_id = shop.create()
    shop.prepare(job_id, 9)
    released = separates(shop.store.turns.release())
    assert [task.index for task in released] == [0, 1, 2], "4 gpu slots"
    assert separates(shop.store.turns.release()) == []
    lease = shop.claim("separate", job_id, 0)
    assert separates(shop.store.turns.release()) == [], "leased tasks are in the window"
    shop.store.leases.separated(lease, "stem", 1.0)
    assert [task.index for task in separates(shop.store.turns.release())] == [3]
    shop.store.turns.register_worker("another", "gpu", 2, MODEL.key)
    assert [task.index for task in separates(shop.store.turns.release())] == [4, 5]
    stats = shop.store.backlog.stats()
    assert (stats.depth, stats.in_flight, stats.gpu_slots, stats.cpu_slots) == (8, 0, 6, 4)


def test_nothing_is_released_without_workers(make_shop: Any) -> None:
    shop = make_shop()
    shop.store.turns.register_worker("cpu-worker", "cpu", 0)
    shop.create()
    assert shop.store.turns.release() == []
    shop.workers()
    assert len(shop.store.turns.release()) == 1
    shop.create()
    shop.clock.now += 21  # the workers stopped their heartbeats
    shop.reap()
    assert shop.store.turns.release() == []
    assert shop.store.backlog.stats().gpu_slots == 0


def test_a_clip_does_not_wait_for_a_long_recording(shop: Any) -> None:
    recital, clip = shop.create(), shop.create()
    shop.prepare(recital, 50)
    first = separates(shop.store.turns.release())
    shop.prepare(clip, 1)
    order = drain(shop, first)
    assert [task.job_id for task in order].index(clip) <= 2 * 2 + 1
    assert [task.index for task in order if task.job_id == recital] == list(range(50))


def test_many_jobs_of_a_tenant_do_not_delay_another_tenant(shop: Any) -> None:
    for _ in range(20):
        job_id = shop.create(tenant="many")
        shop.prepare(job_id, 3)
    light = shop.create(tenant="one")
    assert Task(kind=Kind.prepare, job_id=light) in shop.store.turns.release()
    prepare = shop.claim("prepare", light)
    for index in range(3):
        assert shop.store.leases.chunk_ready(prepare, index, "m")
    order = drain(shop, [task for task in all_released(shop) if task.kind is Kind.separate])
    at = [position for position, task in enumerate(order) if task.job_id == light]
    assert at[0] <= 2 * 2 + 1, "after the tasks released earlier"
    assert at[-1] - at[0] == 4, "then every other chunk is its"


def end(shop: Any, task: Task) -> list[Task]:
    """End the job of a prepare; the tasks released then."""
    shop.store.leases.fail_job(shop.claim("prepare", task.job_id), NoAudio("There is no sound in this file."))
    return list(shop.store.turns.release())


def test_a_tenant_with_one_job_at_a_time_waits_for_one_turn_only(shop: Any) -> None:
    for _ in range(12):
        shop.create(tenant="heavy")
    under_way = shop.store.turns.release()
    for _ in range(4):
        light = shop.create(tenant="light")
        (task,) = end(shop, under_way.pop(0))
        assert task.job_id == light, "its last turn was before the other's"
        under_way += end(shop, task)


def test_leaving_and_returning_gains_no_turns(shop: Any) -> None:
    for _ in range(12):
        shop.create(tenant="heavy")
        shop.create(tenant="other")
    under_way, served = shop.store.turns.release(), []
    shop.create(tenant="light")
    for _ in range(9):
        (task,) = end(shop, under_way.pop(0))
        served.append(shop.store.records.get(task.job_id).tenant)
        under_way.append(task)
        if served[-1] == "light":
            shop.create(tenant="light")
    assert sorted(served) == ["heavy"] * 3 + ["light"] * 3 + ["other"] * 3


def all_released(shop: Any) -> list[Task]:
    members = shop.store.client.zrange("vl:released:separate", 0, -1)
    return [Task.parse(member) for member in members]


def test_round_robin_over_the_jobs_of_a_tenant(shop: Any) -> None:
    jobs = [shop.create() for _ in range(3)]
    shop.store.turns.register_worker("gpu-worker", "gpu", 0, MODEL.key)
    for job_id in jobs:
        shop.prepare(job_id, 2)
    shop.workers()
    order = drain(shop, separates(shop.store.turns.release()))
    assert [task.job_id for task in order] == jobs + jobs
    assert [task.index for task in order] == [0, 0, 0, 1, 1, 1]


class OneByOne:
    """A worker with one slot: chunks run in sequence, in the order of their release."""

    def __init__(self, shop: Any) -> None:
        self._shop, self._sent = shop, list[Task]()
        shop.store.turns.register_worker("gpu-worker", "gpu", 1, MODEL.key)

    def __call__(self, turns: int) -> list[str]:
        """The tenants of the next chunks."""
        served = []
        for _ in range(turns):
            released = separates(self._shop.store.turns.release())
            self._sent += released or [task for task in all_released(self._shop) if task not in self._sent]
            task = self._sent.pop(0)
            lease = self._shop.claim("separate", task.job_id, task.index)
            assert self._shop.store.leases.separated(lease, "stem", 1.0)
            served.append(task.job_id)
        return served


@pytest.mark.parametrize("count", [1, 5, 40])
def test_a_new_song_waits_for_one_turn_of_its_tenants_jobs(shop: Any, count: int) -> None:
    long_ones = [shop.create() for _ in range(count)]
    for job_id in long_ones:
        shop.prepare(job_id, 20)
    one_by_one = OneByOne(shop)
    one_by_one(2 * count)
    clip = shop.create()
    shop.prepare(clip, 2)
    order = one_by_one(2 * count + 6)
    window = 2  # of one slot: sent before it came
    assert order.index(clip) <= window + 1
    rest = [job_id for job_id in order[window:] if job_id != clip]
    assert set(rest[:count]) == set(long_ones), "all have their turn"
    assert order.index(clip, order.index(clip) + 1) >= count, "its second chunk follows theirs"


def test_the_first_chunk_of_a_new_song_is_sent_beyond_the_window(shop: Any) -> None:
    shop.workers(gpu=4)
    recital = shop.create()
    shop.prepare(recital, 50)
    assert len(all_released(shop)) + len(separates(shop.store.turns.release())) == 3
    clips = [shop.create() for _ in range(4)]
    for job_id in clips:
        shop.prepare(job_id, 2)
    shop.store.turns.release()
    sent = [(task.job_id, task.index) for task in all_released(shop) if task.job_id != recital]
    assert sent == [(clip, 0) for clip in clips[:3]], "six in all, for four slots"
    for index in range(2):
        assert shop.store.leases.separated(shop.claim("separate", recital, index), "stem", 1.0)
    shop.store.turns.release()
    assert {(task.job_id, task.index) for task in all_released(shop)} >= {(job_id, 0) for job_id in clips}


def test_older_songs_get_a_turn_between_new_ones(shop: Any) -> None:
    recital = shop.create()
    shop.prepare(recital, 50)
    one_by_one = OneByOne(shop)
    one_by_one(4)
    served: list[str] = []
    for _ in range(10):
        shop.prepare(shop.create(), 1)
        served += one_by_one(2)
    assert served.count(recital) >= 9


def test_new_songs_are_released_in_order_of_submission(shop: Any) -> None:
    recital = shop.create()
    shop.prepare(recital, 50)
    one_by_one = OneByOne(shop)
    one_by_one(4)
    clips = [shop.create() for _ in range(5)]
    for job_id in clips:
        shop.prepare(job_id, 1)
    assert [job_id for job_id in one_by_one(14) if job_id in clips] == clips


def test_one_cpu_slot_is_left_for_publishing(shop: Any) -> None:
    running = shop.create()
    shop.prepare(running, 1)
    for _ in range(10):
        shop.create()
    prepares = [task for task in shop.store.turns.release() if task.kind is Kind.prepare]
    assert len(prepares) == 3, "4 cpu slots"
    assert shop.store.leases.separated(shop.claim("separate", running), "stem", 1.0)
    assert [task.kind for task in shop.store.turns.release()] == [Kind.publish]


def test_a_lone_cpu_slot_does_everything(make_shop: Any) -> None:
    shop = make_shop()
    shop.store.turns.register_worker("cpu-worker", "cpu", 1)
    shop.create()
    shop.create()
    assert len(shop.store.turns.release()) == 1


def test_a_lost_hint_is_sent_again_with_growing_pauses_until_claimed(shop: Any) -> None:
    job_id = shop.create()
    (task,) = shop.store.turns.release()
    assert shop.store.turns.due_hints(10) == []
    sent, started = [], shop.clock.now
    while shop.clock.now < started + 400:
        shop.advance(5)
        for due in shop.store.turns.due_hints(10):
            assert due == task
            sent.append(shop.clock.now - started)
    assert sent == [10, 30, 70, 150, 230, 310, 390]
    shop.claim("prepare", job_id)
    shop.advance(100)
    assert shop.store.turns.due_hints(10) == []
    assert not shop.store.client.exists("vl:hinted")


def test_hints_do_not_accumulate_without_workers(shop: Any) -> None:
    """All gpu workers are gone for a day. The number of hints is bounded by the former slots."""
    for _ in range(5):
        shop.prepare(shop.create(), 40)
    shop.store.turns.release()
    sent = window = len(all_released(shop))
    assert window == 3, "two slots, and a song's first chunk"
    for step_s in [10] * 360 + [60] * 23 * 60:
        shop.clock.now += step_s
        shop.store.turns.register_worker("cpu-worker", "cpu", 4)
        shop.reap()
        sent += len(separates([*shop.store.turns.release(), *shop.store.turns.due_hints(10)]))
    assert sent <= 2 * window
    assert shop.store.client.zcard("vl:released:separate") == 0
    assert shop.store.backlog.stats().depth == 200
    shop.workers()
    assert len(separates(shop.store.turns.release())) == window, "returning workers get new hints"


def test_a_hint_of_a_job_without_a_record_frees_its_place(shop: Any) -> None:
    lost = shop.create()
    assert [task.job_id for task in shop.store.turns.release()] == [lost]
    waiting = [shop.create() for _ in range(4)]
    in_lane = waiting.pop()
    for job_id in (lost, in_lane):
        shop.store.client.delete(f"vl:job:{job_id}")
    shop.advance(10)
    assert lost not in [task.job_id for task in shop.store.turns.due_hints(10)]
    assert [task.job_id for task in shop.store.turns.release()] == waiting, "the lost one's place is free"
    shop.store.leases.fail_job(shop.claim("prepare", waiting[0]), NoAudio("There is no sound in this file."))
    assert shop.store.turns.release() == []
    assert shop.store.client.zcard("vl:waiting:prepare") == 0


def test_unclaimed_cpu_hints_are_detected(shop: Any) -> None:
    job_id = shop.create()
    assert not shop.store.turns.do_messages_wait()
    shop.store.turns.release()
    assert shop.store.turns.do_messages_wait()
    lease = shop.claim("prepare", job_id)
    assert shop.store.leases.chunk_ready(lease, 0, "mixture")
    shop.store.turns.release()
    assert not shop.store.turns.do_messages_wait(), "a chunk is for another queue"


def test_without_cpu_workers_released_tasks_return_to_their_lane(shop: Any) -> None:
    job_id = shop.create()
    assert len(shop.store.turns.release()) == 1
    shop.clock.now += 21
    shop.store.turns.register_worker("gpu-worker", "gpu", 2, MODEL.key)
    shop.reap()
    assert shop.store.client.zcard("vl:released:prepare") == 0
    assert shop.store.turns.release() == shop.store.turns.due_hints(10) == []
    shop.workers()
    assert [task.job_id for task in shop.store.turns.release()] == [job_id]


# ------------------------------------------------------------- short and long


def long_song(shop: Any) -> str:
    """A recording whose first slice is done: the rest waits for a slot."""
    job_id: str = shop.create()
    shop.store.turns.release()
    lease = shop.claim("prepare", job_id)
    for index in range(2):
        assert shop.store.leases.chunk_ready(lease, index, f"mixture-{index}")
    assert shop.store.leases.pass_on(lease)
    assert shop.store.leases.pass_on(lease), "reported twice"
    return job_id


def of_kind(tasks: list[Task], kind: Kind) -> list[str]:
    return [task.job_id for task in tasks if task.kind is kind]


@pytest.mark.parametrize("cpu", [2, 3, 4, 8])
def test_a_new_song_starts_at_once_next_to_many_long_ones(shop: Any, cpu: int) -> None:
    store = shop.store
    store.turns.register_worker("cpu-worker", "cpu", cpu)
    in_hand: list[str] = []
    for _ in range(20):
        long_song(shop)
        store.turns.register_worker("cpu-worker", "cpu", cpu)
        for job_id in of_kind(store.turns.release(), Kind.extend):
            shop.claim("extend", job_id)
            in_hand.append(job_id)
    assert len(in_hand) == max(1, cpu - 3), "one slot each is for new songs, publishing and finish"
    for _ in range(3):
        clip = shop.create()
        assert store.backlog.outlooks([store.records.get(clip)])[0].position == 0
        assert of_kind(store.turns.release(), Kind.prepare) == [clip]
        assert store.backlog.outlooks([store.records.get(clip)])[0].position == 0
        lease = shop.claim("prepare", clip)
        assert store.leases.chunk_ready(lease, 0, "mixture")
        assert store.leases.prepared(lease, 1, AUDIO)


def test_a_short_song_ends_while_long_ones_are_decoded(shop: Any) -> None:
    clip = shop.create()
    shop.prepare(clip, 1)
    for _ in range(3):
        long_song(shop)
    shop.store.turns.release()
    assert shop.store.leases.separated(shop.claim("separate", clip, 0), "stem", 1.0)
    shop.store.turns.release()
    publish = shop.claim("publish", clip)
    assert shop.store.leases.publish_piece(publish, 0, Piece(key="piece-0"))
    assert shop.store.leases.published(publish)
    assert of_kind(shop.store.turns.release(), Kind.finish) == [clip]


def test_with_one_slot_a_new_song_waits_for_one_slice(make_shop: Any) -> None:
    shop = make_shop()
    store = shop.store
    store.turns.register_worker("cpu-worker", "cpu", 1)
    recital = long_song(shop)
    (task,) = [task for task in store.turns.release() if task.queue == "cpu"]
    lease = shop.claim("extend", recital)
    assert task.job_id == recital
    assert not store.turns.do_others_wait()
    clip = shop.create()
    assert store.turns.release() == []
    assert store.turns.do_others_wait()
    assert store.leases.pass_on(lease)
    assert of_kind(store.turns.release(), Kind.prepare) == [clip]


def test_new_songs_do_not_starve_a_long_one(shop: Any) -> None:
    store, recital = shop.store, long_song(shop)
    begun: list[str] = []
    for _ in range(20):
        shop.create()
        tasks = store.turns.release()
        begun += of_kind(tasks, Kind.extend)
        for task in tasks:
            if task.kind is Kind.prepare:
                store.leases.fail_job(shop.claim("prepare", task.job_id), NoAudio("There is no sound in this file."))
    assert begun == [recital]


def test_a_slice_with_a_lost_lease_releases_nothing(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    store.turns.release()
    old = shop.claim("prepare", job_id)
    shop.advance(21)
    assert shop.reap() == [old.task]
    assert not store.leases.pass_on(old)
    store.turns.release()
    new = shop.claim("prepare", job_id)
    assert store.leases.chunk_ready(new, 0, "mixture")
    store.records.request_cancel(job_id)
    assert not store.leases.pass_on(new), "no longer requested"
    assert store.records.get(job_id).state is State.canceled


def test_fetched_or_large_recordings_do_not_take_the_slots_of_short_ones(shop: Any) -> None:
    urls = Source(key="k", filename="a.mp3", bytes=None, url="https://media.example/a.mp3")
    shop.store.turns.register_worker("cpu-worker", "cpu", 5)
    far = shop.create(source=urls)
    large = shop.create(source=Source(key="k", filename="a.wav", bytes=2_000_000_000))
    small = shop.create()
    released = {task.job_id: task.kind for task in shop.store.turns.release()}
    assert released == {far: Kind.extend, large: Kind.extend, small: Kind.prepare}
    assert shop.store.records.get(far).state is State.queued
    shop.claim("extend", far)
    assert shop.store.records.get(far).state is State.running


# -------------------------------------------------------------- two models

OTHER = MODEL.model_copy(update={"version": "2"})


def test_a_chunk_goes_to_workers_with_its_model_only(shop: Any) -> None:
    store, old, new = shop.store, shop.create(), shop.create(model=OTHER)
    for job_id in (old, new):
        shop.prepare(job_id, 9)
    store.turns.release()
    released = all_released(shop)
    assert [task.job_id for task in released] == [old] * 2, "no worker has the other model"
    assert store.backlog.outlooks([store.records.get(new)])[0].eta_s is None
    store.turns.register_worker("gpu-2", "gpu", 4, OTHER.key)
    released += separates(store.turns.release())
    assert [task.job_id for task in released].count(new) == 3, "a window for each"
    assert store.turns.models_of([released[0], released[-1]]) == [MODEL.key, OTHER.key]
    for task in released:
        mine, other = (MODEL.key, OTHER.key) if task.job_id == old else (OTHER.key, MODEL.key)
        assert store.leases.claim(task, other) is None
        assert store.leases.claim(task) is None
        assert store.leases.claim(task, mine) is not None


def test_songs_fail_when_their_model_is_gone_but_not_in_an_outage(shop: Any) -> None:
    store, job_id = shop.store, shop.create()
    shop.prepare(job_id, 9)
    store.turns.release()
    lease = shop.claim("separate", job_id)

    def wait(seconds: float, *models: str) -> None:
        while seconds > 0:
            shop.clock.now += 10
            seconds -= 10
            store.turns.register_worker("cpu-worker", "cpu", 4)
            for model in models:
                store.turns.register_worker(f"gpu-{model}", "gpu", 1, model)
            shop.reap()
            store.turns.release()

    wait(3600)
    assert store.records.get(job_id).state is State.running, "an outage: no worker at all"
    wait(100, MODEL.key)
    wait(890, OTHER.key)
    assert store.records.get(job_id).state is State.running, "being replaced"
    wait(60, OTHER.key)
    job = store.records.get(job_id)
    assert job.error is not None
    assert (job.state, job.error.code, job.error.retryable) == (State.failed, "model_changed", True)
    assert not store.leases.separated(lease, "stem", 1.0)
    again = shop.create()
    shop.prepare(again, 1)
    wait(600, OTHER.key)
    assert store.records.get(again).state is State.running, "its time begins with the first chunk"
    wait(600, OTHER.key)
    assert store.records.get(again).state is State.failed


def test_the_age_of_the_oldest_waiting_chunk(shop: Any) -> None:
    job_id = shop.create()
    shop.prepare(job_id, 9)
    shop.store.turns.release()
    shop.clock.now += 7
    assert shop.store.backlog.stats().oldest_ready_age_s == 7
