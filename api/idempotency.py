"""Idempotency-Key: a request that is sent again, because its answer got lost, makes no second job.

A key belongs to its tenant. While a request with it is being answered, another one gets 409; afterwards, for a day, a
request for the same thing gets the job that the first one made, and a request for something else gets 422. The key and
the job are written in one step, so no crash comes between them.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Annotated

from anyio import CancelScope, to_thread
from fastapi import Header

from core.errors import (
    IdempotencyInProgress,
    IdempotencyMismatch,
    InvalidIdempotencyKey,
    NotFound,
    StoreUnavailable,
)
from core.jobs.job import Job
from core.jobs.records import IdempotencyKey, KeyHolder
from core.jobs.store import JobStore

log = logging.getLogger(__name__)

RENEW_S = 10.0  # a key is taken for half a minute
MAX_KEY = 255

IdempotencyHeader = Annotated[
    str | None,
    Header(
        description="Any text of your own that is new for each job, for example a UUID. Send the same again with the "
        "same request when an answer got lost: no second job is made.",
        examples=["1c7b8a52-6f4e-4f0e-9a53-2f8b7b1f6f0a"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"},  # see `claimed`
    ),
]


@dataclass(frozen=True)
class Claim:
    """A request's hold on its key; without a key everything is new."""

    store: JobStore
    key: IdempotencyKey | None
    holder: KeyHolder | None = None

    def earlier(self, fingerprint: str) -> Job | None:
        """The job that this very request has made before. Blocking.

        Raises:
            IdempotencyMismatch: the key was used for something else.
            NotFound: the job has been deleted.
        """
        return None if self.holder is None else self._job(self.holder, fingerprint)

    def create(self, job: Job, fingerprint: str) -> Job:
        """Make `job` and let the key name it; the job that stands, which is an earlier one's when this request was
        too slow. Blocking. Raises as `earlier`."""
        if self.key is None:
            self.store.create(job)
        elif not self.store.create(job, replace(self.key, fingerprint=fingerprint)):
            holder = self.store.key_holder(self.key)
            if holder.job_id != job.id:
                return self._job(holder, fingerprint)
        return self.store.get(job.id)

    def _job(self, holder: KeyHolder, fingerprint: str) -> Job:
        if holder.fingerprint != fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key was used before for another request. Use a new key for each new job."
            )
        assert holder.job_id is not None, "a fingerprint comes with a job"
        with suppress(NotFound):
            job = self.store.get(holder.job_id)
            if job.deleted_at is None:
                return job
        raise NotFound("The job that was made with this Idempotency-Key has been deleted.")


@asynccontextmanager
async def claimed(store: JobStore, tenant: str, text: str | None) -> AsyncIterator[Claim]:
    """Hold the key `text` for the time of the block.

    Raises:
        InvalidIdempotencyKey: it is empty, too long, or not printable ASCII.
        IdempotencyInProgress: another request has it.
    """
    if text is None:
        yield Claim(store, None)
        return
    if not (0 < len(text) <= MAX_KEY and text.isascii() and text.isprintable()):
        raise InvalidIdempotencyKey(f"An Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters.")
    key = IdempotencyKey(tenant, text, secrets.token_hex(8))
    holder = await to_thread.run_sync(store.begin_key, key)
    if holder is not None:
        if holder.job_id is None:
            raise IdempotencyInProgress(
                "A request with this Idempotency-Key is being answered at this moment. Try again in a moment."
            )
        yield Claim(store, key, holder)
        return
    renewing = asyncio.create_task(_renew(store, key))
    try:
        yield Claim(store, key)
    finally:
        renewing.cancel()
        with CancelScope(shield=True):
            with suppress(asyncio.CancelledError):
                await renewing  # a renewal under way must not come after the end
            try:
                await to_thread.run_sync(store.end_key, key)
            except StoreUnavailable as error:
                log.warning("an idempotency key is left to its time limit: %s", error.message)


async def _renew(store: JobStore, key: IdempotencyKey) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        with suppress(StoreUnavailable):
            await to_thread.run_sync(store.begin_key, key)
