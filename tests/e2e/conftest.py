"""A real API over a real Redis and a real S3 server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from api_harness import CARD, MAX_UPLOAD, Api, serving


@pytest.fixture(scope="module")
def environment(
    redis_server: Any, s3_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("model")
    (folder / "card.json").write_text(json.dumps(CARD))
    own = {"REDIS_URL": redis_server.url, "model_dir": str(folder), "max_upload_bytes": str(MAX_UPLOAD)}
    return {**s3_settings, **own}


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[Api]:
    with serving(environment) as api:
        yield api


@pytest.fixture
def api(running: Api) -> Iterator[Api]:
    """The API over an empty Redis and an empty bucket."""
    running.store.client.flushall()
    running.storage.delete_prefix("jobs/")
    yield running
    running.swap(running.services)
