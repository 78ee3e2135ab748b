"""Dead letters: jobs that were given up because a part of them stopped its worker or failed without a known reason as
often as it may. What an operator needs to know to act on it; `voicelift admin` shows, retries and drops them.

lua/common.lua (`bury`) writes them, in the same step that ends the job. The newest DEAD_KEPT are kept, each no longer
than its job's files.

    vl:dead             jobs by when they were given up
    vl:job:{id}:dead    the letter, as JSON
"""

from typing import Any

from pydantic import BaseModel

from core.jobs.job import Kind
from core.jobs.scripts import Client, reachable

_DEAD = "vl:dead"


class Try(BaseModel):
    """One attempt that counted. Times are seconds since the epoch; `worker` is as the worker's metrics and logs name
    it, None for one of an older version."""

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
            return int(self._client.zcard(_DEAD))

    def newest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit`, the newest first."""
        with reachable():
            job_ids: Any = self._client.zrevrange(_DEAD, 0, limit - 1)
            letters: Any = self._client.mget([_key(job_id) for job_id in job_ids]) if job_ids else []
        return [_parse(text) for text in letters if text]

    def get(self, job_id: str) -> DeadLetter | None:
        with reachable():
            text: Any = self._client.get(_key(job_id))
        return _parse(text) if text else None

    def drop(self, job_id: str) -> bool:
        """Forget the letter, not the job; whether there was one."""
        with reachable(), self._client.pipeline() as both:
            both.zrem(_DEAD, job_id)
            both.delete(_key(job_id))
            return any(both.execute())


def _key(job_id: str) -> str:
    return f"vl:job:{job_id}:dead"


def _parse(text: str) -> DeadLetter:
    # An empty Lua table is an object in JSON; fields that are nil are left out.
    return DeadLetter.model_validate_json(text.replace('"tries":{}', '"tries":[]'))
