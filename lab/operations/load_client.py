"""A load client: plain sockets, for a low cost, and requests on a fixed schedule.

This is an open loop. While the server stalls, further requests come due, and the latency of each counts from its due
time. A closed-loop client, which waits for each response, misses the effect of a stall on other clients.
"""

import asyncio
import contextlib
import os
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

TIMEOUT_S = 30.0  # a request without a response for so long has failed
BLOCK = os.urandom(256 * 1024)  # content of recordings
_RATE, _FRAME_BYTES = 44100, 4


@dataclass(frozen=True)
class Response:
    """Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Sample:
    """One request. `status` is 0 without a response. Seconds: `latency_s` counts from the due time; `late_s`, from
    there to the sending, is the client's share."""

    status: int
    latency_s: float
    late_s: float = 0.0


class Connection:
    """A persistent connection for one request after another. Methods raise OSError, EOFError, TimeoutError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to the service at `url`."""
        address = urlsplit(url)
        return cls(*await asyncio.open_connection(address.hostname, address.port))

    async def close(self) -> None:
        """Never raises."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def response(self) -> Response:
        """The next response, which must state its length, as this service's do."""
        async with asyncio.timeout(TIMEOUT_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip("\r\n").split("\r\n")
            status = int(first.split(" ", 2)[1])
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            length = 0 if status in (204, 304) else int(headers["content-length"])
            return Response(status, headers, await self._reader.readexactly(length))


def get(path: str, **headers: str) -> bytes:
    """A GET request; an underscore in a header's name stands for a hyphen."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def open_loop(url: str, requests: Sequence[bytes], rate: float, seconds: float) -> list[Sample]:
    """Send `requests` in turn, `rate` evenly spaced ones per second, over as many connections as needed."""
    idle: deque[Connection] = deque()
    samples: list[Sample] = []

    async def ask(request: bytes, due: float) -> None:
        sent, status, connection = time.perf_counter(), 0, None
        try:
            connection = idle.popleft() if idle else await Connection.open(url)
            await connection.send(request)
            response = await connection.response()
            status = response.status
            if response.headers.get("connection") == "close":  # a refusal, before the body was read
                await connection.close()
            else:
                idle.append(connection)
        except (OSError, EOFError, TimeoutError):
            if connection is not None:
                await connection.close()
        samples.append(Sample(status, time.perf_counter() - due, sent - due))

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(round(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(ask(requests[number % len(requests)], due))
    for connection in idle:
        await connection.close()
    return samples


async def upload(url: str, size: int) -> tuple[Sample, bytes]:
    """POST a WAV file of `size` bytes as a new job, generated while it is sent. Returns the sample and the response's
    body."""
    data = size - len(_wav_head(0))
    head = b'--part\r\nContent-Disposition: form-data; name="file"; filename="song.wav"\r\n\r\n' + _wav_head(data)
    tail = b"\r\n--part--\r\n"
    lines = ["POST /v1/jobs HTTP/1.1", "Host: localhost", "Content-Type: multipart/form-data; boundary=part"]
    lines += [f"Content-Length: {len(head) + data + len(tail)}", "", ""]
    started, response, connection = time.perf_counter(), Response(0, {}, b""), None
    with contextlib.suppress(OSError, EOFError, TimeoutError):
        connection = await Connection.open(url)
        await connection.send("\r\n".join(lines).encode() + head)
        for start in range(0, data, len(BLOCK)):
            await connection.send(BLOCK[: data - start])
        await connection.send(tail)
        response = await connection.response()
    if connection is not None:
        await connection.close()
    return Sample(response.status, time.perf_counter() - started), response.body


async def upload_concurrently(url: str, count: int, size: int) -> list[Sample]:
    """So many concurrent uploads."""
    return [sample for sample, _ in await asyncio.gather(*(upload(url, size) for _ in range(count)))]


def _wav_head(data: int) -> bytes:
    """The header of a 16-bit stereo WAV file with so many bytes of samples."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, _RATE, _RATE * _FRAME_BYTES, _FRAME_BYTES, 16)
    return b"RIFF" + struct.pack("<I", 36 + data) + b"WAVE" + form + b"data" + struct.pack("<I", data)
