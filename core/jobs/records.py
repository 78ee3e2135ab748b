"""Jobs as wholes in the store: made, looked at, listed, canceled, deleted, swept. What is done for a job, work by
work, is in store.py, which builds on this.
"""

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from core.card import GRID_RATE
from core.errors import NotFound
from core.jobs.job import Job, Source, State, Timings
from core.jobs.scripts import Client, Scripts, connect, reachable
from core.jobs.view import Outlook
from core.settings import Settings
from core.watch import Tell, untold

_AT_CREATION = ("options", "model", "metadata")  # JSON, written by create() and never again
_JSON = (*_AT_CREATION, "source", "audio", "outputs", "error")


MOST_MEMORY = 0.8  # share of Redis' memory from which on no new jobs are taken: those that are there need the rest


class SweepStage(IntEnum):
    """A job that is over is swept at its end; when every lease that was held then has run out; after its retention,
    when everything goes but the record; and once more after as long, when the record goes too. One that its owner
    has deleted: all objects at once; again when the leases have run out, and the record with them."""

    at_end = 0
    after_leases = 1
    expired = 2
    forgotten = 3
    deleted = 4
    deleted_after_leases = 5

    @property
    def everything(self) -> bool:
        """Whether nothing of the job's objects is kept."""
        return self >= SweepStage.expired


@dataclass(frozen=True)
class Sweep:
    """A terminal job whose objects are due for sweeping."""

    job_id: str
    stage: SweepStage


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's Idempotency-Key. `owner` is the request that uses it now, `fingerprint` what it asks for."""

    tenant: str
    key: str
    owner: str
    fingerprint: str = ""

    @property
    def name(self) -> str:
        return f"vl:idem:{self.tenant}:{hashlib.sha256(self.key.encode()).hexdigest()}"


@dataclass(frozen=True)
class KeyHolder:
    """Who has an idempotency key: the job that it made and the fingerprint of that request; or, without a job, a
    request that is being answered."""

    job_id: str | None
    fingerprint: str = ""


class Records:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(
        self,
        client: Client,
        lease_s: float = 20.0,
        max_attempts: int = 3,
        max_duration_s: float = 7200.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`clock` replaces Redis' clock, for tests that move time. No recording is expected to be longer than
        `max_duration_s`, whatever it claims."""
        self.client = client
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"  # who claims
        self._run = Scripts(client, clock, lease_s, max_attempts, max_duration_s)

    @classmethod
    def from_settings(cls, settings: Settings, tell: Tell = untold, patient: bool = False) -> Self:
        """`patient`: wait for a Redis that is away for a minute or more, instead of seconds."""
        client = connect(settings, tell, patient)
        return cls(client, settings.lease_s, settings.max_attempts, settings.max_duration_s)

    def ping(self) -> None:
        with reachable():
            self.client.ping()

    def memory_share(self) -> float:
        """How much of the memory that Redis may use is used, 0 to 1; 0 when it has no limit."""
        with reachable():
            told: Any = self.client.info("memory")
        return float(told["used_memory"] / told["maxmemory"]) if told["maxmemory"] else 0.0

    def now(self) -> float:
        """Seconds since the epoch by Redis' clock, which all times in a job are told by."""
        with reachable():
            seconds, micros = self.client.time()
        return float(seconds) + float(micros) / 1e6

    # ------------------------------------------------------------------ jobs

    def create(self, job: Job, key: IdempotencyKey | None = None) -> bool:
        """Accept a queued job, make its `prepare` runnable, and let `key` name it. False when this id is there
        already, or the key names another job: see `key_holder`."""
        fields = _accepted_fields(job)
        flat = [part for pair in fields.items() for part in pair]
        named = (key.name, key.fingerprint) if key else ("", "")
        return bool(self._run("create", job.id, _text(job.deadline_at), *named, *flat))

    def restore(self, job: Job, manifest: dict[str, Any] | None = None, pieces: Sequence[dict[str, Any]] = ()) -> bool:
        """Make the record of a job again that Redis has lost: one that is over as it was, with its manifest and
        pieces; any other to be worked on from the start. False when the store knows this job."""
        texts = json.dumps([json.dumps(piece) for piece in pieces])
        flat = [part for pair in _all_fields(job).items() for part in pair]
        return bool(self._run("restore", job.id, json.dumps(manifest) if manifest else "", texts, *flat))

    def get(self, job_id: str) -> Job:
        """The job, also one that its owner has deleted (`deleted_at`). Raises NotFound."""
        with reachable():
            fields: dict[str, Any] = self.client.hgetall(f"vl:job:{job_id}")  # type: ignore[assignment]
        if not fields:
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        return _job(fields)

    def list_jobs(self, tenant: str, state: State | None, limit: int, before: str | None = None) -> list[Job]:
        """Up to `limit` jobs of `tenant` in `state` (None: in any), newest first, those older than the job `before`.

        Fewer only when there are no more."""
        jobs: list[Job] = []
        while (room := limit - len(jobs)) > 0:
            with reachable():
                newest = f"({before}" if before else "+"
                ids: Any = self.client.zrevrangebylex(f"vl:jobs:{tenant}:{state or 'all'}", newest, "-", 0, room)
                pipeline = self.client.pipeline(transaction=False)
                for job_id in ids:
                    pipeline.hgetall(f"vl:job:{job_id}")
                jobs += [_job(fields) for fields in pipeline.execute() if fields]  # but one forgotten in this moment
            if len(ids) < room:
                break
            before = ids[-1]
        return jobs

    def tenants(self) -> list[str]:
        """All that have a job now, in order."""
        with reachable():
            names = self.client.scan_iter("vl:jobs:*:all", count=1000)
            return sorted(str(name).removeprefix("vl:jobs:").removesuffix(":all") for name in names)

    def held(self, job_id: str) -> list[str]:
        """Who is working on a job, a sentence for each part."""
        with reachable():
            claims: Any = self.client.hgetall(f"vl:job:{job_id}:claims")
        now = self.now()
        told = {member.replace(f":{job_id}:", " "): json.loads(text) for member, text in claims.items()}
        return [f"{what} by {by['worker']}, for {now - by['at']:.0f} s" for what, by in sorted(told.items())]

    def request_cancel(self, job_id: str) -> Job:
        """Ask a job to stop; one that nobody works on is canceled at once, a terminal one stays as it is.

        Raises NotFound."""
        if not self._run("cancel", job_id):
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """Delete a job for its owner: it is listed no more, what runs is told to stop, and sweeps remove all its
        objects, then its record. Raises NotFound."""
        if not self._run("delete", job_id):
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)

    def equal_result(self, job: Job) -> Job | None:
        """A job of the same tenant that has succeeded with the same recording, options and model, and still has its
        files; None when there is none, or the recording's sha256 is unknown."""
        if job.source.sha256 is None:
            return None
        with reachable():
            found: Any = self.client.get(f"vl:cache:{job.recipe}:{job.source.sha256}")
        try:
            earlier = None if found is None else self.get(str(found))
        except NotFound:
            return None
        if earlier is None or earlier.state is not State.succeeded or earlier.deleted_at or earlier.outputs_expired_at:
            return None
        return earlier

    # -------------------------------------------------------------- outlook

    def outlooks(self, job_ids: Sequence[str]) -> list[Outlook]:
        """What is expected of each job: see lua/outlook.lua."""
        told = self._run("outlook", *job_ids) if job_ids else []
        return [
            Outlook(position=int(position) if position else None, eta_s=float(eta) if eta else None)
            for position, eta in zip(told[::2], told[1::2], strict=True)
        ]

    def estimated_wait_s(self) -> float:
        """Seconds that the live workers still need for all jobs accepted so far, by measured rates; 0 for what was
        never measured."""
        return float(self._run("backlog"))

    # ------------------------------------------------------- idempotency keys

    def begin_key(self, key: IdempotencyKey) -> KeyHolder | None:
        """Take a key for half a minute; asking again as the same owner takes it for another. None when it is ours."""
        told = self._run("key_begin", key.name, key.owner)
        if not told:
            return None
        return KeyHolder(None) if told == ["busy"] else KeyHolder(str(told[0]), str(told[1]))

    def key_holder(self, key: IdempotencyKey) -> KeyHolder:
        """Whose the key is, without taking it."""
        with reachable():
            found: Any = self.client.hmget(key.name, ["job", "fingerprint"])
        job_id, fingerprint = found
        return KeyHolder(job_id, fingerprint or "")

    def end_key(self, key: IdempotencyKey) -> None:
        """Free a key of ours that has made no job."""
        self._run("key_end", key.name, key.owner)

    # --------------------------------------------------------------- sweeping

    def take_sweep(self, retry_s: float = 60.0) -> Sweep | None:
        """A sweep that is due; handed out again after `retry_s` unless `sweep_done` is called."""
        due = self._run("take_sweep", retry_s)
        return Sweep(due[0], SweepStage(int(due[1]))) if due else None

    def sweep_done(self, sweep: Sweep) -> None:
        self._run("sweep_done", sweep.job_id, int(sweep.stage))


