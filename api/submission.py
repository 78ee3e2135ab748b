"""One submission: a recording and a request become a job that survives crashes of any part.

A form, an upload, a URL and an earlier job are four sources of the recording (recordings.py). All else is the same for
the four, and is here: the claim on the Idempotency-Key, the fingerprint of the request, the job's record, the intent in
S3, the record in Redis, the first hint to a worker, and the clean-up after a failure of one of these.
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
from core.jobs.records import MAX_MEMORY
from core.jobs.store import JobStore
from core.keys import record_key, source_key
from core.storage import Storage

log = logging.getLogger(__name__)

Obtain = Callable[[str], Awaitable[Recording]]  # called with the S3 key of the recording


class Unsure(StoreUnavailable):
    """Redis was asked to create the job, and its reply got lost: the result is unknown."""


@dataclass(frozen=True)
class Submitted:
    """`replayed`: an earlier request with the same Idempotency-Key created the job."""

    job: Job
    replayed: bool


@dataclass(frozen=True)
class Submissions:
    """Creates jobs. `retention_s`: maximum retention. `announce` is called for each new job and never raises."""

    store: JobStore
    storage: Storage
    model: ModelRef
    retention_s: float
    max_wait_s: float
    announce: Callable[[Job], None]

    async def submit(self, tenant: str, idempotency_key: str | None, obtain: Obtain) -> Submitted:
        """Create a job from a recording, or return the job that the same request created before.

        Raises, in addition to the errors of `obtain` and of the recording:
            InvalidIdempotencyKey, IdempotencyInProgress, IdempotencyMismatch: see idempotency.py.
            NotFound: the job that the key created is deleted.
            InvalidOptions: the model does not support the options.
            QueueFull, StoreUnavailable, StorageUnavailable.
        """
        job_id = new_job_id()
        with logs.bind(job_id=job_id):
            async with claimed(self.store, tenant, idempotency_key) as claim:
                if claim.is_new:  # otherwise the existing job is returned again
                    await to_thread.run_sync(self._refuse_when_full)
                recording = await obtain(source_key(job_id))
                job = await to_thread.run_sync(self._accept, job_id, tenant, recording, claim)
        return Submitted(job, replayed=job.id != job_id)

    def _accept(self, job_id: str, tenant: str, recording: Recording, claim: Claim) -> Job:
        """Make the job durable, or return the earlier one. On failure, nothing remains in S3."""
        fingerprint = recording.request.fingerprint(recording.content)
        stored = recording.stored
        try:
            job = claim.earlier(fingerprint)
            if job is None:
                self.model.check(recording.request.options)  # a retry may be of a job for an earlier model
                stored = True
                record = self._record(job_id, tenant, recording, recording.store(source_key(job_id)))
                intents.write(self.storage, record)  # restores the job if Redis loses it
                job = self._create(record, claim, fingerprint)
        except Unsure:  # the recording stays: the job may exist. If it does not, the janitor deletes it after a day
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
        """The record of a new job; its deadline and retention count from now, by Redis' clock."""
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
        """Write the record; returns the job that counts, an earlier one if this request was too slow to keep its
        key."""
        try:
            if self.store.records.create(record, claim.key_for(fingerprint)):
                return self.store.records.get(record.id)
            return claim.winner(fingerprint) or self.store.records.get(record.id)  # sent twice
        except StoreUnavailable as error:
            if isinstance(error.__cause__, exceptions.ResponseError):  # a definite refusal
                raise
            raise Unsure(error.message, **error.details) from error

    def _refuse_when_full(self) -> None:
        """Raises QueueFull when the estimated wait exceeds the limit, or Redis has little memory left."""
        if self.store.memory_share() > MAX_MEMORY:
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
        """Delete the recording and the intent of a job that was not created. Never raises: the first error is
        reported."""
        try:
            self.storage.delete([source_key(job_id), record_key(job_id)])
        except VoiceliftError as error:
            log.warning("could not delete the recording of a refused job: %s", error.message)
