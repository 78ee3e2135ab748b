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
    """A request's hold on its key; without a key everything is new. `holder`: the job that the key has made before."""

    store: JobStore
    key: IdempotencyKey | None = None
    holder: KeyHolder | None = None

    @property
    def is_new(self) -> bool:
        return self.holder is None

    def earlier(self, fingerprint: str) -> Job | None:
        """The job that this very request has made before. Blocking.

        Raises:
            IdempotencyMismatch: the key was used for something else.
            NotFound: the job has been deleted.
        """
        return None if self.holder is None else self._job(self.holder, fingerprint)

    def key_for(self, fingerprint: str) -> IdempotencyKey | None:
        """The key as it is written together with the job that it makes."""
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
    """Hold the key `text` for the time of the block.

    Raises:
        InvalidIdempotencyKey: it is empty, too long, or not printable ASCII.
        IdempotencyInProgress: another request has it.
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
                await renewing  # a renewal under way must not come after the end
            try:
                await to_thread.run_sync(store.idempotency.end, key)
            except StoreUnavailable as error:
                log.warning("an idempotency key is left to its time limit: %s", error.message)


async def _renew(store: JobStore, key: IdempotencyKey) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        with suppress(StoreUnavailable):
            await to_thread.run_sync(store.idempotency.begin, key)
