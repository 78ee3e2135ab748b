"""The TypeScript client, built, and a service with workers: behind proxies that can cut connections, and with two
other origins allowed."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.slots import Slots
from core.access.keys import Keys
from core.settings import REPOSITORY
from core.storage import PART_BYTES
from deploy.local.plan import free_ports
from tests.support.api_harness import Api, serving
from tests.support.cutting import Cutting, cutting
from tests.support.pipeline_harness import Pipeline, piped, write_song
from tests.support.waiting import until

SOURCE = REPOSITORY / "clients" / "typescript"
TYPES = {".html": "text/html", ".js": "text/javascript", ".wav": "audio/wav"}


@dataclass(frozen=True)
class Harness:
    """`front` is a proxy of the API, `storage` one of S3. `pages` is a web server of another origin, which serves
    the client's modules and `song`, and lets tests in JavaScript cut connections; `app_port` is free for an app
    whose pages may call the service."""

    api: Api
    pipeline: Pipeline
    front: Cutting
    storage: Cutting
    pages: str
    app_port: int
    key: str
    operator: str
    song: Path
    package: Path


def built(folder: Path, node_modules: Path) -> Path:
    """A copy of the client, with `dist`."""
    package = folder / "client"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (package / "node_modules").symlink_to(node_modules)
    done = subprocess.run(
        [node_modules / ".bin" / "tsc", "-p", package],
        env=environment(node_modules), capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return package


def environment(node_modules: Path, **more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{node_modules / '.bin'}:{os.environ['PATH']}"
    kept = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}
    return {**kept, **more}


@pytest.fixture(scope="session")
def package(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("typescript"), node_modules)


@contextmanager
def serving_pages(files: dict[str, Path], commands: dict[str, Any]) -> Iterator[str]:
    """A web server: GET returns a file of a folder, POST runs a command and returns its result as JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            top, _, rest = self.path.removeprefix("/").partition("/")
            path = files.get(top)
            if path is not None and rest:
                path = path / rest
            if path is None:
                self._reply(b"<!doctype html><title>Another origin</title>", ".html")
            else:
                self._reply(path.read_bytes(), path.suffix)

        def do_POST(self) -> None:
            address = urlsplit(self.path)
            arguments = {name: values[0] for name, values in parse_qs(address.query).items()}
            result = commands[address.path.removeprefix("/")](**arguments)
            self._reply(json.dumps(result).encode(), ".json")

        def _reply(self, body: bytes, suffix: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", TYPES.get(suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(scope="module")
def harness(
    redis_server: Any,
    s3_settings: dict[str, str],
    tiny_model_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
    package: Path,
) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("town")
    song = write_song(folder / "song.wav", 4.0)
    variables = {**s3_settings, "REDIS_URL": redis_server.url, "model_dir": str(tiny_model_dir), "auth": "on"}
    s3 = urlsplit(variables["S3_ENDPOINT_URL"])
    proxies: dict[str, Cutting] = {}
    apis: list[Api] = []

    def cut(place: str, way: Any, after: str = "") -> None:
        proxies[place].cut(way, *(int(each) for each in after.split(",") if each))
        proxies[place].cuts = 0

    def passed(place: str) -> dict[str, int]:
        return {"cuts": proxies[place].cuts, **{str(way): count for way, count in proxies[place].bytes.items()}}

    def listeners(places: str) -> None:
        services = replace(apis[0].services, listeners=Slots("event streams", 0, 1))
        if places == "none":
            services.listeners.take("somebody else")
        apis[0].swap(services if places == "none" else apis[0].services)

    commands = {"cut": cut, "passed": passed, "listeners": listeners}
    (port,) = free_ports(1)
    assert s3.hostname and s3.port
    with (
        serving_pages({"client": package / "dist", "song.wav": song}, commands) as pages,
        cutting(s3.hostname, s3.port) as storage,
        piped({**s3_settings, "REDIS_URL": redis_server.url}, tiny_model_dir, folder) as pipeline,
        serving(
            {
                **variables,
                "S3_PUBLIC_ENDPOINT_URL": storage.url,
                "upload_part_bytes": str(PART_BYTES),
                "cors_origins": f"{pages},http://127.0.0.1:{port}",
            }
        ) as api,
        cutting("127.0.0.1", urlsplit(api.url).port or 0) as front,
    ):
        proxies.update(front=front, storage=storage)
        apis.append(api)
        until(lambda: api.client.get("/readyz").json()["status"] == "ready", pipeline.tail, 120)
        key = Keys(api.store.client).create("client", "default")[1]
        operator = Keys(api.store.client).create("operator", operator=True)[1]
        yield Harness(api, pipeline, front, storage, pages, port, key, operator, song, package)
