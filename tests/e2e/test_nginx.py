"""The reverse proxy of deploy/nginx, a real nginx before the real API: forwarded and refused requests, and slow and
half-open clients next to good ones."""

import json
import shutil
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from core.access.keys import Keys, Limits
from tests.support.api_harness import WAV, Api, assert_problem, free_address, serving
from tests.support.waiting import until

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "nginx.conf"
# The timeouts, shortened for the test.
HEAD_S, BODY_S, SEND_S = 2, 3, 3
SLOW = 60  # clients of each kind


@contextmanager
def nginx(api: str, folder: Path, **changes: str) -> Iterator[str]:
    """nginx before the API at `api`, as deployed except addresses, files and `changes`; its URL."""
    address = free_address()
    text = CONFIG.read_text()
    for old, new in {
        "server api:8000;": f"server {urlsplit(api).netloc};",
        "listen 8080 default_server;": f"listen {address} default_server;",
        "/tmp/nginx": f"{folder}/nginx",
        "/dev/stdout": f"{folder}/access.log",
        "/dev/stderr": f"{folder}/error.log",
        "worker_processes auto;": "worker_processes 1; daemon off;",
        **changes,
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    config = folder / "nginx.conf"
    config.write_text(text)
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert program, "tests need nginx: apt-get install nginx-light"
    process = subprocess.Popen([program, "-c", config, "-e", folder / "error.log"])
    try:
        until(lambda: process.poll() is not None or _listens(address), timeout_s=20)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.fixture(scope="module")
def guarded(environment: dict[str, str]) -> Iterator[Api]:
    with serving({**environment, "auth": "auto"}) as api:
        api.store.client.flushall()
        yield api


@pytest.fixture
def client(guarded: Api, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a tenant with a key, through nginx."""
    guarded.store.client.flushall()
    _, key = Keys(guarded.store.client).create("test", "anna")
    headers = {"Authorization": f"Bearer {key}"}
    with nginx(guarded.url, tmp_path) as url, httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        yield client


def test_the_whole_api_works_through_nginx(client: httpx.Client, guarded: Api) -> None:
    for path in ("/v1/jobs", "/v1/jobs/from-file"):
        response = client.post(path, files={"file": ("song.wav", WAV + bytes(6_000_000))})
        assert response.status_code == 202, response.text
    job = response.json()
    assert client.get(job["url"], headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert client.get(job["url"], headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"
    for path in ("/", "/docs", "/openapi.json", "/v1/models", "/nothing"):
        request_id = {"X-Request-ID": "mine-2"}  # problems repeat it
        through, direct = (
            client.get(path, headers=request_id),
            guarded.client.get(path, headers={**client.headers, **request_id}),
        )
        assert (through.status_code, len(through.content)) == (direct.status_code, len(direct.content)), path
        for name in ("x-content-type-options", "content-security-policy", "cache-control"):
            assert through.headers.get_list(name) == direct.headers.get_list(name), path


def test_events_are_not_buffered(client: httpx.Client, guarded: Api) -> None:
    job = client.post("/v1/jobs", files={"file": ("song.wav", WAV)}).json()
    with client.stream("GET", job["events_url"]) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: state"
        threading.Timer(0.3, guarded.store.records.request_cancel, [job["id"]]).start()
        assert any('"canceled"' in line for line in lines)


def test_requests_through_the_proxy_need_a_key_whatever_their_headers(client: httpx.Client, guarded: Api) -> None:
    """With VOICELIFT_AUTH=auto local requests need no key; here nginx runs on the same machine."""
    assert guarded.client.get("/v1/models").status_code == 200
    for headers in (
        {}, {"Host": "localhost"}, {"Host": "127.0.0.1"}, {"X-Forwarded-For": ""}, {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "::1"}, {"Connection": "X-Forwarded-For, X-Real-IP"},
        {"Connection": "close, x-forwarded-for, x-forwarded-proto, x-forwarded-host, x-real-ip", "Host": "localhost"},
    ):  # fmt: skip
        response = httpx.get(f"{client.base_url}/v1/models", headers=headers)
        assert_problem(response, 401, "unauthenticated")


def test_errors_of_nginx_are_problems_with_security_headers(guarded: Api, tmp_path: Path, client: httpx.Client) -> None:
    assert client.get("/metrics").status_code == 404
    large = client.post("/v1/uploads", content=bytes(200_000))
    assert_problem(large, 413, "upload_too_large")
    (tmp_path / "b").mkdir()
    with nginx(f"http://{free_address()}", tmp_path / "b") as url:
        away = httpx.get(f"{url}/v1/models")
        assert httpx.get(f"{url}/livez").status_code == 503
        alive = httpx.get(f"{url}/nginx-alive")
    assert (alive.status_code, alive.content) == (204, b""), "the supervisor does not restart nginx because of the API"
    assert "nginx-alive" not in (tmp_path / "b" / "access.log").read_text()
    assert_problem(away, 503, "not_ready")
    assert away.headers["retry-after"] == "5"
    for response in (client.get("/metrics"), large, away):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["x-frame-options"] == "DENY"


def test_only_the_api_limits_the_size_of_recordings() -> None:
    for path in ("/v1/jobs", "/v1/jobs/from-file"):
        upload = CONFIG.read_text().partition(f"location = {path} {{")[2].partition("}")[0]
        assert "client_max_body_size 0;" in upload


def test_its_logs_contain_no_token_or_key(guarded: Api, client: httpx.Client, tmp_path: Path) -> None:
    job = client.post("/v1/jobs", files={"file": ("song.wav", WAV)}).json()
    guarded.store.records.request_cancel(job["id"])
    token = client.post(f"{job['url']}/token").json()["token"]
    for path in ("events", "outputs/vocals", "hls/vocals.m3u8", "hls/vocals/x", "nothing"):
        url = f"{client.base_url}{job['url']}/{path}?token={token}"
        assert httpx.get(url, headers={"Referer": url}).status_code in (200, 401, 404, 409)
    (tmp_path / "b").mkdir()
    with nginx(f"http://{free_address()}", tmp_path / "b") as url:  # a failed forward is an error
        assert httpx.get(f"{url}{job['url']}/events?token={token}").status_code == 503
        assert httpx.get(f"{url}{job['url']}/hls/vocals.m3u8?token={token}").status_code == 503
    key = client.headers["Authorization"].removeprefix("Bearer ")
    for folder in (tmp_path, tmp_path / "b"):
        logs = [(folder / name).read_text() for name in ("access.log", "error.log")]
        entries = [json.loads(line) for line in logs[0].splitlines()]
        assert f"{job['url']}/events" in [entry["path"] for entry in entries]
        assert all(entry["request_id"] for entry in entries)
        for secret in (token, token.partition(".")[2], key, key.rpartition("_")[2]):
            assert secret not in "".join(logs)


@pytest.mark.parametrize("named", [False, True])
def test_connections_are_limited_by_client_not_by_load_balancer(tmp_path: Path, named: bool) -> None:
    """The address of this machine is private, like that of a load balancer. It is trusted once it is configured."""
    changes = {"limit_conn address 256;": "limit_conn address 2;"}
    if named:
        changes["# set_real_ip_from 10.1.2.3;"] = "set_real_ip_from 127.0.0.1;"
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as stack:
        silent.settimeout(10)

        def ask(forwarded_for: str) -> socket.socket:
            raw = stack.enter_context(socket.create_connection((at.hostname, at.port), 10))
            raw.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {forwarded_for}\r\n\r\n".encode())
            return raw

        def passed_on(forwarded_for: str) -> str:
            """Send a request; returns the client address that the API would see. It is never answered."""
            ask(forwarded_for)
            request = stack.enter_context(silent.accept()[0]).recv(1 << 16).decode()
            return request.partition("X-Forwarded-For: ")[2].partition("\r")[0]

        at = urlsplit(stack.enter_context(nginx(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, **changes)))
        if named:
            assert [passed_on("203.0.113.7") for _ in range(2)] == ["203.0.113.7"] * 2
            for forwarded_for in ("203.0.113.7", "198.51.100.1, 203.0.113.7"):  # the first one was forged by the client
                assert ask(forwarded_for).recv(1 << 16).startswith(b"HTTP/1.1 429 ")
            assert passed_on("203.0.113.8") == "203.0.113.8"
        else:
            assert [passed_on("203.0.113.7") for _ in range(5)] == ["127.0.0.1"] * 5


def test_good_clients_are_served_next_to_slow_and_half_open_ones(guarded: Api, tmp_path: Path) -> None:
    guarded.store.client.flushall()
    guarded.storage.delete_prefix("jobs/")
    keys = [Keys(guarded.store.client).create("test", name, None, Limits(submissions_per_minute=0))[1] for name in "ab"]
    good, slow = ({"Authorization": f"Bearer {key}"} for key in keys)
    head = "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=X\r\n"
    part = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + WAV
    length = "Content-Length: 9000000\r\n\r\n"
    many = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20
    kinds = {
        "half-open, nothing sent": b"",
        "slow head": b"GET /v1/jobs HTTP/1.1\r\nX-Slow: ",
        "slow body, no key": f"{head}{length}".encode() + part,
        "slow body, with a key": f"{head}Authorization: {slow['Authorization']}\r\n{length}".encode() + part,
        "slow reader": many.encode(),
    }
    limits = {
        "client_header_timeout 10s": f"client_header_timeout {HEAD_S}s",
        "client_body_timeout 20s": f"client_body_timeout {BODY_S}s",
        "send_timeout 30s": f"send_timeout {SEND_S}s",
        "default_server;": "default_server sndbuf=16k;",  # otherwise the kernel buffers unread bytes
    }
    with nginx(guarded.url, tmp_path, **limits) as url, ExitStack() as stack:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        started = time.monotonic()
        opened: dict[str, list[socket.socket]] = {kind: [] for kind in kinds}
        for kind, data in kinds.items():
            for _ in range(SLOW):
                raw = stack.enter_context(socket.socket())
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                raw.settimeout(10)
                raw.connect((host, port))
                raw.sendall(data)
                opened[kind].append(raw)
        times = []
        with httpx.Client(base_url=url, headers=good, timeout=30) as client:
            for _ in range(30):
                sent_at = time.monotonic()
                assert client.get("/v1/jobs").status_code == 200
                times.append(time.monotonic() - sent_at)
            assert client.post("/v1/jobs", files={"file": ("song.wav", WAV)}).status_code == 202
        ended = {}
        for kind, sockets in opened.items():
            for raw in sockets:
                _until_closed(raw, trickle=kind == "slow head")
            ended[kind] = time.monotonic() - started
    until(lambda: guarded.services.forms._held.total() == 0)
    jobs = {key.split("/")[1] for key in guarded.stored()}
    assert len(jobs) == 1, "only the good client's"
    median, slowest = statistics.median(times) * 1e3, max(times) * 1e3
    print(
        f"\n{len(kinds) * SLOW} slow clients; good requests meanwhile: median {median:.0f} ms, slowest {slowest:.0f} ms"
    )
    for kind, seconds in ended.items():
        print(f"  {SLOW} x {kind}: all closed after {seconds:.1f} s")
    assert max(times) < 10


def _until_closed(raw: socket.socket, trickle: bool) -> None:
    """Wait until the other side has closed; with `trickle`, send a byte from time to time."""
    deadline = time.monotonic() + 60
    raw.settimeout(0.5)
    while time.monotonic() < deadline:
        try:
            if trickle:
                raw.sendall(b"x")
            if not raw.recv(1 << 16):
                return
        except TimeoutError:
            continue
        except OSError:
            return
    pytest.fail("a slow client was not disconnected")
