"""Dead letters: records of tasks whose attempts are exhausted, because they killed their worker or failed for an
unknown reason each time. `voicelift admin` shows, retries and drops them.

lua/common.lua (`bury`) writes them in the step that ends the job. The newest DEAD_KEPT are kept, each for at most as
long as the files of its job.
"""

from typing import Any

from pydantic import BaseModel

from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable
from core.jobs.task import Kind


class Try(BaseModel):
    """One attempt that counted. Times are seconds since the epoch; `worker` is the name in the worker's metrics and
    logs."""

    worker: str | None = None
    began_at: float | None = None
    ended_at: float
    reason: str | None = None


class DeadLetter(BaseModel):
    """The task whose attempts are exhausted; `reason` is the exception of the last attempt, type and message."""

    job_id: str
    tenant: str
    kind: Kind
    index: int
    code: str
    reason: str | None = None
    at: float
    tries: list[Try] = []


class DeadLetters:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def count(self) -> int:
        with reachable():
            return int(self._client.zcard(redis_key("dead")))

    def newest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit` letters, newest first."""
        with reachable():
            job_ids: Any = self._client.zrevrange(redis_key("dead"), 0, limit - 1)
            letters: Any = self._client.mget([redis_key("job_dead", job_id) for job_id in job_ids]) if job_ids else []
        return [_parse(text) for text in letters if text]

    def get(self, job_id: str) -> DeadLetter | None:
        with reachable():
            text: Any = self._client.get(redis_key("job_dead", job_id))
        return _parse(text) if text else None

    def drop(self, job_id: str) -> bool:
        """Drop the letter and keep the job. Returns whether there was one."""
        with reachable(), self._client.pipeline() as both:
            both.zrem(redis_key("dead"), job_id)
            both.delete(redis_key("job_dead", job_id))
            return any(both.execute())


def _parse(text: str) -> DeadLetter:
    # An empty Lua table is an object in JSON; nil fields are omitted.
    return DeadLetter.model_validate_json(text.replace('"tries":{}', '"tries":[]'))
