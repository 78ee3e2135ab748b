"""A service with workers that requires a key, for generated clients."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.access.keys import Keys
from core.settings import Settings
from core.storage import PART_BYTES
from tests.support import node
from tests.support.api_harness import Api, serving
from tests.support.pipeline_harness import Pipeline, running
from tests.support.waiting import until


@dataclass(frozen=True)
class Service:
    api: Api
    pipeline: Pipeline
    environment: dict[str, str]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    return node.modules()


@pytest.fixture(scope="module")
def service(
    redis_server: Any,
    s3_settings: dict[str, str],
    tiny_model_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
    node_modules: Path,
) -> Iterator[Service]:
    variables = {**s3_settings, "REDIS_URL": redis_server.url}
    work = {"VOICELIFT_MODEL_DIR": str(tiny_model_dir), "VOICELIFT_WORK_DIR": str(tmp_path_factory.mktemp("work"))}
    more = {"model_dir": str(tiny_model_dir), "auth": "on", "upload_part_bytes": str(PART_BYTES)}
    logs = tmp_path_factory.mktemp("logs") / "logs"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**variables, **work}.items():
            patch.setenv(name, value)
        with (
            running({**os.environ}, Settings(), logs) as pipeline,
            serving({**variables, **more}) as api,
        ):
            pipeline.store.client.flushdb()
            _, key = Keys(pipeline.store.client).create("app", "default")
            api.client.headers["Authorization"] = f"Bearer {key}"
            until(lambda: api.client.get("/readyz").json()["status"] == "ready", timeout_s=120)
            path = f"{Path(sys.executable).parent}:{node_modules / '.bin'}:{os.environ['PATH']}"
            environment = {"PATH": path, "HOME": str(logs.parent), "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}
            yield Service(api, pipeline, environment | {"VOICELIFT": api.url, "KEY": key})
