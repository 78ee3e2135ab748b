"""A small HTTP server for tests: returns prepared responses and records the requests."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A received request. `headers` have lower-case names; `sni` is the host name of the TLS handshake."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    sni: str | None


Responder = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Passed to a test's `answer`, with `received` filled in."""

    protocol_version = "HTTP/1.1"
    received: Received
    site: "Site"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.received = Received(self.command, self.path, headers, body, getattr(self.connection, "sni", None))
        self.site.received.append(self.received)
        self.site.routes.get(self.path.split("?")[0], self.site.fallback)(self)

    do_GET = do_POST = handle_any  # noqa: N815

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """No log."""


@dataclass
class Site:
    """`routes` by path; all other paths get `fallback`."""

    port: int
    routes: dict[str, Responder] = field(default_factory=dict)
    fallback: Responder = lambda handler: handler.reply(404)
    received: list[Received] = field(default_factory=list)
    connections: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def get_request(self) -> tuple[Any, Any]:
        request = super().get_request()
        self.site.connections += 1
        return request

    def handle_error(self, *_: Any) -> None:
        """Some tests abort connections."""


@contextmanager
def serving(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Site]:
    handler = type("Bound", (Handler,), {})
    server = _Server((host, 0), handler)
    server.site = handler.site = site = Site(server.server_port)  # type: ignore[attr-defined]
    if context is not None:

        def note_name(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            connection.sni = name  # type: ignore[attr-defined]

        context.sni_callback = note_name
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
