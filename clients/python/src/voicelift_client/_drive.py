"""Input and output of the two clients. The logic of this package is written once, as coroutines that do all their input
and output through a `Driver`.

`AsyncDriver` awaits httpx and anyio. `SyncDriver` blocks instead, so its coroutines never suspend, and `run` executes
any of them by a single `send(None)`: without an event loop or a thread, and also inside a running loop.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread
import httpx

T = TypeVar("T")

TIMEOUT = httpx.Timeout(60.0, connect=10.0)


@dataclass(frozen=True)
class Stream:
    """A response whose body is streamed in blocks."""

    response: httpx.Response
    blocks: AsyncIterator[bytes]


class Driver(Protocol):
    def build(self, method: str, url: str, **parts: Any) -> httpx.Request:
        """A request, as httpx builds it."""

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The response, body included. Redirects are not followed. Raises httpx.TransportError."""

    def stream(self, request: httpx.Request) -> AbstractAsyncContextManager[Stream]:
        """The response's head, and its body as a stream. Raises httpx.TransportError, also from `blocks`."""

    async def sleep(self, seconds: float) -> None: ...

    async def off_loop(self, call: Callable[[], T]) -> T:
        """The result of a call that works on files."""

    async def close(self) -> None: ...


class SyncDriver:
    def __init__(self, client: httpx.Client | None, headers: Mapping[str, str]) -> None:
        self._own = client is None
        self._client = client or httpx.Client(timeout=TIMEOUT, headers=headers)

    def build(self, method: str, url: str, **parts: Any) -> httpx.Request:
        return self._client.build_request(method, url, **parts)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, follow_redirects=False)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncGenerator[Stream, None]:
        response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            yield Stream(response, _as_async(response.iter_raw()))
        finally:
            response.close()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def off_loop(self, call: Callable[[], T]) -> T:
        return call()

    async def close(self) -> None:
        if self._own:
            self._client.close()


class AsyncDriver:
    def __init__(self, client: httpx.AsyncClient | None, headers: Mapping[str, str]) -> None:
        self._own = client is None
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT, headers=headers)

    def build(self, method: str, url: str, **parts: Any) -> httpx.Request:
        return self._client.build_request(method, url, **parts)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self._client.send(request, follow_redirects=False)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncGenerator[Stream, None]:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            yield Stream(response, response.aiter_raw())
        finally:
            await response.aclose()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def off_loop(self, call: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(call)

    async def close(self) -> None:
        if self._own:
            await self._client.aclose()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine over a SyncDriver."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine of the synchronous client has suspended")


def iterate(items: AsyncGenerator[T, None]) -> Iterator[T]:
    """The items of an asynchronous generator over a SyncDriver."""

    async def following() -> T:
        return await items.__anext__()

    try:
        while True:
            try:
                item = run(following())
            except StopAsyncIteration:
                return
            yield item
    finally:
        run(items.aclose())


async def _as_async(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block
