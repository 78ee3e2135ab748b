"""The guard against server-side request forgery: which client-supplied addresses the service connects to.

It checks twice. `Guard.parse` judges a URL by its form alone, so that the API can refuse it at once. `Guard.resolve`
resolves the name once, just before connecting, and judges every address; the connection goes to one of those addresses
(`core/transfer/connect.py`), so that the name cannot change in between.

The host is never compared with lists of unusual spellings. The resolver of the connection decides what `0x7f.1`,
`2130706433` or a name means, and the resulting `ipaddress` is judged.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from core.errors import UrlRefused
from core.settings import Settings

MAX_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

Address = IPv4Address | IPv6Address
Resolver = Callable[..., list[tuple[Any, Any, Any, Any, Any]]]

# Public in form, but on one cloud's machines (Azure) the platform answers there.
_PLATFORM = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PRINTABLE = frozenset(map(chr, range(33, 127)))


@dataclass(frozen=True)
class Target:
    """A parsed URL: `host` is ASCII without brackets, `path` starts with "/" and includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Guard:
    """`networks` and `names` are exceptions from the rule that only addresses of the public internet are reached."""

    ports: tuple[int, ...] = (80, 443)
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    names: frozenset[str] = frozenset()
    resolver: Resolver = field(default=socket.getaddrinfo)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        networks, names = [], set()
        for entry in settings.fetch_allow:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                names.add(entry.lower().rstrip("."))
        return cls(settings.fetch_ports, tuple(networks), frozenset(names))

    def parse(self, url: str) -> Target:
        """Judge `url` by its form, without a lookup or connection.

        Raises:
        UrlRefused: with a sentence for the client.
        """
        target = _parse(url)
        if target.port not in self.ports:
            raise UrlRefused(
                f"Port {target.port} of that address is not allowed, only {_listed(self.ports)}.", url=_shown(url)
            )
        try:
            literal = ipaddress.ip_address(target.host)
        except ValueError:
            return target
        self._judge(target.host, literal)
        return target

    def resolve(self, host: str) -> list[str]:
        """The addresses of `host`, all judged, in the resolver's order.

        Raises:
            UrlRefused: one of them is not public.
            OSError: the name has no address.
        """
        records = self.resolver(host, None, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(record[4][0]) for record in records))
        if not addresses:
            raise OSError(f"{host} has no address")
        for address in addresses:
            self._judge(host, ipaddress.ip_address(address))
        return addresses

    def _judge(self, host: str, address: Address) -> None:
        if host.lower().rstrip(".") in self.names or any(address in network for network in self.networks):
            return
        if not is_public(address):
            raise UrlRefused("The address is not on the public internet.")


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public internet: global and unicast; an address that wraps an IPv4 address
    (IPv4-mapped, 6to4, NAT64) counts as that one."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    public = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return public and address not in _PLATFORM


def filename_of(url: str) -> str:
    """The last part of the path of `url`, as a name for display; "" without one."""
    return PurePosixPath(unquote(urlsplit(url).path, errors="replace")).name


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a translator makes of this one."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _parse(url: str) -> Target:
    shown = _shown(url)
    if len(url) > MAX_URL:
        raise UrlRefused(f"The address is longer than {MAX_URL} characters.", url=shown)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UrlRefused("The address is not a valid URL.", url=shown) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise UrlRefused("The address must start with https:// or http://.", url=shown)
    # Programs disagree on such URLs: urlsplit drops line breaks, browsers read a backslash as a slash.
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        raise UrlRefused("The address contains spaces, backslashes or control characters.", url=shown)
    if "@" in parts.netloc:
        raise UrlRefused("The address must not contain a user name or password.", url=shown)
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise UrlRefused("The host name in the address is not valid.", url=shown) from None
    if not host or "%" in host or any(len(label) > 63 for label in host.split(".")) or len(host) > 253:
        raise UrlRefused("The host name in the address is not valid.", url=shown)
    path = parts.path if parts.path.startswith("/") else "/" + parts.path
    target = path + (f"?{parts.query}" if parts.query else "")
    # Non-ASCII characters are sent in UTF-8 and percent-encoded, as in browsers; the rest stays unchanged.
    target = "".join(char if char in _PRINTABLE else quote(char) for char in target)
    return Target(parts.scheme, host, port if port is not None else DEFAULT_PORTS[parts.scheme], target)


def _shown(url: str) -> str:
    """The URL for messages and logs: without query, fragment and user, which may contain secrets."""
    return url.split("?")[0].split("#")[0].rsplit("@")[-1][:200]


def _listed(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports))
