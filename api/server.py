"""How the API is served: by uvicorn, which takes little of a body that nobody has asked for yet.

By itself asyncio takes up to 256 KiB from a socket at once, and uvicorn stops it only when it holds more than 64 KiB.
With the protocol below a stranger who sends on without a key has at most 48 KiB taken from it after the head. Reads are
limited by asyncio's BufferedProtocol; uvloop does not use it with uvicorn's protocol, so the loop is asyncio's own.
"""

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.settings import ApiSettings

READ_BYTES, UNASKED_BYTES = 32 * 1024, 16 * 1024


class BoundedReads(H11Protocol, asyncio.BufferedProtocol):
    """HTTP/1.1 that reads at most READ_BYTES at once, and nothing while it holds more than UNASKED_BYTES of a body."""

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002  (how much the loop would like to read)
        self._buffer = bytearray(READ_BYTES)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(memoryview(self._buffer)[:nbytes]))

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        request = self.cycle
        if request is not None and not request.response_complete and len(request.body) > UNASKED_BYTES:
            self.flow.pause_reading()  # uvicorn resumes it when the body is asked for


def config_of(app: ASGIApp, settings: ApiSettings) -> uvicorn.Config:
    """The access log is our own (metrics.py), without query strings, in which job tokens are; all other lines of
    uvicorn go where ours go."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedReads,
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_s,
    )
