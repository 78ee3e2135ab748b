"""Guarded connections: an httpcore network backend.

httpcore asks its backend to connect to a host; TLS (name and certificate) and the Host header still use the host of the
URL. So names become addresses only here, for plain and encrypted connections alike.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from core.transfer.address import Guard

USER_AGENT = "voicelift/1"


class Late(httpcore.TimeoutException):
    """The time limit of the whole exchange has passed."""


class GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that `guard` has judged, until `deadline` (monotonic) in all.

    Passes UrlRefused out of httpcore's calls."""

    def __init__(self, guard: Guard, deadline: float) -> None:
        self._guard, self._deadline = guard, deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._guard.resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address: {error}") from error
        last: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in addresses:
            try:
                allowed = _remaining(self._deadline, timeout)
                stream = self._sockets.connect_tcp(address, port, allowed, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _Stream(stream, self._deadline)
        assert last is not None, "there was at least one address"
        raise last

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A stream that ends at a deadline, however slowly the peer sends."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        allowed = _remaining(self._deadline, timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, allowed), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _remaining(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Late("the exchange timed out")
    return left if timeout is None else min(left, timeout)
