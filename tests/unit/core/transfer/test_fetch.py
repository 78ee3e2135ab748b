"""Downloads of a source_url within limits of size, time and redirects."""

import hashlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import (
    InputError,
    SourceTooLarge,
    SourceUrlFailed,
    SourceUrlRefused,
    SourceUrlUnreachable,
    Stopped,
)
from core.transfer import fetch as fetching
from core.transfer.address import Guard
from core.transfer.fetch import fetch
from tests.support import web

TLS = Path(__file__).parents[3] / "data" / "tls"
SONG = bytes(range(256)) * 4000
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@pytest.fixture
def site() -> Iterator[web.Site]:
    with web.serving() as site:
        yield site


@pytest.fixture
def get(site: web.Site, tmp_path: Path) -> Callable[..., bytes]:
    """Download a path of the site; the content of the file."""

    def run(path: str = "/song", max_bytes: int = 10**7, timeout_s: float = 20.0, **options: Any) -> bytes:
        target = tmp_path / "file"
        guard = Guard(ports=(site.port,), networks=(LOOPBACK,))
        fetched = fetch(f"http://127.0.0.1:{site.port}{path}", target, guard, max_bytes, timeout_s, **options)
        data = target.read_bytes()
        assert (fetched.bytes, fetched.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        return data

    return run


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE_S", 0.01)


def _redirect(to: str, status: int = 302) -> web.Responder:
    return lambda handler: handler.reply(status, location=to)


def test_a_file_is_downloaded_unchanged(site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = lambda handler: handler.reply(200, SONG)
    assert get("/song?sig=a%2Fb") == SONG
    (received,) = site.received
    assert received.path == "/song?sig=a%2Fb"
    assert received.headers["host"] == f"127.0.0.1:{site.port}"
    assert received.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "referer"} & set(received.headers)


def test_a_chunked_response_without_length_is_downloaded(site: web.Site, get: Callable[..., bytes]) -> None:
    def chunked(handler: web.Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in (SONG[:100], SONG[100:]):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")

    site.routes["/song"] = chunked
    assert get() == SONG
    with pytest.raises(SourceTooLarge):
        get(max_bytes=len(SONG) - 1)


def test_a_too_large_content_length_is_refused_before_the_download(site: web.Site, get: Callable[..., bytes]) -> None:
    sent: list[int] = []

    def huge(handler: web.Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000000000")
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(bytes(1 << 16))
                sent.append(1 << 16)
        except OSError:
            return

    site.routes["/song"] = huge
    with pytest.raises(SourceTooLarge, match="limit of 1 MB"):
        get(max_bytes=1_000_000)
    assert sum(sent) < 50_000_000


def test_three_redirects_are_followed_and_not_four(site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes |= {f"/{n}": _redirect(f"{n - 1}", status) for n, status in ((1, 301), (2, 302), (3, 307), (4, 308))}
    site.routes["/0"] = lambda handler: handler.reply(200, SONG)
    assert get("/3") == SONG
    with pytest.raises(SourceUrlFailed, match="more than 3 times"):
        get("/4")


@pytest.mark.parametrize(
    "to",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "file:///etc/passwd",
        "http://user:pw@example.org/", "http://127.0.0.1:6379/", "//10.0.0.1/", "gopher://127.0.0.1/",
    ],
)  # fmt: skip
def test_a_redirect_is_checked_like_the_first_url(to: str, site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = _redirect(to)
    with pytest.raises(SourceUrlRefused, match="cannot be used"):
        get()
    assert len(site.received) == 1, "no retry"


def test_a_redirect_to_nowhere_fails(site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = lambda handler: handler.reply(302)
    with pytest.raises(SourceUrlFailed, match="without a Location"):
        get()
    site.routes["/song"] = _redirect("http://[")
    with pytest.raises(SourceUrlFailed, match="invalid address"):
        get()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 206, 204])
def test_other_responses_fail_without_retry(status: int, site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = lambda handler: handler.reply(status)
    with pytest.raises(SourceUrlFailed, match=f"status {status}") as caught:
        get()
    assert not caught.value.retryable
    assert len(site.received) == 1


def test_compressed_and_empty_responses_are_refused(site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = lambda handler: handler.reply(200, b"\x1f\x8b", content_encoding="gzip")
    with pytest.raises(SourceUrlFailed, match="compressed"):
        get()
    site.routes["/song"] = lambda handler: handler.reply(200)
    with pytest.raises(SourceUrlFailed, match="empty"):
        get()


def test_server_errors_are_retried(site: web.Site, get: Callable[..., bytes]) -> None:
    def twice_busy(handler: web.Handler) -> None:
        handler.reply(503) if len(site.received) < 3 else handler.reply(200, SONG)

    site.routes["/song"] = twice_busy
    assert get() == SONG
    site.routes["/song"] = lambda handler: handler.reply(503)
    with pytest.raises(SourceUrlUnreachable, match="status 503") as caught:
        get()
    assert caught.value.retryable
    assert isinstance(caught.value, InputError), "the job fails with this message"
    assert len(site.received) == 6


def test_a_broken_download_restarts(site: web.Site, get: Callable[..., bytes]) -> None:
    def breaking(handler: web.Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(SONG)))
        handler.end_headers()
        handler.wfile.write(SONG[:5000] if len(site.received) == 1 else SONG)
        handler.close_connection = True

    site.routes["/song"] = breaking
    assert get() == SONG


def test_a_refused_connection_fails(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        guard = Guard(ports=(port,), networks=(LOOPBACK,))
        with pytest.raises(SourceUrlUnreachable, match="could not be reached"):
            fetch(f"http://127.0.0.1:{port}/", tmp_path / "file", guard, 1000, 20)


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_slow_server_times_out(where: str, site: web.Site, get: Callable[..., bytes]) -> None:
    """Each byte follows soon after the last, so only a limit on the total time ends it."""

    def dripping(handler: web.Handler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            if where == "body":
                handler.wfile.write(b"Content-Length: 100000\r\n\r\n")
            for _ in range(600):
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            return

    site.routes["/song"] = dripping
    with pytest.raises(SourceUrlUnreachable, match=r"more than 0\.4 s"):
        get(timeout_s=0.4)


def test_the_download_stops_with_its_job(site: web.Site, get: Callable[..., bytes]) -> None:
    site.routes["/song"] = lambda handler: handler.reply(200, SONG * 10)
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 3:
            raise Stopped("canceled")

    with pytest.raises(Stopped):
        get(max_bytes=10**9, check=check)


def test_over_tls_the_name_is_verified_and_the_checked_address_is_used(tmp_path: Path) -> None:
    """SNI, certificate and Host use the name; the connection uses the resolved, checked address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    trusting = ssl.create_default_context(cafile=str(TLS / "cert.pem"))

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    with web.serving(context) as site:
        site.routes["/a"] = lambda handler: handler.reply(200, SONG)
        guard = Guard(ports=(site.port,), networks=(LOOPBACK,), resolver=resolver)
        path = tmp_path / "file"
        fetch(f"https://song.test:{site.port}/a", path, guard, 10**7, 20, ssl_context=trusting)
        assert path.read_bytes() == SONG
        (received,) = site.received
        assert (received.sni, received.headers["host"]) == ("song.test", f"song.test:{site.port}")
        for url, trust in ((f"https://other.test:{site.port}/a", trusting), (f"https://song.test:{site.port}/a", None)):
            with pytest.raises(SourceUrlUnreachable, match="could not be reached"):
                fetch(url, path, guard, 10**7, 20, ssl_context=trust)
        assert len(site.received) == 1
