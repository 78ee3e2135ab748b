"""Refusals at the network level: the body is not read, and no secret is logged."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.server import BoundedReads
from core.access.keys import Keys
from core.jobs.scripts import connect
from core.settings import Settings
from tests.support.api_harness import Api, free_address, responds, serving
from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
BODY = 200_000_000
HEAD = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"


@dataclass
class Counted:
    """Bytes that the server process has read from its sockets."""

    bytes: int = 0


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def counting(environment: dict[str, str], counted: Counted) -> Iterator[Api]:
    class Counting(BoundedReads):
        def buffer_updated(self, nbytes: int) -> None:
            counted.bytes += nbytes
            super().buffer_updated(nbytes)

    with serving({**environment, "auth": "on", "max_upload_bytes": str(2 * BODY)}, protocol=Counting) as api:
        yield api


def response_of(raw: socket.socket) -> str:
    """The server's response until it closes the connection."""
    raw.settimeout(20)
    got = b""
    try:
        while block := raw.recv(65536):
            got += block
    except ConnectionResetError:
        pass  # it closed with unread bytes
    return got.decode()


@pytest.mark.parametrize("framing", [f"Content-Length: {BODY}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("key", ["", f"Authorization: Bearer vl_{'0' * 12}_{'0' * 64}\r\n"])
def test_an_unauthenticated_request_is_answered_before_its_body(
    counting: Api, counted: Counted, framing: str, key: str
) -> None:
    head = f"{HEAD}{key}{framing}\r\n\r\n".encode()
    with counting.connect() as raw:
        raw.sendall(head)
        got = response_of(raw)
    assert got.startswith("HTTP/1.1 401 ")
    assert "connection: close" in got.lower()
    assert counted.bytes == len(head), "not a byte of the body"


@pytest.mark.parametrize("key", ["", f"Authorization: Bearer vl_{'0' * 12}_{'0' * 64}\r\n"])
def test_an_unauthenticated_sender_is_disconnected(counting: Api, counted: Counted, key: str) -> None:
    head, sent, before = f"{HEAD}{key}Content-Length: {BODY}\r\n\r\n".encode(), 0, counting.stored()
    with counting.connect() as raw:
        raw.sendall(head)
        try:
            while sent < BODY:
                sent += raw.send(bytes(65536))
        except (BrokenPipeError, ConnectionResetError):
            pass
        got = response_of(raw)
    assert got.startswith("HTTP/1.1 401 ")
    assert sent < BODY
    assert counted.bytes <= 64 * 1024
    assert counting.stored() == before


def test_secrets_and_tokens_reach_no_log(environment: dict[str, str], redis_url: str, tmp_path: Path) -> None:
    """Even with every logger at DEBUG."""
    with connect(Settings(redis_url=redis_url)) as client:
        key, text = Keys(client).create("canary", "anna")
    address = free_address()
    variables = {name: value for name, value in environment.items() if name.isupper()} | {
        "VOICELIFT_MODEL_DIR": environment["model_dir"],
        "VOICELIFT_AUTH": "on",
        "VOICELIFT_PORT": address.split(":")[1],
        "VOICELIFT_LOG_LEVEL": "DEBUG",
        "VOICELIFT_TOKEN_SECRET": "canary-secret-canary-secret-canary",
        "VOICELIFT_METRICS_TOKEN": "canary-metrics-token",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api"], env={**os.environ, **variables}, cwd=REPOSITORY, stdout=log, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
            until(lambda: responds(client) or process.poll() is not None, "the API responds", 60)
            assert process.poll() is None, "the API did not start"
            mine = {"Authorization": f"Bearer {text}"}
            files = {"file": ("song.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(3000))}
            job = client.post("/v1/jobs", files=files, headers=mine).json()
            token = client.post(f"{job['url']}/token", headers=mine).json()["token"]
            for path in ("outputs/vocals", "hls/vocals.m3u8", "hls/vocals/x", "nothing"):
                client.get(f"{job['url']}/{path}", params={"token": token})
            client.get("/v1/models", headers={"Authorization": f"Bearer {text}x"})
            client.get("/v1/jobs?limit=x", headers=mine)
            client.get("/metrics", headers={"Authorization": "Bearer canary-metrics-token"})
    finally:
        process.terminate()
        process.wait(20)
    logged = (tmp_path / "log").read_text()
    assert f"{job['url']}/hls/vocals.m3u8" in logged, "requests are logged"
    assert key.id in logged, "by the key's public id"
    for secret in (text, text.rpartition("_")[2], token, token.partition(".")[2], "canary-secret", "canary-metrics"):
        assert secret not in logged
