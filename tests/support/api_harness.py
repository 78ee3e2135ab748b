"""A running API and the parts behind it, and a worker's part on the store."""

import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from api.app import create_app
from api.deps import Services
from api.server import BoundedReads, config_of
from api.settings import ApiSettings
from core import keys
from core.card import GRID_FRAMES
from core.jobs.job import Audio, Output
from core.jobs.leases import Lease
from core.jobs.store import JobStore
from core.jobs.task import Kind, Task
from core.storage import Storage
from tests.support.jobs import make_piece
from tests.support.waiting import until

MAX_UPLOAD = 12_000_000
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(3000)
CARD = {
    "name": "tiny",
    "version": "3",
    "description": "a card for tests",
    "licence": "CC-BY-NC-4.0",
    "commercial_use": False,
    "quality": {"draft": {"steps": 2}, "standard": {"steps": 4}, "high": {"steps": 8}},
    "codec": {},
    "net": {},
    "files": {},
}


@dataclass(frozen=True)
class Api:
    """A running API, a client for it, and the parts behind it."""

    url: str
    client: httpx.Client
    services: Services
    swap: Callable[[Services], None]

    @property
    def store(self) -> JobStore:
        return self.services.store

    @property
    def storage(self) -> Storage:
        return self.services.storage

    def post(self, data: bytes = WAV, name: str = "song.wav", **fields: Any) -> httpx.Response:
        return self.client.post("/v1/jobs", files={"file": (name, data)}, data=fields)

    def job(self, **fields: Any) -> dict[str, Any]:
        response = self.post(**fields)
        assert response.status_code == 202, response.text
        body: dict[str, Any] = response.json()
        return body

    def stored(self) -> list[str]:
        return [item.key for item in self.storage.list("jobs/")]

    def connect(self) -> socket.socket:
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname, address.port), timeout=20)


@contextmanager
def serving(environment: dict[str, str], protocol: type[BoundedReads] = BoundedReads) -> Iterator[Api]:
    settings = ApiSettings.model_validate(environment)
    app = create_app(settings)
    config = config_of(app, settings)
    config.port, config.http = 0, protocol
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive(), "the API starts")
        assert server.started, "the API did not start"
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        def swap(services: Services) -> None:
            app.state.services = services

        with httpx.Client(base_url=url, timeout=30) as client:
            yield Api(url, client, app.state.services, swap)
    finally:
        server.should_exit = True
        thread.join(20)


def assert_problem(response: httpx.Response, status: int, code: str, message: str = "") -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), (
        response.text
    )
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    assert problem["type"] == f"urn:voicelift:problem:{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert message in problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    assert isinstance(problem["retryable"], bool)
    return problem


def accepted_keys(*job_ids: str) -> list[str]:
    """Objects in S3 of jobs that have not started, in order."""
    return sorted(key(job_id) for job_id in job_ids for key in (keys.source_key, keys.record_key))


def open_uploads(api: Api) -> int:
    return len(list(api.storage.open_multiparts("")))


def sample(api: Api, name: str) -> float:
    """The value of a metric with labels; 0 when it was never counted."""
    item = re.search(rf"^{re.escape(name)} (\S+)$", api.client.get("/metrics").text, re.MULTILINE)
    return float(item[1]) if item else 0.0


def free_address() -> str:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{closed.getsockname()[1]}"


def claim(store: JobStore, kind: Kind, job_id: str, index: int = 0) -> Lease:
    store.turns.register_worker("gpu-1", "gpu", 4, store.records.get(job_id).model.key)
    store.turns.register_worker("cpu-1", "cpu", 4)
    store.turns.release()
    lease = store.leases.claim(Task(kind=kind, job_id=job_id, index=index), store.records.get(job_id).model.key)
    assert lease is not None, f"{kind} {index} of {job_id} could not be claimed"
    return lease


def prepare(store: JobStore, job_id: str, chunks: int = 2) -> None:
    lease = claim(store, store.records.get(job_id).first_kind, job_id)
    for index in range(chunks):
        store.leases.chunk_ready(lease, index, f"mixture-{index}")
    audio = Audio(sample_rate=44100, channels=2, samples=441000, duration_s=10, container="wav", codec="pcm_s16le")
    assert store.leases.prepared(lease, chunks, audio)


def separate(store: JobStore, job_id: str, index: int) -> None:
    assert store.leases.separated(claim(store, Kind.separate, job_id, index), f"stem-{index}", 0.5)


def publish(api: Api, job_id: str, index: int) -> None:
    """Piece `index` as the task writes it: one segment per stem."""
    separate(api.store, job_id, index)
    lease = claim(api.store, Kind.publish, job_id)
    piece = make_piece(job_id, index, 7)
    for stem, key in piece.init.items():
        api.storage.put_bytes(key, f"init of {stem}".encode(), "video/mp4")
    for stem, segments in piece.segments.items():
        api.storage.put_bytes(segments[0].key, f"{stem} {index}".encode(), "video/mp4")
    assert piece.peaks is not None
    bins = api.store.records.get(job_id).model.geometry.stride // GRID_FRAMES
    api.storage.put_bytes(piece.peaks, bytes([index]) * (bins * 2 * len(piece.segments)), "application/octet-stream")
    assert api.store.leases.publish_piece(lease, index, piece)
    assert api.store.leases.published(lease)


def succeed(api: Api, job_id: str, stems: Mapping[str, bytes] = MappingProxyType({"vocals": b"0123456789"})) -> None:
    """The steps of workers, with these files as outputs."""
    prepare(api.store, job_id)
    for index in range(2):
        separate(api.store, job_id, index)
    for index in range(2):
        lease = claim(api.store, Kind.publish, job_id)
        assert api.store.leases.publish_piece(lease, index, make_piece(job_id, index, lease.token))
        assert api.store.leases.published(lease)
    lease = claim(api.store, Kind.finish, job_id)
    outputs = []
    for stem, data in stems.items():
        key = keys.output_key(job_id, lease.token, stem, "flac")
        api.storage.put_bytes(key, data, "audio/flac")
        outputs.append(
            Output.model_validate(
                {
                    "stem": stem,
                    "key": key,
                    "format": "flac",
                    "bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "sample_rate": 44100,
                    "channels": 2,
                    "samples": 441000,
                    "duration_s": 10,
                    "bits": 16,
                }
            )
        )
    assert api.store.leases.finished(lease, outputs, -120.0)


def responds(client: httpx.Client) -> bool:
    """Whether an API process responds."""
    try:
        return client.get("/livez").status_code == 200
    except httpx.TransportError:
        return False
