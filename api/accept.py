"""How a job is accepted: made durable first, then hinted at. From then on it survives crashes of any part."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from api.deps import Services
from api.idempotency import Claim
from core import logs
from core.errors import InvalidOptions, QueueFull, StoreUnavailable, UrlRefused, VoiceliftError, WebhookUrlRefused
from core.jobs import intents, queue
from core.jobs.job import Job, ModelRef, Source
from core.jobs.records import MOST_MEMORY
from core.jobs.request import JobRequest
from core.jobs.uploads import Upload
from core.keys import record_key, source_key
from core.transfer.address import Guard

log = logging.getLogger(__name__)


class Unsure(StoreUnavailable):
    """Redis was asked to make the job, and nobody knows whether it has: its answer got lost."""


def refuse_when_full(serving: Services) -> None:
    """Raises QueueFull when a job would have to wait longer than the operator allows, or Redis has hardly room for the
    jobs that are there."""
    if serving.store.memory_share() > MOST_MEMORY:
        raise QueueFull(
            "The job store has no room for more jobs until some are removed. Try again later.", retry_after_s=60
        )
    wait_s, most = serving.store.estimated_wait_s(), serving.settings.max_wait_s
    if wait_s > most:
        raise QueueFull(
            f"There is so much to do that a new job would wait for about {wait_s / 60:.0f} minutes. Try again later.",
            retry_after_s=min(600, max(5, round(wait_s - most))),
        )


def check_request(serving: Services, request: JobRequest) -> None:
    """Judge what depends on this service. Raises InvalidOptions, WebhookUrlRefused."""
    most = serving.settings.retention_s
    if request.retention_s is not None and request.retention_s > most:
        message = f"Input should be less than or equal to {most:g}"
        raise InvalidOptions(
            f"Some options cannot be used. retention_s: {message}.",
            errors=[{"field": "retention_s", "message": message}],
        )
    if request.webhook_url is not None:
        try:
            Guard.from_settings(serving.settings).look(request.webhook_url)
        except UrlRefused as refusal:
            raise WebhookUrlRefused(f"The webhook_url cannot be used. {refusal.message}", **refusal.details) from None


def new_job(
    serving: Services, job_id: str, tenant: str, request: JobRequest, source: Source, retry_of: str | None = None
) -> Job:
    """The record of a job that is made now."""
    return Job(
        id=job_id,
        tenant=tenant,
        options=request.options,
        source=source,
        model=ModelRef.of(serving.card),
        created_at=time.time(),
        deadline_at=None if request.deadline_s is None else serving.store.now() + request.deadline_s,
        retention_s=min(request.retention_s or serving.settings.retention_s, serving.settings.retention_s),
        metadata=request.metadata,
        webhook_url=request.webhook_url,
        cache=request.cache,
        retry_of=retry_of,
        request_id=logs.bound().get("request_id"),
    )


def accept(serving: Services, job: Job, claim: Claim, fingerprint: str) -> Job:
    """Make `job` durable; the job that stands, an earlier one's when the same request was here before. When this
    raises, what is in S3 is left to `nothing_left`."""
    intents.write(serving.storage, job)  # from which the job is made again should Redis lose it
    try:
        standing = claim.create(job, fingerprint)
    except StoreUnavailable as error:
        if isinstance(error.__cause__, exceptions.ResponseError):  # an answer, and it was no
            raise
        raise Unsure(error.message, **error.details) from error
    if standing.id != job.id:
        discard(serving, job.id)
        return standing
    serving.metrics.jobs_accepted.inc()
    log.info("job accepted", extra={"accepted": job.id})
    try:
        queue.dispatch(serving.store, serving.celery)
    except Exception:  # the record counts, not the message: the janitor sends what is missing
        serving.metrics.hints_failed.inc()
        log.warning("could not send the first hint of a job; the janitor will", exc_info=True)
    return standing


@contextmanager
def nothing_left(serving: Services, job_id: str) -> Iterator[None]:
    """Without a record a recording is nobody's: remove it when the block fails. When there may be a record, the
    recording stays, because that job will be worked on; if there is none, the janitor removes it after a day."""
    try:
        yield
    except Unsure:
        raise
    except BaseException:
        discard(serving, job_id)
        raise


def discard(serving: Services, job_id: str) -> None:
    """Remove a recording that no job was made of. Never raises: there is something else to tell."""
    try:
        serving.storage.delete([source_key(job_id), record_key(job_id)])
    except VoiceliftError as error:
        log.warning("could not remove the recording of a refused job: %s", error.message)


def release_upload(serving: Services, upload: Upload) -> None:
    """Remove an upload that a job has taken a copy of. Never raises: it expires by itself."""
    try:
        serving.uploads.discard(upload)
    except VoiceliftError as error:
        log.warning("could not remove an upload that a job has taken: %s", error.message)
