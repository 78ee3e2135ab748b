"""Batches in the store: listed and counted without reading their jobs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from core.jobs.job import State
from core.jobs.store import JobStore


def calls(store: JobStore, action: Callable[[], object]) -> dict[str, int]:
    """Calls of each Redis command during `action`."""

    def counted() -> dict[str, int]:
        stats: Any = store.client.info("commandstats")
        return {name: stat["calls"] for name, stat in stats.items() if name != "cmdstat_info"}

    before = counted()
    action()
    return {name: count - before.get(name, 0) for name, count in counted().items() if count != before.get(name, 0)}


def test_the_jobs_of_a_batch_are_listed_and_counted_by_state(shop: Any) -> None:
    store = shop.store
    first, second, third = sorted(shop.create(batch="album-7") for _ in range(3))
    shop.create()
    shop.create(batch="album-8")
    shop.create(tenant="bob", batch="album-7")

    def listed(state: State | None = None, before: str | None = None) -> list[str]:
        return [job.id for job in store.records.list_jobs("anna", state, 10, before, "album-7")]

    def counts() -> dict[str, int]:
        return {str(state): count for state, count in store.records.count_batch("anna", "album-7").items() if count}

    assert (listed(), counts()) == ([third, second, first], {"queued": 3})
    assert listed(before=third) == [second, first]
    store.turns.release()
    shop.claim("prepare", first)
    store.records.request_cancel(second)
    assert counts() == {"queued": 1, "running": 1, "canceled": 1}
    assert (listed(State.running), listed(State.canceled)) == ([first], [second])
    store.records.delete(third)
    assert (listed(), counts()) == ([second, first], {"running": 1, "canceled": 1})
    assert sum(store.records.count_batch("anna", "nothing").values()) == 0
    assert len(store.records.list_jobs("bob", None, 10, batch="album-7")) == 1


def test_a_batch_disappears_with_its_last_job(shop: Any) -> None:
    job_id = shop.create(batch="album-7")
    shop.store.records.delete(job_id)
    assert shop.store.client.keys("vl:batch:*") == []


@pytest.mark.parametrize("state", [State.queued, State.canceled])
def test_a_job_rebuilt_after_the_loss_of_redis_is_in_its_batch(shop: Any, state: State) -> None:
    store, job_id = shop.store, shop.create(batch="album-7")
    if state is State.canceled:
        store.records.request_cancel(job_id)
    job = store.records.get(job_id)
    store.client.flushall()
    assert store.records.restore(job)
    assert store.records.get(job_id).batch == "album-7"
    assert store.records.count_batch("anna", "album-7")[state] == 1


def test_the_cost_does_not_depend_on_the_number_of_jobs(shop: Any) -> None:
    """Counting and listing by batch: the Redis commands and the records read."""
    store = shop.store
    for _ in range(10):
        shop.create(batch="small")
    for _ in range(1000):
        shop.create(batch="large")
    for batch in ("small", "large"):
        assert calls(store, partial(store.records.count_batch, "anna", batch)) == {
            "cmdstat_multi": 1, "cmdstat_exec": 1, "cmdstat_zcard": len(State),
        }  # fmt: skip
        page = partial(store.records.list_jobs, "anna", None, 10, batch=batch)
        assert calls(store, page) == {"cmdstat_zrevrangebylex": 1, "cmdstat_hgetall": 10}
