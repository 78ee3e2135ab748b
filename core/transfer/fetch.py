"""Download a `source_url`: streaming, bounded in size and time, only from the public internet."""

import hashlib
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpcore

from core.errors import SourceTooLarge, SourceUrlFailed, SourceUrlRefused, SourceUrlUnreachable, UrlRefused
from core.transfer.address import Guard, Target
from core.transfer.connect import USER_AGENT, GuardedBackend

MAX_REDIRECTS = 3
ATTEMPTS = 3
PAUSE_S = 1.0  # before the second attempt; doubled before the third
WAIT_S = 30.0  # for a connection, or for the next bytes

_REDIRECTS = {301, 302, 303, 307, 308}
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    bytes: int
    sha256: str


class _Passing(Exception):  # noqa: N818
    """A temporary failure, with a sentence for the job's owner."""


def fetch(
    url: str,
    path: Path,
    guard: Guard,
    max_bytes: int,
    timeout_s: float,
    check: Callable[[], None] = lambda: None,
    ssl_context: ssl.SSLContext | None = None,
) -> Fetched:
    """Write the content of `url` into the file `path`. `check` is called between blocks and may raise to stop.

    Each redirect is judged like the first address. Missing responses and temporary errors are retried, `ATTEMPTS` times
    in all; `timeout_s` covers all attempts together.

    Raises:
        SourceUrlRefused: an address, also of a redirect, is not allowed.
        SourceUrlFailed: the response is no file: an error, too many redirects, or empty.
        SourceUrlUnreachable: no complete response in time.
        SourceTooLarge: more than `max_bytes`.
    """
    deadline = time.monotonic() + timeout_s
    context = ssl_context or httpcore.default_ssl_context()
    pause = PAUSE_S
    for attempt in range(1, ATTEMPTS + 1):
        check()
        backend = GuardedBackend(guard, deadline)
        try:
            with httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool:
                return _follow(pool, url, path, guard, max_bytes, check)
        except UrlRefused as refusal:
            raise SourceUrlRefused(f"The source_url cannot be used. {refusal.message}", **refusal.details) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, _Passing) as error:
            late = time.monotonic() + pause >= deadline
            logger.info("source_url attempt %d failed: %s: %s", attempt, type(error).__name__, error)
            if late or attempt == ATTEMPTS:
                raise SourceUrlUnreachable(_why(error, timeout_s if late else None)) from error
        time.sleep(pause)
        pause *= 2
    raise AssertionError("the last attempt returned or raised")


def _follow(
    pool: httpcore.ConnectionPool, url: str, path: Path, guard: Guard, max_bytes: int, check: Callable[[], None]
) -> Fetched:
    for _ in range(MAX_REDIRECTS + 1):
        target = guard.parse(url)
        with pool.stream(
            "GET",
            httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
            headers=_headers(target),
            extensions={"timeout": {"connect": WAIT_S, "read": WAIT_S, "write": WAIT_S, "pool": WAIT_S}},
        ) as response:
            if response.status not in _REDIRECTS:
                return _save(response, path, max_bytes, check)
            location = _header(response, b"location")
            if not location:
                raise SourceUrlFailed(f"The source_url returned status {response.status} without a Location header.")
            try:
                url = urljoin(url, location)
            except ValueError:
                raise SourceUrlFailed("The source_url redirected to an invalid address.") from None
    raise SourceUrlFailed(f"The source_url redirected more than {MAX_REDIRECTS} times.")


def _headers(target: Target) -> list[tuple[str, str]]:
    # identity: the bytes of the file unchanged. Compressed responses are refused below.
    return [
        ("Host", target.host_header),
        ("User-Agent", USER_AGENT),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    ]


def _save(response: httpcore.Response, path: Path, max_bytes: int, check: Callable[[], None]) -> Fetched:
    if response.status in _TRY_AGAIN:
        raise _Passing(f"It returned status {response.status}.")
    if response.status != 200:
        raise SourceUrlFailed(
            f"The source_url returned status {response.status} instead of a file. Check that it can be opened without "
            "signing in."
        )
    if _header(response, b"content-encoding").lower() not in ("", "identity"):
        raise SourceUrlFailed("The source_url returned compressed content, which is not supported.")
    length = _header(response, b"content-length")
    if length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        for block in response.iter_stream():
            check()
            size += len(block)
            if size > max_bytes:
                raise _too_large(max_bytes)
            digest.update(block)
            file.write(block)
    if size == 0:
        raise SourceUrlFailed("The source_url returned an empty file.")
    return Fetched(size, digest.hexdigest())


def _header(response: httpcore.Response, name: bytes) -> str:
    text = next((value for key, value in response.headers if key.lower() == name), b"")
    return text.decode("latin-1").strip()


def _too_large(max_bytes: int) -> SourceTooLarge:
    return SourceTooLarge(
        f"The file at the source_url exceeds the limit of {max_bytes / 1e6:g} MB.",
        max_bytes=max_bytes,
    )


def _why(error: Exception, timeout_s: float | None) -> str:
    if timeout_s is not None:
        return f"The download from the source_url took more than {timeout_s:g} s. Try again later."
    if isinstance(error, _Passing):
        return f"The source_url is temporarily unavailable. {error} Try again later."
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return "The server of the source_url could not be reached. Check the address, or try again later."
    return "The download from the source_url was interrupted. Try again later."
