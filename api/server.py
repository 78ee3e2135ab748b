"""The uvicorn configuration of the API, which reads little of a body before authentication.

By default asyncio reads up to 256 KiB from a socket at once, and uvicorn pauses it only above 64 KiB. With the protocol
below a client without a key gets at most 48 KiB read after the head. asyncio's BufferedProtocol limits the reads;
uvloop does not use it with uvicorn's protocol, so the loop is asyncio's.
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
            self.flow.pause_reading()  # uvicorn resumes it when the body is read


def config_of(app: ASGIApp, settings: ApiSettings) -> uvicorn.Config:
    """metrics.py writes the access log, without query strings, which may contain job tokens; all other lines of uvicorn
    go to the same log."""
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
