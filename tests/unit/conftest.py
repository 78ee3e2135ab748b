"""Tests here need no server, so that `make test-fast` needs none."""

import pytest


@pytest.fixture(scope="session")
def redis_server() -> None:
    pytest.fail("This test needs a server: it belongs in tests/integration.")


@pytest.fixture(scope="session")
def s3_settings() -> None:
    pytest.fail("This test needs a server: it belongs in tests/integration.")
