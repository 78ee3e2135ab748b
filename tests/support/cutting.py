"""A TCP proxy that breaks connections, like bad networks.

Uploads are cut by a reset. Downloads end early: a reset would also drop bytes that have arrived and were not read yet,
so their number would be unknown.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["up", "down"]  # from the client, to the client


@dataclass
class Cutting:
    """Forwards to `target`, and counts: `bytes` each way, `cuts` so far."""

    target: tuple[str, int]
    port: int = 0
    bytes: dict[Way, int] = field(default_factory=lambda: {"up": 0, "down": 0})
    cuts: int = 0
    _plan: list[tuple[Way, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self, way: Way, *after: int) -> None:
        """Break the connection in which the bytes `way` from now on exceed the first of `after`; then, counted
        again, the next."""
        with self._lock:
            self.bytes[way] = 0
            self._plan = [(way, each) for each in after]

    def passes(self, way: Way, count: int) -> bool:
        """Count bytes before they are forwarded; False: cut the connection."""
        with self._lock:
            self.bytes[way] += count
            if not self._plan or self._plan[0][0] != way or self.bytes[way] <= self._plan[0][1]:
                return True
            self._plan.pop(0)
            self.bytes[way] = 0
            self.cuts += 1
            return False


def _break(source: socket.socket, sink: socket.socket, way: Way) -> None:
    if way == "up":
        for end in (source, sink):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _pump(proxy: Cutting, way: Way, source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            if not proxy.passes(way, len(block)):
                _break(source, sink, way)
                return
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)


def _connect(proxy: Cutting, client: socket.socket) -> None:
    with client, socket.create_connection(proxy.target) as server:
        up = threading.Thread(target=_pump, args=(proxy, "up", client, server), daemon=True)
        up.start()
        _pump(proxy, "down", server, client)
        up.join()


def _serve(proxy: Cutting, listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # when the listener is closed
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_connect, args=(proxy, client), daemon=True).start()


@contextmanager
def cutting(host: str, port: int) -> Iterator[Cutting]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Cutting((host, port), listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(proxy, listener), daemon=True)
        thread.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
