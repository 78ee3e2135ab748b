"""Restore the records of all jobs from S3 after Redis lost its data.

A job that had ended keeps its state, outputs, tenant, retention and playlists. Any other is queued again from the
start. Existing records win, so this may run at any time, repeatedly, and while the service runs. S3 lacks, so the
following is lost: API keys, webhook secrets and pending webhooks, idempotency keys, unused uploads, measured rates, and
cancellations and deletions of the last moment.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from core.errors import Conflict, NotFound
from core.jobs import intents
from core.jobs.job import Job, State
from core.jobs.manifest import Manifest
from core.jobs.names import redis_key, templates
from core.jobs.scripts import reachable
from core.jobs.store import JobStore
from core.keys import JOBS, is_job_id, manifest_key
from core.storage import Storage

_AT_ONCE = 16
# Only Redis knows or counts these: API keys, secrets, fencing tokens, turns, quotas, rates.
_KEPT = (
    *("access_key", "access_keys", "token", "token_secret", "turn", "served", "webhook_secrets", "audio", "rates"),
)


class Outcome(StrEnum):
    """Result for a job's folder. `nothing`: it has neither record nor manifest, so the job was never accepted."""

    known = "known"
    restored = "restored"
    queued = "queued again"
    nothing = "left alone"


@dataclass(frozen=True)
class Rebuild:
    """Raises StoreUnavailable and StorageUnavailable; completed steps remain."""

    store: JobStore
    storage: Storage
    dry: bool = False

    def run(self, report: Callable[[str, Outcome], None]) -> dict[Outcome, int]:
        """Process every job's folder and call `report` for each. Returns the number of folders per result."""
        counts = dict.fromkeys(Outcome, 0)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            folders = filter(is_job_id, self.storage.folders(JOBS))
            while some := list(islice(folders, 10 * _AT_ONCE)):
                for job_id, outcome in zip(some, pool.map(self._rebuild, some), strict=True):
                    counts[outcome] += 1
                    report(job_id, outcome)
        if not self.dry:
            with reachable():
                self.store.client.set(redis_key("born"), 0)  # all older jobs were looked for: worker/chores.py
        return counts

    def forget(self) -> int:
        """Drop everything that Redis knows of jobs, before `run`; returns the number of entries. For a Redis restored
        from an older copy, whose job data is outdated while S3 is current. Raises Conflict while workers run."""
        stats = self.store.backlog.stats()
        if stats.gpu_slots or stats.cpu_slots:
            raise Conflict("Workers are running. Stop everything except Redis and S3, and wait for half a minute.")
        with reachable():
            kept = tuple(templates()[name].partition("%")[0] for name in _KEPT)
            names = [name for name in self.store.client.scan_iter("vl:*", count=1000) if not name.startswith(kept)]
            for first in range(0, len(names), 1000):
                self.store.client.unlink(*names[first : first + 1000])
        return len(names)

    def _rebuild(self, job_id: str) -> Outcome:
        with reachable():
            if self.store.client.exists(redis_key("job", job_id)):
                return Outcome.known
        accepted = intents.read(self.storage, job_id)
        manifest = self._manifest(job_id)
        if manifest is not None:
            job = _succeeded(manifest, accepted)
        elif accepted is not None:
            job = accepted
        else:
            return Outcome.nothing
        # Above all earlier revisions, so that no old ETag matches.
        job = job.model_copy(update={"revision": max(job.revision, int(self.store.now()))})
        if not self.dry and not self.store.records.restore(job, manifest):
            return Outcome.known
        return Outcome.restored if job.state.terminal else Outcome.queued

    def _manifest(self, job_id: str) -> Manifest | None:
        try:
            return Manifest.model_validate_json(self.storage.get_bytes(manifest_key(job_id)))
        except NotFound:
            return None


def _succeeded(manifest: Manifest, accepted: Job | None) -> Job:
    """The job of a manifest; `accepted` supplies its webhook and the fields that the manifest lacks."""
    if accepted is not None and accepted.state is State.succeeded:
        return accepted
    known = {} if accepted is None else accepted.model_dump()
    chunks = dict.fromkeys(("chunks_ready", "chunks_done", "pieces_published"), manifest.chunks_total)
    return Job.model_validate(known | manifest.model_dump() | chunks | {"fraction": 1.0})
