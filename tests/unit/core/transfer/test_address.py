"""The address check. Every refused notation is tried against an internal server."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import SourceUrlRefused, SourceUrlUnreachable, UrlRefused
from core.settings import Settings
from core.transfer import fetch as fetching
from core.transfer.address import Guard, filename_of, is_public
from core.transfer.fetch import fetch
from tests.support import web
from tests.support.addresses import INSIDE, MALFORMED


@pytest.fixture(scope="module")
def inside() -> Iterator[web.Site]:
    with web.serving() as site:
        site.fallback = lambda handler: handler.reply(200, b"secret")
        yield site


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)


@pytest.mark.parametrize("host", INSIDE)
def test_no_notation_of_an_internal_address_is_connected_to(host: str, inside: web.Site, tmp_path: Path) -> None:
    before = inside.connections
    guard = Guard(ports=(inside.port,))
    with pytest.raises((SourceUrlRefused, SourceUrlUnreachable)) as caught:  # unreachable: the resolver knows no such
        fetch(f"http://{host}:{inside.port}/", tmp_path / "file", guard, 1000, 5)
    assert inside.connections == before
    assert not (tmp_path / "file").exists()
    assert str(inside.port) not in caught.value.message


def test_most_notations_are_parsed_and_refused(inside: web.Site) -> None:
    guard = Guard(ports=(inside.port,))
    refused = 0
    for host in INSIDE:
        try:
            guard.resolve(guard.parse(f"http://{host}:{inside.port}/").host)
        except UrlRefused:
            refused += 1
        except OSError:
            continue
    assert refused >= 70, "the test above must not pass because names do not resolve"


def test_without_the_guard_they_would_connect(inside: web.Site, tmp_path: Path) -> None:
    """The test above can fail: the same call reaches the server once the network is allowed."""
    guard = Guard(ports=(inside.port,), networks=(ipaddress.ip_network("127.0.0.0/8"),))
    for host in ("127.0.0.1", "127.1", "2130706433", "0x7f.1"):
        fetch(f"http://{host}:{inside.port}/", tmp_path / "file", guard, 1000, 5)
        assert (tmp_path / "file").read_bytes() == b"secret"


@pytest.mark.parametrize("url", MALFORMED)
def test_other_urls_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(UrlRefused) as caught:
        Guard().parse(url)
    assert caught.value.message.endswith(".")
    assert "secret" not in str(caught.value.details)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://example.org", "example.org", 443, "/", "example.org"),
        ("HTTP://Example.ORG:80/A%20b?q=1#frag", "example.org", 80, "/A%20b?q=1", "example.org"),
        ("https://bücher.example/ü?ä=1", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%A4=1", "xn--bcher-kva.example"),
        ("http://[2606:4700::1111]:443/x", "2606:4700::1111", 443, "/x", "[2606:4700::1111]:443"),
        ("https://example.org?a=b", "example.org", 443, "/?a=b", "example.org"),
    ],
)
def test_a_url_is_parsed(url: str, host: str, port: int, path: str, header: str) -> None:
    target = Guard().parse(url)
    assert (target.host, target.port, target.path, target.host_header) == (host, port, path, header)


def test_only_allowed_ports_are_connected_to() -> None:
    with pytest.raises(UrlRefused, match=r"Port 6379 .* only 80, 443"):
        Guard().parse("http://example.org:6379/")
    assert Guard(ports=(8080,)).parse("http://example.org:8080/").port == 8080


def _resolving(*addresses: str) -> Any:
    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

    return resolve


def test_one_internal_address_among_others_is_refused() -> None:
    with pytest.raises(UrlRefused):
        Guard(resolver=_resolving("93.184.216.34", "10.0.0.1")).resolve("two-faced.example")


def test_a_changing_name_is_resolved_once_per_connection(inside: web.Site, tmp_path: Path) -> None:
    """Rebinding: a resolver that first returns 1.1.1.1 and then 127.0.0.1 does not lead to 127.0.0.1."""
    lookups: list[str] = []

    def fickle(host: str, *_: Any, **__: Any) -> list[Any]:
        lookups.append(host)
        return _resolving("127.0.0.1" if len(lookups) > 1 else "192.0.2.7")(host)

    before = inside.connections
    guard = Guard(ports=(inside.port,), networks=(ipaddress.ip_network("192.0.2.0/24"),), resolver=fickle)
    with pytest.raises(SourceUrlUnreachable):
        fetch(f"http://fickle.example:{inside.port}/", tmp_path / "file", guard, 1000, 0.3)
    assert lookups == ["fickle.example"]
    assert inside.connections == before


def test_exceptions_are_named_by_network_or_by_host() -> None:
    settings = Settings.model_validate({"fetch_allow": "10.1.0.0/16, Media.Internal, ::1", "fetch_ports": "80, 9000"})
    guard = Guard.from_settings(settings)
    assert guard.ports == (80, 9000)
    assert guard.parse("http://10.1.2.3/").host == "10.1.2.3"
    assert guard.parse("http://[::1]:9000/").port == 9000
    for url in ("http://10.2.0.1/", "http://127.0.0.1/", "http://10.1.2.3:81/"):
        with pytest.raises(UrlRefused):
            guard.parse(url)
    inner = Guard.from_settings(settings).__class__(names=guard.names, resolver=_resolving("10.9.9.9"))
    assert inner.resolve("media.internal") == ["10.9.9.9"]
    with pytest.raises(UrlRefused):
        inner.resolve("other.internal")


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_the_public_internet_is_reached(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/My%20Song.mp3?sig=1", "My Song.mp3"),
        ("https://example.org/", ""),
        ("https://example.org/%2e%2e%2fetc%2fpasswd", "passwd"),
    ],
)
def test_a_file_name_comes_from_the_path(url: str, name: str) -> None:
    assert filename_of(url) == name
