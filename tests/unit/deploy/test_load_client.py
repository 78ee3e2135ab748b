"""The measuring client: it measures stalls and failures, and its uploads have the stated size."""

import asyncio
import contextlib
import io
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable

from lab.operations import load_client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def heads(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The requests of a connection until it is closed."""
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            yield await reader.readuntil(b"\r\n\r\n")


@contextlib.asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """The address of a server whose connections `serve` handles; they are closed after it."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async with await asyncio.start_server(closing, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def sampled(serve: Serve, requests: list[bytes], rate: float, seconds: float) -> list[load_client.Sample]:
    async with serving(serve) as url:
        return await load_client.open_loop(url, requests, rate, seconds)


def test_a_stall_delays_every_request_due_meanwhile() -> None:
    stalled = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal stalled
        async for _ in heads(reader):
            if not stalled:
                stalled = True
                time.sleep(0.5)  # the client in the same loop also stalls
            writer.write(OK)

    samples = asyncio.run(sampled(serve, [load_client.get("/")], rate=100, seconds=1))
    assert len(samples) == 100
    assert {sample.status for sample in samples} == {200}
    # 50 requests came due in half a second; those of its first 0.3 s had at least 0.2 s to wait.
    assert sum(sample.latency_s >= 0.19 for sample in samples) >= 28


def test_every_failure_counts_and_the_other_requests_continue() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for head in heads(reader):
            if b"/broken" in head:
                return
            writer.write(OK.replace(b"200", b"503") if b"/busy" in head else OK)

    requests = [load_client.get(path) for path in ("/", "/busy", "/broken", "/")]
    samples = asyncio.run(sampled(serve, requests, rate=200, seconds=0.2))
    assert sorted(sample.status for sample in samples) == [0] * 10 + [200] * 20 + [503] * 10


def test_an_upload_is_a_form_with_a_readable_recording_of_that_size() -> None:
    received = b""

    async def run() -> load_client.Sample:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal received
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
            received = await reader.readexactly(length)
            writer.write(OK)

        async with serving(serve) as url:
            return (await load_client.upload(url, 600_044))[0]

    assert asyncio.run(run()).status == 200
    recording = received.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n--part--\r\n")
    assert len(recording) == 600_044
    with wave.open(io.BytesIO(recording)) as file:
        assert (file.getnframes(), file.getnchannels(), file.getframerate()) == (150_000, 2, 44100)


def test_an_upload_to_a_closed_port_fails() -> None:
    sample, body = asyncio.run(load_client.upload("http://127.0.0.1:1", 1000))
    assert (sample.status, body) == (0, b"")
