"""What the janitor does only now and then: remove what nobody will ever use.

Uploads that no job has used go when they expire. And since a process may be killed between its first byte into S3 and
its record in Redis, three things are looked for once an hour, by whichever janitor comes first, and removed when they
are a day old: multipart uploads that are open, objects of presigned uploads without a record, and recordings that no
job knows of, with the note of what was accepted. A job's folder that holds anything else is left alone: should Redis
have been lost, what lies there is all that is left to answer for the job. For the same reason no folder is touched
that is older than the data of Redis, until `voicelift admin rebuild` has looked for all older jobs.
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
ABANDONED_S = 86400.0  # longer than any upload takes, and than an upload waits for its job
_BATCH = 500

logger = logging.getLogger(__name__)


class Chores:
    """Raises StoreUnavailable and StorageUnavailable; what is left is done another time."""

    def __init__(self, store: JobStore, objects: Storage) -> None:
        self._store = store
        self._objects = objects
        self._uploads = Uploads(store.client, objects)

    def round(self) -> int:
        """Remove what is due; -> how many objects and open uploads."""
        removed = self._uploads.sweep()
        with reachable():
            first = self._store.client.set(redis_key("chores"), "taken", nx=True, ex=EVERY_S)
        if first:
            removed += self.sweep_abandoned(ABANDONED_S)
        return removed

    def sweep_abandoned(self, older_than_s: float) -> int:
        """Remove what was begun more than `older_than_s` ago and has no record; -> how many."""
        before = datetime.now(UTC) - timedelta(seconds=older_than_s)
        removed = self._abort_multiparts(before) + self._uploads.sweep_strays(older_than_s) + self._drop_sources(before)
        if removed:
            logger.warning("removed what killed processes and late clients had left", extra={"objects": removed})
        return removed

    def _abort_multiparts(self, before: datetime) -> int:
        count = 0
        for prefix in (JOBS, UPLOADS):
            for key, upload_id, begun in list(self._objects.open_multiparts(prefix)):
                if begun < before:
                    self._objects.abort(key, upload_id)
                    count += 1
        return count

    def _drop_sources(self, before: datetime) -> int:
        count, after = 0, self._born()
        folders = filter(is_job_id, self._objects.folders(JOBS))
        while batch := list(islice(folders, _BATCH)):
            for job_id in self._unknown(batch):
                items = list(islice(self._objects.list(job_prefix(job_id)), 3))
                begun = {item.key for item in items} <= {source_key(job_id), record_key(job_id)}
                if items and begun and all(after < item.modified < before for item in items):
                    self._objects.delete([item.key for item in items])
                    count += 1
        return count

    def _born(self) -> datetime:
        """Since when the data of Redis are there: core/jobs/backlog.py notes the first question of an API, which comes
        before any recording; a minute earlier, for clocks that differ."""
        with reachable():
            born: Any = self._store.client.get(redis_key("born"))
        return datetime.now(UTC) if born is None else datetime.fromtimestamp(max(0.0, float(born) - 60), UTC)

    def _unknown(self, job_ids: list[str]) -> Iterator[str]:
        with reachable(), self._store.client.pipeline(transaction=False) as asked:
            for job_id in job_ids:
                asked.exists(redis_key("job", job_id))
            known = asked.execute()
        return (job_id for job_id, exists in zip(job_ids, known, strict=True) if not exists)
