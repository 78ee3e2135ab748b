"""Services for the Python client: `harness` has no workers and is behind proxies that can cut connections; `service`
has workers. Both require a key."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.access.keys import Keys, Limits
from core.settings import Settings
from core.storage import PART_BYTES
from tests.support import web
from tests.support.api_harness import Api, serving
from tests.support.cutting import Cutting, cutting
from tests.support.pipeline_harness import Pipeline, running
from tests.support.waiting import until
from voicelift_client import Voicelift
from worker.courier import Courier
from worker.settings import WorkerSettings


def new_key(api: Api, **limits: int) -> str:
    return Keys(api.store.client).create("client", "default", limits=Limits(**limits))[1]


@dataclass(frozen=True)
class Harness:
    """`front` is a proxy of the API, `storage` one of S3; `site` receives webhooks."""

    api: Api
    front: Cutting
    storage: Cutting
    site: web.Site
    key: str
    clients: ExitStack

    def client(self, key: str | None = None, **options: Any) -> Voicelift:
        return self.clients.enter_context(
            Voicelift(self.front.url, key or self.key, **{"retry_for_s": 20.0, **options})
        )


@dataclass(frozen=True)
class Service:
    api: Api
    pipeline: Pipeline
    key: str

    @property
    def url(self) -> str:
        return self.api.url


@pytest.fixture(scope="module")
def environment(redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path) -> dict[str, str]:
    return {**s3_settings, "REDIS_URL": redis_server.url, "model_dir": str(tiny_model_dir), "auth": "on"}


@pytest.fixture(scope="module")
def harness_server(environment: dict[str, str]) -> Iterator[tuple[Api, Cutting, Cutting, web.Site]]:
    s3 = urlsplit(environment["S3_ENDPOINT_URL"])
    assert s3.hostname and s3.port
    with cutting(s3.hostname, s3.port) as storage, web.serving() as site:
        more = {"S3_PUBLIC_ENDPOINT_URL": storage.url, "upload_part_bytes": str(PART_BYTES)}
        more |= {"fetch_ports": str(site.port), "fetch_allow": "127.0.0.1"}
        with serving({**environment, **more}) as api, cutting("127.0.0.1", urlsplit(api.url).port or 0) as front:
            yield api, front, storage, site


@pytest.fixture
def harness(harness_server: tuple[Api, Cutting, Cutting, web.Site]) -> Iterator[Harness]:
    api, front, storage, site = harness_server
    api.store.client.flushdb()
    for folder in ("jobs/", "uploads/"):
        api.storage.delete_prefix(folder)
    for proxy in (front, storage):
        proxy.cut("up")
        proxy.cuts = 0
    with ExitStack() as clients:
        yield Harness(api, front, storage, site, new_key(api), clients)
    api.swap(api.services)


@pytest.fixture
def courier(harness: Harness) -> Iterator[None]:
    """Delivers webhooks to `harness.site`."""
    base = {"redis_url": harness.api.services.settings.redis_url, "fetch_allow": ("127.0.0.1",)}
    settings, end = WorkerSettings.model_validate({**base, "fetch_ports": (harness.site.port,)}), threading.Event()
    thread = threading.Thread(target=Courier(settings, harness.api.store).work, args=(end,))
    thread.start()
    yield
    end.set()
    thread.join()


@pytest.fixture(scope="module")
def service(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("studio")
    variables = {**environment, "VOICELIFT_MODEL_DIR": environment["model_dir"], "VOICELIFT_WORK_DIR": str(folder)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with running({**os.environ, **variables}, Settings(), folder / "logs") as pipeline, serving(environment) as api:
            api.store.client.flushdb()
            until(lambda: api.client.get("/readyz").json()["status"] == "ready", pipeline.tail, 120)
            yield Service(api, pipeline, new_key(api))
