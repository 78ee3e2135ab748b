"""One submission: a recording, and what to do with it, become a job that survives crashes of any part.

A form, an upload, an address and an earlier job are four ways to obtain the recording (recordings.py). All else is the
same for the four, and is here: the claim on the Idempotency-Key, the fingerprint that tells requests apart, the job's
record, the intent in S3, the record in Redis, the first hint to a worker, and what is removed when one of these fails.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anyio import to_thread
from redis import exceptions

from api.idempotency import Claim, claimed
from api.recordings import Recording
from core import logs
from core.errors import QueueFull, StoreUnavailable, VoiceliftError
from core.jobs import intents
from core.jobs.job import Job, ModelRef, Source, new_job_id
from core.jobs.records import MOST_MEMORY
from core.jobs.store import JobStore
from core.keys import record_key, source_key
from core.storage import Storage

log = logging.getLogger(__name__)

Obtain = Callable[[str], Awaitable[Recording]]  # given the key in S3 where the recording belongs


class Unsure(StoreUnavailable):
    """Redis was asked to make the job, and nobody knows whether it has: its answer got lost."""


@dataclass(frozen=True)
class Submitted:
    """`replayed`: an earlier request with the same Idempotency-Key has made the job."""

    job: Job
    replayed: bool


@dataclass(frozen=True)
class Submissions:
    """Makes jobs. `retention_s`: the most that a job gets. `announce` is called for each new job and never raises."""

    store: JobStore
    storage: Storage
    model: ModelRef
    retention_s: float
    max_wait_s: float
    announce: Callable[[Job], None]

    async def submit(self, tenant: str, idempotency_key: str | None, obtain: Obtain) -> Submitted:
        """Make a job of a recording, or find the job that the same request has made before.

        Raises, besides what `obtain` and the recording raise:
            InvalidIdempotencyKey, IdempotencyInProgress, IdempotencyMismatch: see idempotency.py.
            NotFound: the job that the key has made is deleted.
            InvalidOptions: the model does not make what is asked for.
            QueueFull, StoreUnavailable, StorageUnavailable.
        """
        job_id = new_job_id()
        with logs.bind(job_id=job_id):
            async with claimed(self.store, tenant, idempotency_key) as claim:
                if claim.is_new:  # else there is a job already, which is only answered again
                    await to_thread.run_sync(self._refuse_when_full)
                recording = await obtain(source_key(job_id))
                job = await to_thread.run_sync(self._accept, job_id, tenant, recording, claim)
        return Submitted(job, replayed=job.id != job_id)

    def _accept(self, job_id: str, tenant: str, recording: Recording, claim: Claim) -> Job:
        """Make the job durable, or find the earlier one. When it cannot be made, nothing is left in S3."""
        fingerprint = recording.request.fingerprint(recording.content)
        stored = recording.stored
        try:
            job = claim.earlier(fingerprint)
            if job is None:
                self.model.check(recording.request.options)  # a retry is of a job for an earlier model, perhaps
                stored = True
                record = self._record(job_id, tenant, recording, recording.store(source_key(job_id)))
                intents.write(self.storage, record)  # from which the job is made again should Redis lose it
                job = self._create(record, claim, fingerprint)
        except Unsure:  # the recording stays: the job may be there. If it is not, the janitor removes it after a day
            raise
        except BaseException:
            if stored:
                self._remove(job_id)
            raise
        if job.id != job_id:
            if stored:
                self._remove(job_id)
            return job
        log.info("job accepted", extra={"accepted": job_id})
        recording.release()
        self.announce(job)
        return job

    def _record(self, job_id: str, tenant: str, recording: Recording, source: Source) -> Job:
        """The record of a new job; its deadline and its retention are counted from now, by Redis' clock."""
        request, now = recording.request, self.store.now()
        return Job(
            id=job_id,
            tenant=tenant,
            options=request.options,
            source=source,
            model=self.model,
            created_at=now,
            deadline_at=None if request.deadline_s is None else now + request.deadline_s,
            retention_s=min(request.retention_s or self.retention_s, self.retention_s),
            metadata=request.metadata,
            batch=request.batch,
            webhook_url=request.webhook_url,
            cache=request.cache,
            retry_of=recording.retry_of,
            request_id=logs.bound().get("request_id"),
        )

    def _create(self, record: Job, claim: Claim, fingerprint: str) -> Job:
        """Write the record; the job that stands, an earlier one's if this request was too slow to keep its key."""
        try:
            if self.store.records.create(record, claim.key_for(fingerprint)):
                return self.store.records.get(record.id)
            return claim.winner(fingerprint) or self.store.records.get(record.id)  # ours: the command was sent twice
        except StoreUnavailable as error:
            if isinstance(error.__cause__, exceptions.ResponseError):  # an answer, and it was no
                raise
            raise Unsure(error.message, **error.details) from error

    def _refuse_when_full(self) -> None:
        """Raises QueueFull when a job would have to wait longer than the operator allows, or Redis has hardly room for
        the jobs that are there."""
        if self.store.memory_share() > MOST_MEMORY:
            raise QueueFull("The job store is full. Retry later.", retry_after_s=60)
        wait_s = self.store.backlog.wait_s()
        if wait_s > self.max_wait_s:
            retry_after_s = min(600, max(5, round(wait_s - self.max_wait_s)))
            raise QueueFull(
                f"The queue is full: the estimated wait is {wait_s / 60:.0f} minutes, the limit is "
                f"{self.max_wait_s / 60:.0f}. Retry after {retry_after_s} s.",
                retry_after_s=retry_after_s,
            )

    def _remove(self, job_id: str) -> None:
        """Remove the recording and the intent that no job was made of. Never raises: another error is to be told."""
        try:
            self.storage.delete([source_key(job_id), record_key(job_id)])
        except VoiceliftError as error:
            log.warning("could not remove the recording of a refused job: %s", error.message)
