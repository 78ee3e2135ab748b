"""The Lua scripts of the store, the Redis client that runs them, and what tells a lost Redis from everything else."""

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

_PRELUDE = ("keys", "basics", "common")  # put before every script, in this order
_LINE = re.compile(r"user_script:(\d+)")
_AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
)
_REFUSED = ("OOM command not allowed", "MISCONF", "READONLY", "LOADING")  # said by a script, or with its disk full

Client = redis.Redis  # with decode_responses, as made by connect()

# How every client of Redis is set up, blocking or not.
LIMITS: dict[str, Any] = {
    "decode_responses": True,
    "socket_connect_timeout": 5,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
PAUSES = ExponentialBackoff(cap=1.0, base=0.05)  # between the attempts of one command
ATTEMPTS = 3  # after the first
PATIENT_ATTEMPTS = 60  # about a minute when Redis refuses to talk, and longer when it only does not answer


class ScriptError(Exception):
    """A script has a fault: it has stopped where the message says, and what it had written before stays."""


def connect(settings: Settings, observe: Observe = unobserved, patient: bool = False) -> Client:
    """A client with time limits and retries, many if `patient`, whose calls are reported to `observe`. Connects at the
    first command."""
    retry = Retry(PAUSES, PATIENT_ATTEMPTS if patient else ATTEMPTS)
    client = WatchedRedis.from_url(settings.redis_url, retry=retry, **LIMITS)
    assert isinstance(client, WatchedRedis)
    client.observe = observe
    return client


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """Turn the errors of a Redis that is away, full, loading or read-only into StoreUnavailable."""
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
    """Calls `lua/<name>.lua`; every script gets the clock, the lease and the attempts before its own arguments."""

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
        """Seconds since the epoch by the scripts' clock, by which all times in a job are told."""
        if self._clock is not None:
            return self._clock()
        with reachable():
            seconds, micros = self.client.time()
        return float(seconds) + float(micros) / 1e6

    @contextlib.contextmanager
    def _located(self, name: str) -> Iterator[None]:
        """Say of an error in a script in which file and line it is: Redis counts from the head of the prelude."""
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
