"""Dead letters: jobs that were given up because a part of them stopped its worker or failed without a known reason as
often as it may. What an operator needs to know to act on it; `voicelift admin` shows, retries and drops them.

lua/common.lua (`bury`) writes them, in the same step that ends the job. The newest DEAD_KEPT are kept, each no longer
than its job's files.
"""

from typing import Any

from pydantic import BaseModel

from core.jobs.job import Kind
from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable


class Try(BaseModel):
    """One attempt that counted. Times are seconds since the epoch; `worker` is as the worker's metrics and logs name
    it."""

    worker: str | None = None
    began_at: float | None = None
    ended_at: float
    reason: str | None = None


class DeadLetter(BaseModel):
    """Which task of which job was given up, and why: `reason` is the last attempt's exception, type and sentence."""

    job_id: str
    tenant: str
    kind: Kind
    index: int
    code: str
    reason: str | None = None
    at: float
    tries: list[Try] = []


class DeadLetters:
    """Raises StoreUnavailable everywhere."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def count(self) -> int:
        with reachable():
            return int(self._client.zcard(redis_key("dead")))

    def newest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit`, the newest first."""
        with reachable():
            job_ids: Any = self._client.zrevrange(redis_key("dead"), 0, limit - 1)
            letters: Any = self._client.mget([redis_key("job_dead", job_id) for job_id in job_ids]) if job_ids else []
        return [_parse(text) for text in letters if text]

    def get(self, job_id: str) -> DeadLetter | None:
        with reachable():
            text: Any = self._client.get(redis_key("job_dead", job_id))
        return _parse(text) if text else None

    def drop(self, job_id: str) -> bool:
        """Forget the letter, not the job; whether there was one."""
        with reachable(), self._client.pipeline() as both:
            both.zrem(redis_key("dead"), job_id)
            both.delete(redis_key("job_dead", job_id))
            return any(both.execute())


def _parse(text: str) -> DeadLetter:
    # An empty Lua table is an object in JSON; fields that are nil are left out.
    return DeadLetter.model_validate_json(text.replace('"tries":{}', '"tries":[]'))
