"""The schema of Redis (core/jobs/lua/keys.lua) names every key with its type; scripts with missing records, and
errors of scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.access.keys import Keys
from core.jobs.job import State
from core.jobs.names import redis_key, schema, templates
from core.jobs.scripts import ScriptError, Scripts
from core.jobs.sweeps import Sweep, SweepStage
from core.jobs.webhooks import Webhooks
from tests.support.jobs import OUTPUT, make_manifest, make_piece

ROOT = Path(__file__).resolve().parents[2]
TYPES = {"hash", "zset", "set", "list", "stream", "string", "counter"}


def described() -> dict[str, str]:
    """The type in the comment of each template."""
    rows = re.findall(r"^  \w+ = '([^']+)', +-- (\w+)", schema(), re.MULTILINE)
    return dict(rows)


def pattern(template: str) -> str:
    return re.escape(template).replace("%s", "[^:]+").replace("%d", r"\d+")


def test_every_entry_states_its_type() -> None:
    assert set(described()) == set(templates().values())
    assert set(described().values()) <= TYPES
    assert len(templates()) > 40


def sources() -> Iterator[Path]:
    for folder in ("api", "cli", "core", "lab", "worker"):
        for suffix in ("py", "lua"):
            yield from (path for path in (ROOT / folder).rglob(f"*.{suffix}") if path.name != "keys.lua")


def test_key_names_are_built_from_the_schema_alone() -> None:
    literal = re.compile(r"""['"]vl:(?!\*['"])""")  # all keys begin with vl:
    assert [path for path in sources() if literal.search(path.read_text())] == []


def test_every_key_of_a_life_is_in_the_schema(shop: Any) -> None:
    store, client = shop.store, shop.store.client
    hooked = shop.create(webhook_url="https://app.example/hook", deadline_at=shop.clock.now + 1000)
    shop.prepare(hooked, 2)
    for index in range(2):
        store.turns.release()
        lease = shop.claim("separate", hooked, index)
        if index == 0:
            store.leases.give_back(lease, 5.0, "ValueError: a bug")
            shop.advance(6)
            shop.reap()
            store.turns.release()
            lease = shop.claim("separate", hooked, index)
        assert store.leases.separated(lease, f"stem-{index}", 1.0)
    store.turns.release()
    publish = shop.claim("publish", hooked)
    for index in range(2):
        assert store.leases.publish_piece(publish, index, make_piece(hooked, index, publish.token))
    assert store.leases.published(publish)
    store.turns.release()
    finish = shop.claim("finish", hooked)
    assert store.leases.commit_manifest(finish, make_manifest(store.records.get(hooked), finish.token))
    waiting, poison = shop.create(), shop.create(tenant="bob")
    for _ in range(3):
        store.turns.release()
        shop.claim("prepare", poison)
        shop.advance(21, finish)
        shop.reap()
    assert store.leases.finished(finish, [OUTPUT], None)
    store.records.convert(hooked, 0)
    webhooks = Webhooks(client, shop.clock)
    webhooks.secrets("anna")
    assert webhooks.take(60) is not None
    store.backlog.count()
    store.backlog.wait_s()
    Keys(client).create("a key", "anna")
    assert store.records.get(poison).state is State.failed
    assert store.records.get(waiting).state is State.queued

    kinds: set[str] = set()
    for name in client.scan_iter("*"):
        (template,) = [one for one in described() if re.fullmatch(pattern(one), name)]
        kind = described()[template]
        assert client.type(name) == {"counter": "string"}.get(kind, kind), name
        kinds.add(template)
    assert len(kinds) > 30, "share of the schema that was used"


def test_a_sweep_without_a_record_is_dropped_and_blocks_no_other(shop: Any) -> None:
    store, lost, kept = shop.store, shop.create(), shop.create()
    for job_id in (lost, kept):
        store.records.request_cancel(job_id)
        shop.clock.now += 1
    store.client.delete(redis_key("job", lost))
    sweep = store.sweeps.take()
    assert sweep == Sweep(kept, SweepStage.at_end)
    assert store.client.zscore(redis_key("sweeps"), lost) is None
    store.client.zadd(redis_key("sweeps"), {lost: 0})
    store.sweeps.done(Sweep(lost, SweepStage.at_end))
    assert store.client.zscore(redis_key("sweeps"), lost) is None


def test_tasks_without_a_record_are_dropped_and_block_no_other(shop: Any) -> None:
    store, lost, kept, delayed = shop.store, shop.create(), shop.create(), shop.create()
    store.turns.release()
    for job_id in (lost, kept, delayed):
        lease = shop.claim("prepare", job_id)
        if job_id == delayed:
            store.leases.give_back(lease, 1.0)
    for job_id in (lost, delayed):
        store.client.delete(redis_key("job", job_id))
    shop.advance(21)
    assert [task.job_id for task in shop.reap()] == [kept]
    assert store.client.zrange(redis_key("leases", "prepare"), 0, -1) == []
    assert store.client.zcard(redis_key("delayed")) == 0
    assert [task.job_id for task in store.turns.release()] == [kept]


def test_turns_of_tenants_expire(shop: Any) -> None:
    store = shop.store
    old = {f"prepare:tenant-{number}": float(-number - 10) for number in range(10_050)}
    store.client.zadd(redis_key("served"), old)
    job_id = shop.create(tenant="anna")
    store.turns.release()
    assert store.client.zcard(redis_key("served")) == 10_000
    assert store.client.zscore(redis_key("served"), "prepare:anna") is not None
    assert store.records.get(job_id).state is State.queued


def test_a_fault_in_a_script_names_the_script_and_the_line(shop: Any) -> None:
    scripts = Scripts(shop.store.client, shop.clock, 20, 3)
    lines = (ROOT / "core/jobs/lua/register_worker.lua").read_text().splitlines()
    faulty = next(number for number, line in enumerate(lines, 1) if "count > 0" in line)
    with pytest.raises(ScriptError, match=rf"^lua/register_worker\.lua:{faulty}, called by register_worker: "):
        scripts("register_worker", "worker", "gpu")
    with pytest.raises(ScriptError, match=r"^lua/keys\.lua:\d+, called by cancel: "):
        scripts("cancel")
