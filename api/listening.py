"""Many listeners to jobs' events over few connections: one blocking read of Redis serves them all.

A listener reads its job's stream from its last position, and then waits here for more. One task does the waiting and
asks Redis for all awaited streams at once. So a process has one blocking connection and a few that read, whatever the
number of listeners, and a slow listener delays no other.
"""

import asyncio
import contextlib
import logging
from typing import Any

import redis.asyncio
from redis import exceptions

from core.jobs import events
from core.jobs.events import Event
from core.jobs.scripts import LIMITS
from core.settings import Settings

CLIENT_NAME = "voicelift-events"  # as shown by CLIENT LIST
CONNECTIONS = 8  # shared by all listeners for their short reads
TICK_MS = 500  # maximum delay until a newly awaited stream is polled
PAUSE_S = 1.0  # while Redis is unavailable

logger = logging.getLogger(__name__)


class Listening:
    """Belongs to one event loop. Connects on first use."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.redis_url
        self._pool: redis.asyncio.BlockingConnectionPool | None = None
        self._task: asyncio.Task[None] | None = None
        self._newest: dict[str, str] = {}  # last known event id of each awaited stream
        self._waiting: dict[str, set[asyncio.Event]] = {}

    async def read(self, job_id: str, after_id: str) -> list[Event]:
        """Events of the job after `after_id`, oldest first; does not wait. Raises redis errors."""
        reply = await self._client().xread({events.stream(job_id): after_id}, count=events.BATCH)
        return [event for _, new in events.parse(reply) for event in new]

    async def exists(self, job_id: str) -> bool:
        """Whether the job has a stream. Raises redis errors."""
        return bool(await self._client().exists(events.stream(job_id)))

    async def wait(self, job_id: str, after_id: str, timeout_s: float) -> bool:
        """Return True when the job has events after `after_id`, False after `timeout_s` without one."""
        newest = self._newest.get(job_id)
        if newest is not None and _order(newest) > _order(after_id):
            return True
        self._newest[job_id] = after_id
        news = asyncio.Event()
        self._waiting.setdefault(job_id, set()).add(news)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="listening")
        try:
            async with asyncio.timeout(timeout_s):
                await news.wait()
            return True
        except TimeoutError:
            return False
        finally:
            waiting = self._waiting[job_id]
            waiting.discard(news)
            if not waiting:
                del self._waiting[job_id], self._newest[job_id]

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._pool is not None:
            await self._pool.disconnect()

    async def _watch(self) -> None:
        """Wake the listeners of streams that have grown, as long as there are any."""
        while self._waiting:
            names = {events.stream(job_id): job_id for job_id in self._waiting}
            wanted: Any = {name: self._newest[job_id] for name, job_id in names.items()}
            try:
                reply: Any = await self._client().xread(wanted, count=1, block=TICK_MS)
            except exceptions.RedisError as error:
                logger.warning("reading events failed: %s", error)
                await asyncio.sleep(PAUSE_S)
                continue
            for name, new in events.parse(reply):
                job_id = names[name]
                if job_id in self._newest:
                    self._newest[job_id] = new[-1].id
                for news in self._waiting.get(job_id, ()):
                    news.set()

    def _client(self) -> "redis.asyncio.Redis":
        if self._pool is None:
            self._pool = redis.asyncio.BlockingConnectionPool.from_url(
                self._url,
                max_connections=CONNECTIONS,
                client_name=CLIENT_NAME,
                **LIMITS,
            )
        return redis.asyncio.Redis(connection_pool=self._pool)


def _order(event_id: str) -> tuple[int, int]:
    millis, _, number = event_id.partition("-")
    return int(millis), int(number or 0)
