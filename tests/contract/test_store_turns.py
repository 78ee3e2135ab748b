"""Who goes next: the release window, round-robin over tenants and jobs, first chunks first, lost messages."""

from typing import Any

from core.errors import NoAudio
from core.jobs.job import Kind, Work


def separates(works: list[Work]) -> list[Work]:
    return [work for work in works if work.kind is Kind.separate]


def drain(shop: Any, tokens: list[Work]) -> list[Work]:
    """Run chunks one after another, in the order in which they were released."""
    done: list[Work] = []
    queue = list(tokens)
    while queue:
        work = queue.pop(0)
        lease = shop.store.claim(work)
        assert lease is not None
        assert shop.store.separated(lease, "stem", 1.0)
        done.append(work)
        queue += separates(shop.store.release())
    return done


def test_the_window_is_half_as_much_again_as_the_slots_of_live_workers(shop: Any) -> None:
    job_id = shop.create()
    shop.prepare(job_id, 9)
    released = separates(shop.store.release())
    assert [work.index for work in released] == [0, 1, 2], "2 gpu slots"
    assert separates(shop.store.release()) == []
    lease = shop.claim("separate", job_id, 0)
    assert separates(shop.store.release()) == [], "leased work is in the window too"
    shop.store.separated(lease, "stem", 1.0)
    assert [work.index for work in separates(shop.store.release())] == [3]
    shop.store.register_worker("another", "gpu", 1)
    assert [work.index for work in separates(shop.store.release())] == [4, 5]
    stats = shop.store.stats()
    assert (stats.depth, stats.in_flight, stats.gpu_slots, stats.cpu_slots) == (8, 0, 3, 4)


def test_nothing_is_released_without_workers(make_shop: Any) -> None:
    shop = make_shop()
    shop.store.register_worker("cpu-worker", "cpu", 0)
    shop.create()
    assert shop.store.release() == []
    shop.workers()
    assert len(shop.store.release()) == 1
    shop.create()
    shop.clock.now += 21  # the workers fell silent
    shop.reap()
    assert shop.store.release() == []
    assert shop.store.stats().gpu_slots == 0


def test_a_clip_need_not_wait_for_a_recital(shop: Any) -> None:
    recital, clip = shop.create(), shop.create()
    shop.prepare(recital, 50)
    first = separates(shop.store.release())
    shop.prepare(clip, 1)
    order = drain(shop, first)
    assert [work.job_id for work in order].index(clip) <= 2 * 2 + 1
    assert [work.index for work in order if work.job_id == recital] == list(range(50))


def test_many_jobs_of_one_tenant_do_not_delay_another_tenants_one(shop: Any) -> None:
    for _ in range(20):
        job_id = shop.create(tenant="many")
        shop.prepare(job_id, 3)
    light = shop.create(tenant="one")
    assert Work(kind=Kind.prepare, job_id=light) in shop.store.release()
    prepare = shop.claim("prepare", light)
    for index in range(3):
        assert shop.store.chunk_ready(prepare, index, "m")
    order = drain(shop, [work for work in all_released(shop) if work.kind is Kind.separate])
    at = [position for position, work in enumerate(order) if work.job_id == light]
    assert at[0] <= 2 * 2 + 1, "after what was released before it came"
    assert at[-1] - at[0] == 4, "then every other chunk is its own"


def end(shop: Any, work: Work) -> list[Work]:
    """End the job of a prepare; what is released then."""
    shop.store.fail_job(shop.claim("prepare", work.job_id), NoAudio("There is no sound in this file."))
    return list(shop.store.release())


def test_who_sends_one_at_a_time_does_not_wait_for_a_second_turn_of_others(shop: Any) -> None:
    for _ in range(12):
        shop.create(tenant="heavy")
    under_way = shop.store.release()
    for _ in range(4):
        light = shop.create(tenant="light")
        (work,) = end(shop, under_way.pop(0))
        assert work.job_id == light, "its last turn was before the other's"
        under_way += end(shop, work)


def test_coming_and_going_brings_no_more_than_ones_turns(shop: Any) -> None:
    for _ in range(12):
        shop.create(tenant="heavy")
        shop.create(tenant="other")
    under_way, served = shop.store.release(), []
    shop.create(tenant="light")
    for _ in range(9):
        (work,) = end(shop, under_way.pop(0))
        served.append(shop.store.get(work.job_id).tenant)
        under_way.append(work)
        if served[-1] == "light":
            shop.create(tenant="light")
    assert sorted(served) == ["heavy"] * 3 + ["light"] * 3 + ["other"] * 3


def all_released(shop: Any) -> list[Work]:
    members = shop.store.client.zrange("vl:released:separate", 0, -1)
    return [Work.parse(member) for member in members]


def test_round_robin_over_the_jobs_of_a_tenant(shop: Any) -> None:
    jobs = [shop.create() for _ in range(3)]
    shop.store.register_worker("gpu-worker", "gpu", 0)
    for job_id in jobs:
        shop.prepare(job_id, 2)
    shop.workers()
    order = drain(shop, separates(shop.store.release()))
    assert [work.job_id for work in order] == jobs + jobs
    assert [work.index for work in order] == [0, 0, 0, 1, 1, 1]


def test_one_cpu_slot_is_left_for_publishing(shop: Any) -> None:
    running = shop.create()
    shop.prepare(running, 1)
    for _ in range(10):
        shop.create()
    prepares = [work for work in shop.store.release() if work.kind is Kind.prepare]
    assert len(prepares) == 3, "4 cpu slots"
    assert shop.store.separated(shop.claim("separate", running), "stem", 1.0)
    assert [work.kind for work in shop.store.release()] == [Kind.publish]


def test_a_lone_cpu_slot_does_everything(make_shop: Any) -> None:
    shop = make_shop()
    shop.store.register_worker("cpu-worker", "cpu", 1)
    shop.create()
    shop.create()
    assert len(shop.store.release()) == 1


def test_a_lost_message_is_sent_again_until_it_is_claimed(shop: Any) -> None:
    job_id = shop.create()
    (work,) = shop.store.release()
    assert shop.store.due_hints(10) == []
    shop.advance(10)
    assert shop.store.due_hints(10) == [work]
    assert shop.store.due_hints(10) == [], "it was just sent"
    shop.advance(10)
    assert shop.store.due_hints(10) == [work]
    shop.claim("prepare", job_id)
    shop.advance(10)
    assert shop.store.due_hints(10) == []


def test_the_age_of_the_oldest_waiting_chunk(shop: Any) -> None:
    job_id = shop.create()
    shop.prepare(job_id, 9)
    shop.store.release()
    shop.clock.now += 7
    assert shop.store.stats().oldest_ready_age_s == 7
