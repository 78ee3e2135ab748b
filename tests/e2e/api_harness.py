"""A running API and the parts behind it for the tests of this folder, and a worker's part, on the store."""

import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from api.app import create_app
from api.deps import Services
from api.settings import ApiSettings
from core import keys
from core.jobs.job import Audio, Kind, Output, Work
from core.jobs.store import JobStore, Lease
from core.storage import Storage

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
        answer = self.post(**fields)
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def stored(self) -> list[str]:
        return [found.key for found in self.storage.list("jobs/")]

    def connect(self) -> socket.socket:
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname, address.port), timeout=20)


@contextmanager
def serving(environment: dict[str, str], **config: Any) -> Iterator[Api]:
    app = create_app(ApiSettings.model_validate(environment))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False, lifespan="on", **config))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "the API did not start"
            assert time.monotonic() < deadline, "the API did not start in time"
            time.sleep(0.02)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        def swap(services: Services) -> None:
            app.state.services = services

        with httpx.Client(base_url=url, timeout=30) as client:
            yield Api(url, client, app.state.services, swap)
    finally:
        server.should_exit = True
        thread.join(20)


def assert_problem(answer: httpx.Response, status: int, code: str, says: str = "") -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["type"] == f"urn:voicelift:problem:{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert says in problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert isinstance(problem["retryable"], bool)
    return problem


def accepted_keys(*job_ids: str) -> list[str]:
    """What lies in S3 of jobs that nobody has begun, in order."""
    return sorted(key(job_id) for job_id in job_ids for key in (keys.source_key, keys.record_key))


def open_uploads(api: Api) -> int:
    return len(api.storage._client.list_multipart_uploads(Bucket=api.storage.bucket).get("Uploads", []))


def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def sample(api: Api, name: str) -> float:
    """The value of a metric, given with its labels; 0 when it was never counted."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", api.client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def free_address() -> str:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{closed.getsockname()[1]}"


def claim(store: JobStore, kind: Kind, job_id: str, index: int = 0) -> Lease:
    store.register_worker("gpu-1", "gpu", 4)
    store.register_worker("cpu-1", "cpu", 4)
    store.release()
    lease = store.claim(Work(kind=kind, job_id=job_id, index=index))
    assert lease is not None, f"{kind} {index} of {job_id} could not be claimed"
    return lease


def prepare(store: JobStore, job_id: str, chunks: int = 2) -> None:
    lease = claim(store, Kind.prepare, job_id)
    for index in range(chunks):
        store.chunk_ready(lease, index, f"mixture-{index}")
    audio = Audio(sample_rate=44100, channels=2, samples=441000, duration_s=10, container="wav", codec="pcm_s16le")
    assert store.prepared(lease, chunks, audio)


def separate(store: JobStore, job_id: str, index: int) -> None:
    assert store.separated(claim(store, Kind.separate, job_id, index), f"stem-{index}", 0.5)


def succeed(api: Api, job_id: str, data: bytes = b"0123456789") -> None:
    prepare(api.store, job_id)
    for index in range(2):
        separate(api.store, job_id, index)
    for index in range(2):
        lease = claim(api.store, Kind.publish, job_id)
        assert api.store.publish_piece(lease, index, {"index": index})
        assert api.store.published(lease)
    lease = claim(api.store, Kind.finish, job_id)
    key = keys.output_key(job_id, lease.token, "vocals", "flac")
    api.storage.put_bytes(key, data, "audio/flac")
    output = Output(
        stem="vocals",
        key=key,
        format="flac",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        sample_rate=44100,
        channels=2,
        samples=441000,
        duration_s=10,
        bits=16,
    )
    assert api.store.finished(lease, [output], -120.0)
