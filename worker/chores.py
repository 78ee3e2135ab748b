"""Occasional chores of the janitor: delete objects that nobody will use.

Unused uploads are deleted at their expiry. A process may be killed between its first byte into S3 and its record in
Redis, so once an hour one janitor looks for three things and deletes them when they are a day old: open multipart
uploads, objects of presigned uploads without a record, and recordings of unknown jobs, with the accepted request. A
job's folder with any other object stays: if Redis was lost, it is the only trace of the job. For the same reason no
folder older than the data of Redis is touched until `voicelift admin rebuild` has looked for all older jobs.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from core.jobs.names import redis_key
from core.jobs.scripts import reachable
from core.jobs.store import JobStore
from core.jobs.uploads import Uploads
from core.keys import JOBS, UPLOADS, is_job_id, job_prefix, record_key, source_key
from core.storage import Storage

EVERY_S = 3600
ABANDONED_S = 86400.0  # longer than any upload, and longer than an upload waits for its job
_BATCH = 500

logger = logging.getLogger(__name__)


class Chores:
    """Raises StoreUnavailable and StorageUnavailable; the next run continues."""

    def __init__(self, store: JobStore, objects: Storage) -> None:
        self._store = store
        self._objects = objects
        self._uploads = Uploads(store.client, objects)

    def round(self) -> int:
        """Delete expired objects; returns the number of objects and open uploads."""
        removed = self._uploads.sweep()
        with reachable():
            first = self._store.client.set(redis_key("chores"), "taken", nx=True, ex=EVERY_S)
        if first:
            removed += self.sweep_abandoned(ABANDONED_S)
        return removed

    def sweep_abandoned(self, older_than_s: float) -> int:
        """Delete everything started more than `older_than_s` ago without a record; returns the number."""
        before = datetime.now(UTC) - timedelta(seconds=older_than_s)
        removed = self._abort_multiparts(before) + self._uploads.sweep_strays(older_than_s) + self._drop_sources(before)
        if removed:
            logger.warning("deleted leftovers of killed processes and late clients", extra={"objects": removed})
        return removed

    def _abort_multiparts(self, before: datetime) -> int:
        count = 0
        for prefix in (JOBS, UPLOADS):
            for key, upload_id, started in list(self._objects.open_multiparts(prefix)):
                if started < before:
                    self._objects.abort(key, upload_id)
                    count += 1
        return count

    def _drop_sources(self, before: datetime) -> int:
        count, after = 0, self._born()
        folders = filter(is_job_id, self._objects.folders(JOBS))
        while batch := list(islice(folders, _BATCH)):
            for job_id in self._unknown(batch):
                items = list(islice(self._objects.list(job_prefix(job_id)), 3))
                started = {item.key for item in items} <= {source_key(job_id), record_key(job_id)}
                if items and started and all(after < item.modified < before for item in items):
                    self._objects.delete([item.key for item in items])
                    count += 1
        return count

    def _born(self) -> datetime:
        """Creation time of the data of Redis: core/jobs/backlog.py notes the first request of an API, which precedes
        any recording; minus a minute, for differing clocks."""
        with reachable():
            born: Any = self._store.client.get(redis_key("born"))
        return datetime.now(UTC) if born is None else datetime.fromtimestamp(max(0.0, float(born) - 60), UTC)

    def _unknown(self, job_ids: list[str]) -> Iterator[str]:
        with reachable(), self._store.client.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.exists(redis_key("job", job_id))
            known = pipeline.execute()
        return (job_id for job_id, exists in zip(job_ids, known, strict=True) if not exists)
