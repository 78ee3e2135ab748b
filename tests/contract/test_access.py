"""Keys, limits and quotas on a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis.asyncio

from core.access.gate import SUBMISSION_S, Gate, bucket_of, room_in
from core.access.keys import Keys, Limits, id_of, proven
from core.errors import InvalidKey, InvalidOptions, NotFound, QuotaExceeded, StoreUnavailable
from core.jobs.idempotency import IdempotencyKey
from core.jobs.scripts import Client, connect
from core.settings import Settings
from tests.support.jobs import AUDIO
from tests.support.shop import Clock, Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def client(redis_url: str) -> Iterator[Client]:
    with connect(Settings(redis_url=redis_url)) as client:
        yield client


@pytest.fixture
def keys(client: Client) -> Keys:
    return Keys(client)


@asynccontextmanager
async def gate_to(url: str, clock: Clock | None = None, secret: str | None = None) -> AsyncIterator[Gate]:
    gate = Gate(redis.asyncio.Redis.from_url(url, decode_responses=True), secret, clock)
    try:
        yield gate
    finally:
        await gate.close()


async def test_a_key_identifies_its_tenant_and_is_not_stored_in_redis(
    keys: Keys, client: Client, redis_url: str
) -> None:
    key, text = keys.create("app", "acme", limits=Limits(jobs_in_flight=3))
    assert len(bytes.fromhex(text.rpartition("_")[2])) == 32, "256 bits"
    assert text.startswith(f"vl_{key.id}_")
    assert id_of(text) == key.id
    async with gate_to(redis_url) as gate:
        key = await gate.key(text)
    assert (key.tenant, key.name, key.limits.jobs_in_flight) == ("acme", "app", 3)
    stored = "".join(str(client.hgetall(str(name))) for name in client.scan_iter("vl:key:*"))
    assert key.sha256 in stored
    assert text.rpartition("_")[2] not in stored
    assert key.sha256 not in repr(key)


async def test_unknown_keys_are_refused(keys: Keys, redis_url: str) -> None:
    key, text = keys.create("app")
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    unknown = text.replace(key.id, "0" * 12)
    async with gate_to(redis_url) as gate:
        messages = set()
        for other in (wrong, unknown):
            with pytest.raises(InvalidKey) as refused:
                await gate.key(other)
            messages.add(refused.value.message)
        assert len(messages) == 1, "an unknown id and a wrong secret must be indistinguishable"
        for other in ("", "vl_", text.upper(), text + "0", text[3:], f" {text}", f"{text}\n", "x" * 10_000):
            with pytest.raises(InvalidKey, match="malformed"):
                await gate.key(other)


async def test_a_revoked_key_is_refused_immediately_and_stays_listed(keys: Keys, redis_url: str) -> None:
    (first, text), (second, other) = keys.create("one"), keys.create("two")
    async with gate_to(redis_url) as gate:
        await gate.key(text)
        revoked = keys.revoke(first.id)
        with pytest.raises(InvalidKey, match="revoked"):
            await gate.key(text)
        await gate.key(other)
    assert keys.revoke(first.id) == revoked, "a second time changes nothing"
    assert [(key.id, key.revoked_at is not None) for key in keys.list()] == [(first.id, True), (second.id, False)]
    for unknown in ("0" * 12, "x", "*", first.id + ":x"):
        with pytest.raises(NotFound):
            keys.revoke(unknown)


async def test_a_key_expires_at_its_time(keys: Keys, redis_url: str) -> None:
    _, text = keys.create("short", expires_at=time.time() - 0.001)
    async with gate_to(redis_url) as gate:
        with pytest.raises(InvalidKey, match="expired"):
            await gate.key(text)
    key, text = keys.create("longer", expires_at=5000.0)
    assert proven(text, key, 4999.9) is key


def test_keys_are_read_page_by_page_newest_first(keys: Keys, client: Client) -> None:
    created = [keys.create(f"key {index}", operator=index == 0)[0] for index in range(5)]
    newest = created[::-1]
    assert keys.page(2) == newest[:2]
    assert keys.page(2, newest[1].id) == newest[2:4]
    assert keys.page(2, newest[3].id) == newest[4:]
    assert keys.page(2, newest[4].id) == []
    assert [key.operator for key in keys.page(5)] == [False] * 4 + [True]
    with pytest.raises(NotFound):
        keys.page(2, "0" * 12)


def test_a_key_without_the_operator_field_is_no_operator_key(keys: Keys, client: Client) -> None:
    key, _ = keys.create("app", operator=True)
    client.hdel(f"vl:key:{key.id}", "operator")
    assert not keys.list()[0].operator


async def test_usage_is_what_the_limits_count(make_shop: Callable[[], Shop], redis_url: str) -> None:
    shop = make_shop()
    midnight = shop.clock.now - shop.clock.now % 86400 + 86400
    async with gate_to(redis_url, shop.clock) as gate:
        nothing = await gate.usage("anna", "k")
        assert (nothing.audio_s, nothing.jobs_in_flight, nothing.day_ends_at) == (0, 0, midnight)
        assert room_in(6, nothing.requests_full_at, nothing.now) == (6, 0)
        shop.prepare(shop.create("anna"), 1)
        shop.create("anna")
        shop.create("bert")
        await gate.reserve("anna", "s", 0, 0)
        for _ in range(2):
            results = await gate.admit(bucket_of("k", False), 6, None)
        await gate.admit(bucket_of("k", True), 6, None)
        used = await gate.usage("anna", "k")
        assert (used.audio_s, used.jobs_in_flight) == (AUDIO.duration_s, 3)
        assert room_in(6, used.requests_full_at, used.now) == (results.remaining, results.reset_s) == (4, 20)
        assert room_in(6, used.submissions_full_at, used.now) == (5, 10)
        shop.clock.now += SUBMISSION_S
        assert (await gate.usage("anna", "k")).jobs_in_flight == 2, "a submission of a dead process expires"
        shop.clock.now = midnight
        tomorrow = await gate.usage("anna", "k")
        assert (tomorrow.audio_s, tomorrow.day_ends_at) == (0, midnight + 86400)
        assert room_in(6, tomorrow.requests_full_at, tomorrow.now) == (6, 0)


@pytest.mark.parametrize(("name", "tenant"), [("", "a"), ("x" * 101, "a"), ("a\nb", "a")])
def test_invalid_names_are_refused(keys: Keys, name: str, tenant: str) -> None:
    with pytest.raises(InvalidOptions, match="key"):
        keys.create(name, tenant)


@pytest.mark.parametrize("tenant", ["", "A", "a:b", "a*", "a" * 65, ".a", "ä"])
def test_invalid_tenants_are_refused(keys: Keys, tenant: str) -> None:
    with pytest.raises(InvalidOptions, match="tenant"):
        keys.create("app", tenant)


async def test_the_token_bucket_is_exact(redis_url: str) -> None:
    clock = Clock()
    async with gate_to(redis_url, clock) as gate:
        results = [await gate.admit("a", 6, None) for _ in range(7)]
        assert [(one.admitted, one.remaining) for one in results] == [(True, n) for n in (5, 4, 3, 2, 1, 0)] + [
            (False, 0)
        ]
        assert (results[5].reset_s, results[6].reset_s, results[6].retry_after_s) == (60, 60, 10)
        assert (await gate.admit("b", 6, None)).admitted, "buckets are per key"
        clock.now += 9.9
        assert not (await gate.admit("a", 6, None)).admitted, "refused requests take no token, and none is early"
        clock.now += 0.1
        assert (await gate.admit("a", 6, None)).admitted
        assert not (await gate.admit("a", 6, None)).admitted
        clock.now += 3600
        assert (await gate.admit("a", 6, None)).remaining == 5, "it never holds more than a minute's tokens"


async def test_concurrent_requests_take_one_token_each(redis_url: str) -> None:
    async with gate_to(redis_url, Clock()) as gate:
        results = await asyncio.gather(*(gate.admit("a", 20, None) for _ in range(50)))
    assert sum(one.admitted for one in results) == 20


async def test_without_a_limit_all_requests_are_admitted_and_counted(
    keys: Keys, client: Client, redis_url: str
) -> None:
    key, _ = keys.create("app")
    clock = Clock()

    def used() -> float | None:
        return keys.list()[0].last_used_at

    async with gate_to(redis_url, clock) as gate:
        assert used() is None
        for _ in range(20):
            assert (await gate.admit("a", 0, key.id)).admitted
        assert used() == clock.now
        clock.now += 59
        await gate.admit("a", 5, key.id)
        assert used() == clock.now - 59, "written once a minute"
        clock.now += 1
        await gate.admit("a", 5, key.id)
        assert used() == clock.now
    assert client.exists("vl:rate:a") == 1
    assert 0 < int(client.pttl("vl:rate:a")) <= 60_000, "an idle bucket expires"


async def test_jobs_in_flight_count_from_their_submission_to_their_end(
    make_shop: Callable[[], Shop], redis_url: str
) -> None:
    shop = make_shop()
    async with gate_to(redis_url, shop.clock) as gate:

        async def may(tenant: str = "anna", name: str = "s") -> bool:
            try:
                await gate.reserve(tenant, name, 2, 0)
            except QuotaExceeded:
                return False
            return True

        first = shop.create("anna")
        assert await may(name="s1")
        with pytest.raises(QuotaExceeded, match="2 jobs are queued or running"):
            await gate.reserve("anna", "s2", 2, 0)
        assert not await may(name="s2"), "a submission in flight counts"
        assert await may("bert")
        await gate.settle("anna", "s1")
        assert await may(name="s3")
        shop.clock.now += SUBMISSION_S
        assert await may(name="s4"), "one of a dead process expires"
        await gate.settle("anna", "s4")
        shop.create("anna")
        assert not await may()
        shop.store.records.request_cancel(first)
        assert await may()


async def test_a_repeated_request_does_not_count_against_the_quota(
    make_shop: Callable[[], Shop], redis_url: str
) -> None:
    shop = make_shop()
    job_id = shop.create("anna")
    shop.store.client.hset(IdempotencyKey("anna", "mine", owner="").name, mapping={"job": job_id, "fingerprint": "x"})
    async with gate_to(redis_url, shop.clock) as gate:
        await gate.reserve("anna", "s", 1, 0, "mine")
        for tenant, key in (("anna", "another"), ("anna", None)):
            with pytest.raises(QuotaExceeded):
                await gate.reserve(tenant, "s", 1, 0, key)
        shop.create("bert")
        with pytest.raises(QuotaExceeded):
            await gate.reserve("bert", "s", 1, 0, "mine")


async def test_parallel_submissions_never_pass_the_quota(redis_url: str) -> None:
    async with gate_to(redis_url) as gate:
        tried = [gate.reserve("anna", f"s{index}", 5, 0) for index in range(30)]
        responses = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(response is None for response in responses) == 5
    assert sum(isinstance(response, QuotaExceeded) for response in responses) == 25


async def test_daily_audio_counts_the_actual_duration(make_shop: Callable[[], Shop], redis_url: str) -> None:
    shop = make_shop()
    midnight = shop.clock.now - shop.clock.now % 86400 + 86400
    shop.clock.now = midnight - 1000
    shop.workers()
    async with gate_to(redis_url, shop.clock) as gate:
        most = int(1.5 * AUDIO.duration_s)
        shop.prepare(shop.create("anna"), 1)
        await gate.reserve("anna", "s", 0, most)
        shop.prepare(shop.create("anna"), 1)
        with pytest.raises(QuotaExceeded) as refused:
            await gate.reserve("anna", "s", 0, most)
        assert (refused.value.details["quota"], refused.value.retryable) == ("audio_s_per_day", True)
        assert refused.value.details["retry_after_s"] == pytest.approx(midnight - shop.clock.now, abs=1)
        await gate.reserve("bert", "s", 0, most)
        shop.clock.now = midnight
        await gate.reserve("anna", "s", 0, most)


async def test_every_process_signs_with_the_same_secret(redis_url: str, client: Client) -> None:
    async with gate_to(redis_url) as one, gate_to(redis_url) as two:
        secrets = await asyncio.gather(*(gate.token_secret() for gate in (one, two, one, two)))
        assert len(set(secrets)) == 1
        assert len(secrets[0]) == 32
    async with gate_to(redis_url, secret="a" * 32) as first, gate_to(redis_url, secret="b" * 32) as other:
        assert len({secrets[0], await first.token_secret(), await other.token_secret()}) == 3


async def test_an_unavailable_redis_is_reported() -> None:
    async with gate_to("redis://127.0.0.1:1/0") as gate:
        calls: list[Any] = [
            gate.key(f"vl_{'0' * 12}_{'0' * 64}"),
            gate.admit("a", 1, None),
            gate.token_secret(),
            gate.usage("a", "b"),
        ]
        for question in [*calls, gate.reserve("a", "s", 1, 1), gate.settle("a", "s")]:
            with pytest.raises(StoreUnavailable):
                await question


def test_limits_of_a_key_override_those_of_the_service() -> None:
    own = Limits(requests_per_minute=0, jobs_in_flight=5)
    over = own.over(Limits(requests_per_minute=10, submissions_per_minute=20, jobs_in_flight=30, audio_s_per_day=40))
    assert over == Limits(requests_per_minute=0, submissions_per_minute=20, jobs_in_flight=5, audio_s_per_day=40)
