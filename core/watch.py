"""Duration of calls to Redis and S3, as Prometheus metrics of the calling process.

A call is named after its operation: a command or script of Redis, an operation of S3. Both lists are short and fixed.
Not included: commands in pipelines, the asyncio clients of the API, and Celery's own calls to Redis.
"""

import contextvars
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import redis
from prometheus_client import CollectorRegistry, Histogram

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

Observe = Callable[[str, str, float, bool], None]
"""Called for each call: server ("redis", "s3"), name of the call, seconds, success."""

_script: contextvars.ContextVar[str | None] = contextvars.ContextVar("script", default=None)


def unobserved(_server: str, _call: str, _seconds: float, _ok: bool) -> None:
    """For processes without metrics."""


class Calls:
    """An `Observe` that keeps a histogram in `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "voicelift_dependency_call_duration_seconds",
            "Duration of a call to Redis or S3, retries included; of an S3 read until the first byte.",
            ["dependency", "call", "outcome"],
            buckets=_SECONDS,
            registry=registry,
        )

    def __call__(self, server: str, call: str, seconds: float, ok: bool) -> None:
        for outcome in ("ok", "error"):  # both start at zero, so that the first error is an increase
            child = self._seconds.labels(server, call, outcome)
            if ok == (outcome == "ok"):
                child.observe(seconds)


@contextmanager
def named(script: str) -> Iterator[None]:
    """Calls to Redis in the block count as the script `script`, not as a bare EVALSHA."""
    token = _script.set(script)
    try:
        yield
    finally:
        _script.reset(token)


class WatchedRedis(redis.Redis):
    """A client that reports its commands to `observe`, if set."""

    observe: Observe = staticmethod(unobserved)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        started, ok = time.perf_counter(), False
        try:
            reply = super().execute_command(*args, **options)
            ok = True
            return reply
        except redis.exceptions.NoScriptError:
            ok = True  # a valid reply: the script is sent, and the command follows again
            raise
        finally:
            self.observe("redis", _script.get() or str(args[0]).lower(), time.perf_counter() - started, ok)


def watch_s3(client: "S3Client", observe: Observe) -> None:
    """Report every call of `client` to `observe`. A missing object is a valid response, not a failure."""

    def begin(context: dict[str, Any], **_: Any) -> None:
        context["voicelift_began"] = time.perf_counter()

    def end(context: dict[str, Any], event_name: str, **outcome: Any) -> None:
        seconds = time.perf_counter() - context.pop("voicelift_began", time.perf_counter())
        reply = outcome.get("http_response")
        observe("s3", event_name.rpartition(".")[2], seconds, reply is not None and reply.status_code in _FINE)

    client.meta.events.register("before-call.s3", begin)
    client.meta.events.register("after-call.s3", end)
    client.meta.events.register("after-call-error.s3", end)


_FINE = (*range(200, 300), 304, 404)
