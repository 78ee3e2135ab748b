"""Idempotency-Key: a request repeated because its response got lost creates no second job.

A key belongs to its tenant. While a request with it is in progress, another one gets 409. Afterwards, for a day, an
equal request gets the job of the first one, and a different request gets 422. Key and job are written in one step, so
no crash separates them.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from anyio import CancelScope, to_thread

from core.errors import (
    IdempotencyInProgress,
    IdempotencyMismatch,
    InvalidIdempotencyKey,
    NotFound,
    StoreUnavailable,
)
from core.jobs.idempotency import IdempotencyKey, KeyHolder
from core.jobs.job import Job
from core.jobs.store import JobStore

log = logging.getLogger(__name__)

RENEW_S = 10.0  # a key is taken for half a minute
MAX_KEY = 255


@dataclass(frozen=True)
class Claim:
    """A request's claim on its key; without a key every request is new. `holder`: the job that the key created
    before."""

    store: JobStore
    key: IdempotencyKey | None = None
    holder: KeyHolder | None = None

    @property
    def is_new(self) -> bool:
        return self.holder is None

    def earlier(self, fingerprint: str) -> Job | None:
        """The job that this request created before. Blocking.

        Raises:
            IdempotencyMismatch: the key was used for another request.
            NotFound: the job has been deleted.
        """
        return None if self.holder is None else self._job(self.holder, fingerprint)

    def key_for(self, fingerprint: str) -> IdempotencyKey | None:
        """The key, to be written together with its new job."""
        return None if self.key is None else replace(self.key, fingerprint=fingerprint)

    def winner(self, fingerprint: str) -> Job | None:
        """The job that holds the key now: another's, if this request was too slow to keep it. None without a key.
        Blocking. Raises as `earlier`."""
        return None if self.key is None else self._job(self.store.idempotency.holder(self.key), fingerprint)

    def _job(self, holder: KeyHolder, fingerprint: str) -> Job:
        if holder.fingerprint != fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key was already used for a different request. Use a new key for each job."
            )
        assert holder.job_id is not None, "a fingerprint comes with a job"
        with suppress(NotFound):
            job = self.store.records.get(holder.job_id)
            if job.deleted_at is None:
                return job
        raise NotFound("The job created with this Idempotency-Key has been deleted. Use a new key.")


def check_key(text: str) -> None:
    """Raises InvalidIdempotencyKey."""
    if not (0 < len(text) <= MAX_KEY and text.isascii() and text.isprintable()):
        raise InvalidIdempotencyKey(f"An Idempotency-Key must have 1 to {MAX_KEY} printable ASCII characters.")


@asynccontextmanager
async def claimed(store: JobStore, tenant: str, text: str | None) -> AsyncIterator[Claim]:
    """Hold the key `text` during the block.

    Raises:
        InvalidIdempotencyKey: it is empty, too long, or not printable ASCII.
        IdempotencyInProgress: another request holds it.
    """
    if text is None:
        yield Claim(store)
        return
    check_key(text)
    key = IdempotencyKey(tenant, text, secrets.token_hex(8))
    holder = await to_thread.run_sync(store.idempotency.begin, key)
    if holder is not None:
        if holder.job_id is None:
            raise IdempotencyInProgress("A request with this Idempotency-Key is still in progress. Retry in a moment.")
        yield Claim(store, key, holder)
        return
    renewing = asyncio.create_task(_renew(store, key))
    try:
        yield Claim(store, key)
    finally:
        renewing.cancel()
        with CancelScope(shield=True):
            with suppress(asyncio.CancelledError):
                await renewing  # a renewal must not arrive after the end
            try:
                await to_thread.run_sync(store.idempotency.end, key)
            except StoreUnavailable as error:
                log.warning("could not free an idempotency key, which expires: %s", error.message)


async def _renew(store: JobStore, key: IdempotencyKey) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        with suppress(StoreUnavailable):
            await to_thread.run_sync(store.idempotency.begin, key)
