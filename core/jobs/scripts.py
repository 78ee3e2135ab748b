"""The Lua scripts of the store, their Redis client, and the distinction between an unavailable Redis and other
errors."""

import contextlib
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, NamedTuple

import redis
from redis import exceptions
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from core.errors import StoreUnavailable
from core.settings import Settings
from core.watch import Observe, WatchedRedis, named, unobserved

_PRELUDE = ("keys", "basics", "common")  # in front of every script, in this order
_LINE = re.compile(r"user_script:(\d+)")
_AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
)
_REFUSED = ("OOM command not allowed", "MISCONF", "READONLY", "LOADING")  # raised by a script, or with a full disk

Client = redis.Redis  # with decode_responses, as created by connect()

# Options of every Redis client, blocking or not.
LIMITS: dict[str, Any] = {
    "decode_responses": True,
    "socket_connect_timeout": 5,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
PAUSES = ExponentialBackoff(cap=1.0, base=0.05)  # seconds between the attempts of one command
ATTEMPTS = 3  # after the first attempt
PATIENT_ATTEMPTS = 60  # about a minute when Redis refuses connections, longer when it does not respond


class ScriptError(Exception):
    """A defect in a script: it stopped at the named line, and its earlier writes remain."""


def connect(settings: Settings, observe: Observe = unobserved, patient: bool = False) -> Client:
    """A client with timeouts and retries, many if `patient`, whose calls are reported to `observe`. Connects at the
    first command."""
    retry = Retry(PAUSES, PATIENT_ATTEMPTS if patient else ATTEMPTS)
    client = WatchedRedis.from_url(settings.redis_url, retry=retry, **LIMITS)
    assert isinstance(client, WatchedRedis)
    client.observe = observe
    return client


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """Convert the errors of an unavailable, full, loading or read-only Redis to StoreUnavailable."""
    try:
        yield
    except exceptions.RedisError as error:
        if not _is_away(error):
            raise
        raise StoreUnavailable(
            "The job store (Redis) is temporarily unavailable. Retry in a moment.", cause=str(error)
        ) from error


def _is_away(error: exceptions.RedisError) -> bool:
    return isinstance(error, _AWAY) or any(word in str(error) for word in _REFUSED)


class _Part(NamedTuple):
    file: str
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n")


class Scripts:
    """Calls `lua/<name>.lua`. Every script gets clock, lease and attempts before its arguments."""

    def __init__(
        self, client: Client, clock: Callable[[], float] | None = None, lease_s: float = 0, max_attempts: int = 0
    ) -> None:
        """`clock` replaces Redis' clock, for tests that move time."""
        self.client = client
        self._common = (str(lease_s), str(max_attempts))
        self._clock = clock
        self._loaded: dict[str, Any] = {}
        folder = resources.files("core.jobs") / "lua"
        self._read = lambda name: _Part(f"{name}.lua", (folder / f"{name}.lua").read_text())
        self._prelude = [self._read(name) for name in _PRELUDE]

    def __call__(self, name: str, *arguments: str | float) -> Any:
        """Raises StoreUnavailable, ScriptError."""
        if name not in self._loaded:
            source = "".join(part.text for part in (*self._prelude, self._read(name)))
            self._loaded[name] = self.client.register_script(source)
        now = "" if self._clock is None else repr(self._clock())
        with reachable(), named(name), self._located(name):
            return self._loaded[name](args=[now, *self._common, *arguments])

    def now(self) -> float:
        """Seconds since the epoch by the scripts' clock, the clock of all times in a job."""
        if self._clock is not None:
            return self._clock()
        with reachable():
            seconds, micros = self.client.time()
        return float(seconds) + float(micros) / 1e6

    @contextlib.contextmanager
    def _located(self, name: str) -> Iterator[None]:
        """Add file and line to an error in a script: Redis counts lines from the start of the prelude."""
        try:
            yield
        except exceptions.ResponseError as error:
            place = _LINE.search(str(error))
            if place is None or _is_away(error):
                raise
            line = int(place[1])
            for part in (*self._prelude, self._read(name)):
                if line <= part.lines:
                    raise ScriptError(f"lua/{part.file}:{line}, called by {name}: {error}") from error
                line -= part.lines
            raise
