"""Requests to one service: key, retries, and responses as models or errors."""

import math
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from voicelift_client._drive import Driver, Stream
from voicelift_client._retry import Patience, retry_after_s
from voicelift_client.errors import ConnectionFailed, UnexpectedResponse, VoiceliftError, api_error
from voicelift_client.models import Problem

AnyModel = TypeVar("AnyModel", bound=BaseModel)

RETRY_FOR_S = 300.0
ERROR_BYTES = 64 * 1024  # maximum bytes read of an error's body
_PASSING = frozenset({429, 502, 503, 504})  # retryable, also when sent by a proxy


class Service:
    """`url` is the base URL of the service, with an optional path in front of /v1. `key` is sent to it only."""

    def __init__(self, driver: Driver, url: str, key: str | None, retry_for_s: float) -> None:
        self.driver, self.url = driver, url
        self._key, self._retry_for_s = key, retry_for_s

    def patience(self, at_most_s: float = math.inf) -> Patience:
        return Patience(min(self._retry_for_s, at_most_s))

    async def rest(self, patience: Patience, error: VoiceliftError) -> None:
        """Wait before the next attempt. Raises `error` after the last one."""
        await self.driver.sleep(patience.pause_s(error))

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        repeat: bool = True,
        at_most_s: float = math.inf,
        **parts: Any,
    ) -> httpx.Response:
        """The response of the service: a success, 304 or 307. Retried for `at_most_s` after a retryable error and, with
        `repeat`, after a broken connection.

        Raises ApiError, ConnectionFailed."""
        patience = self.patience(at_most_s)
        while True:
            request = self.driver.build(method, self.url + path, headers=self._headers(headers), **parts)
            try:
                response = await self.driver.send(request)
            except httpx.TransportError as error:
                failure: VoiceliftError = connection_failed(request, error)
                if not repeat:
                    raise failure from error
                if "files" in parts:
                    await self._check_key()
            else:
                if response.is_success or response.status_code in (304, 307):
                    return response
                failure = refusal(response, response.content)
            await self.rest(patience, failure)

    async def _check_key(self) -> None:
        """The service rejects a wrong key without reading the body and closes: the response may be lost.

        Raises Unauthenticated."""
        request = self.driver.build("GET", self.url + "/v1/usage", headers=self._headers(None))
        try:
            response = await self.driver.send(request)
        except httpx.TransportError:
            return
        if response.status_code == 401:
            raise refusal(response, response.content)

    async def ask(self, kind: type[AnyModel], method: str, path: str, **parts: Any) -> AnyModel:
        """The response as a model. Raises also UnexpectedResponse."""
        return parsed(kind, await self.call(method, path, **parts))

    @asynccontextmanager
    async def stream(
        self, path: str, *, headers: Mapping[str, str], timeout: httpx.Timeout
    ) -> AsyncGenerator[Stream, None]:
        """The response to a GET as a stream. Not retried.

        Raises ApiError, ConnectionFailed."""
        own = self._headers({"Accept-Encoding": "identity", **headers})
        request = self.driver.build("GET", self.url + path, headers=own, timeout=timeout)
        with unbroken(request):
            async with self.driver.stream(request) as stream:
                if not stream.response.is_success:
                    raise refusal(stream.response, await beginning(stream))
                yield stream

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        return {**own, **(more or {})}


def parsed(kind: type[AnyModel], response: httpx.Response) -> AnyModel:
    """Raises UnexpectedResponse."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise UnexpectedResponse(
            f"{_host(response.request)} does not respond like a Voicelift service: {kind.__name__} was expected."
        ) from error


def refusal(response: httpx.Response, content: bytes) -> VoiceliftError:
    """The error of an unsuccessful response."""
    status, host = response.status_code, _host(response.request)
    if response.has_redirect_location:
        return UnexpectedResponse(f"{host} redirects to {response.headers['location']}. Give the client that address.")
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:  # of a proxy
        problem = Problem(
            status=status,
            code=f"http_{status}",
            detail=f"{host} answered {status} {response.reason_phrase}.",
            retryable=status in _PASSING,
        )
    return api_error(problem, retry_after_s(response.headers))


def connection_failed(request: httpx.Request, error: httpx.TransportError) -> ConnectionFailed:
    kind = "timed out" if isinstance(error, httpx.TimeoutException) else "failed"
    return ConnectionFailed(f"The connection to {_host(request)} {kind}: {str(error) or type(error).__name__}.")


@contextmanager
def unbroken(request: httpx.Request) -> Iterator[None]:
    """Raises ConnectionFailed instead of httpx's errors."""
    try:
        yield
    except httpx.TransportError as error:
        raise connection_failed(request, error) from error


async def beginning(stream: Stream) -> bytes:
    """The body of an error."""
    data = bytearray()
    async for block in stream.blocks:
        data += block
        if len(data) >= ERROR_BYTES:
            break
    return bytes(data)


def _host(request: httpx.Request) -> str:
    url = request.url
    return f"{url.scheme}://{url.netloc.decode()}"
