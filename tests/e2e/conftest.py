"""A real API, and a whole pipeline, over a real Redis and a real S3 server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_harness import CARD, MAX_UPLOAD, Api, serving
from tests.support.pipeline_harness import Pipeline, piped


@pytest.fixture(scope="module")
def environment(
    redis_server: Any, s3_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("model")
    (folder / "card.json").write_text(json.dumps(CARD))
    variables = {"REDIS_URL": redis_server.url, "model_dir": str(folder), "max_upload_bytes": str(MAX_UPLOAD)}
    return {**s3_settings, **variables}


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[Api]:
    with serving(environment) as api:
        yield api


@pytest.fixture
def api(running: Api) -> Iterator[Api]:
    """The API over an empty Redis and an empty bucket."""
    running.store.client.flushall()
    running.storage.delete_prefix("jobs/")
    for key, upload_id, _ in running.storage.open_multiparts(""):  # objects of other modules in the session's bucket
        running.storage.abort(key, upload_id)
    yield running
    running.swap(running.services)


@pytest.fixture(scope="module")
def pipeline(
    request: pytest.FixtureRequest,
    redis_server: Any,
    s3_settings: dict[str, str],
    tiny_model_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pipeline]:
    """One pipeline for all tests of a module; PIPELINE of the module sets its processes' settings."""
    variables = {**s3_settings, "REDIS_URL": redis_server.url, **getattr(request.module, "PIPELINE", {})}
    with piped(variables, tiny_model_dir, tmp_path_factory.mktemp("pipeline")) as pipeline:
        yield pipeline
