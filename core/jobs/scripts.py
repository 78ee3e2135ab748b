"""Runs the Lua scripts in `lua/`, each with what they share before it, and tells a lost Redis from everything else."""

import contextlib
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import redis
from redis import exceptions
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from core.errors import StoreUnavailable
from core.settings import Settings
from core.watch import Tell, WatchedRedis, named, untold

_SHARED = ("basics", "measured", "common")
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


def connect(settings: Settings, tell: Tell = untold, patient: bool = False) -> Client:
    """A client with time limits and retries, many if `patient`, whose calls are told to `tell`. Connects at the first
    command."""
    retry = Retry(PAUSES, PATIENT_ATTEMPTS if patient else ATTEMPTS)
    client = WatchedRedis.from_url(settings.redis_url, retry=retry, **LIMITS)
    assert isinstance(client, WatchedRedis)
    client.tell = tell
    return client


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """Turn the errors of a Redis that is away, full, loading or read-only into StoreUnavailable."""
    try:
        yield
    except exceptions.RedisError as error:
        if not isinstance(error, _AWAY) and not any(word in str(error) for word in _REFUSED):
            raise
        raise StoreUnavailable(
            "The job store (Redis) cannot be used right now. Try again in a moment.", cause=str(error)
        ) from error


class Scripts:
    """Calls `lua/<name>.lua`; every script gets the clock, the lease, the attempts and the longest recording before its
    own arguments."""

    def __init__(
        self,
        client: Client,
        clock: Callable[[], float] | None,
        lease_s: float = 0,
        max_attempts: int = 0,
        max_duration_s: float = 0,
    ) -> None:
        self._client = client
        self._common = tuple(map(str, (lease_s, max_attempts, max_duration_s)))
        self._clock = clock
        self._loaded: dict[str, Any] = {}
        self._folder = resources.files("core.jobs") / "lua"
        self._prelude = "".join((self._folder / f"{name}.lua").read_text() for name in _SHARED)

    def __call__(self, name: str, *arguments: str | float) -> Any:
        if name not in self._loaded:
            source = self._prelude + (self._folder / f"{name}.lua").read_text()
            self._loaded[name] = self._client.register_script(source)
        now = "" if self._clock is None else repr(self._clock())
        with reachable(), named(name):
            return self._loaded[name](args=[now, *self._common, *arguments])
