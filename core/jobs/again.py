"""The same job once more: a new one with the recording and options of one that did not succeed."""

from core.errors import Conflict, NotFound, SourceGone
from core.jobs.job import Job, ModelRef, Source, State
from core.keys import source_key
from core.storage import Storage


def check(old: Job) -> None:
    """Raises Conflict when there is nothing to try again."""
    if not old.state.terminal:
        raise Conflict(f"The job is still {old.state}. Cancel it first, or wait for its end.", state=old.state)
    if old.state is State.succeeded:
        raise Conflict("The job has succeeded, so there is nothing to try again.", state=old.state)


def copy_source(storage: Storage, old: Job, new_id: str) -> Source:
    """The recording for the new job, which has a copy of its own. Raises SourceGone, StorageUnavailable."""
    key = source_key(new_id)
    try:
        storage.copy(old.source.key, key)
    except NotFound:
        if old.source.url is None:
            raise SourceGone("The recording of this job is no longer kept. Send it again as a new job.") from None
    return old.source.model_copy(update={"key": key})


def again(
    old: Job, new_id: str, source: Source, model: ModelRef, now: float, retention_s: float, request_id: str | None
) -> Job:
    """The record of the new job: its deadline and retention, at most `retention_s`, are counted anew."""
    return Job(
        id=new_id,
        tenant=old.tenant,
        options=old.options,
        source=source,
        model=model,
        created_at=now,
        deadline_at=None if old.deadline_at is None else now + old.deadline_at - old.created_at,
        retention_s=min(old.retention_s, retention_s),
        metadata=old.metadata,
        webhook_url=old.webhook_url,
        cache=old.cache,
        retry_of=old.id,
        request_id=request_id,
    )