def _accepted_fields(job: Job) -> dict[str, str]:
    """What the record has from the beginning."""
    fields = {"id": job.id, "tenant": job.tenant, "deadline_at": _text(job.deadline_at)}
    fields |= {name: _json(getattr(job, name)) for name in _AT_CREATION} | source_fields(job.source)
    fields |= {"retention_s": repr(job.retention_s), "cache": str(int(job.cache))}
    fields |= {"webhook_url": job.webhook_url or "", "retry_of": job.retry_of or ""}
    fields["request_id"] = job.request_id or ""
    # What the scripts need of the JSON.
    chunk_s = job.model.geometry.stride / GRID_RATE
    return fields | {"format": job.options.format, "pace": job.pace, "chunk_s": repr(chunk_s), "recipe": job.recipe}


def _all_fields(job: Job) -> dict[str, str]:
    """The whole record, as `_job` reads it."""
    plain = job.model_dump(exclude={*_JSON, "timings"}, exclude_none=True) | job.timings.model_dump(exclude_none=True)
    fields = {name: repr(value) if isinstance(value, float) else str(value) for name, value in plain.items()}
    fields |= _accepted_fields(job) | {"outputs": json.dumps([output.model_dump() for output in job.outputs])}
    fields |= {name: _json(value) for name in ("audio", "error") if (value := getattr(job, name)) is not None}
    return fields | ({"duration_s": repr(job.audio.duration_s)} if job.audio else {})


def source_fields(source: Source) -> dict[str, str]:
    """The source in the record: as JSON, and what the scripts need of it."""
    return {
        "source": source.model_dump_json(),
        "source_bytes": "" if source.bytes is None else str(source.bytes),
        "source_kind": source.kind,
        "source_sha256": source.sha256 or "",
    }


def _job(fields: dict[str, Any]) -> Job:
    fields = {name: value for name, value in fields.items() if value != ""}
    fields |= {name: json.loads(fields[name]) for name in _JSON if name in fields}
    fields["timings"] = {name: fields[name] for name in Timings.model_fields if name in fields}
    return Job.model_validate(fields)


def _json(value: Any) -> str:
    return value.model_dump_json() if hasattr(value, "model_dump_json") else json.dumps(value)


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
