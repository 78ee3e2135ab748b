from collections.abc import Callable

import pytest

from core.jobs.scripts import connect
from core.jobs.store import JobStore
from core.settings import Settings
from tests.support.shop import Clock, Shop


@pytest.fixture
def make_shop(redis_url: str) -> Callable[[], Shop]:
    def make() -> Shop:
        client = connect(Settings(redis_url=redis_url))
        clock = Clock()
        shop = Shop(JobStore(client, lease_s=20, max_attempts=3, clock=clock), clock)
        shop.workers()
        return shop

    return make


@pytest.fixture
def shop(make_shop: Callable[[], Shop]) -> Shop:
    return make_shop()
