"""Jobs as a whole: create, read, list, cancel, delete; and the results of a job so far."""

import json
from typing import Any, Literal

from core.errors import NotFound, TooManyAtOnce
from core.jobs.backlog import Backlog
from core.jobs.estimates import UNMEASURED, chunk_seconds
from core.jobs.idempotency import IdempotencyKey
from core.jobs.job import Job, Source, State, Timings
from core.jobs.manifest import Manifest, Piece
from core.jobs.names import redis_key
from core.jobs.scripts import Client, Scripts, reachable

_AT_CREATION = ("options", "model", "metadata")  # JSON, written by create() and never again
_JSON = (*_AT_CREATION, "source", "audio", "outputs", "conversions", "error")


MAX_CONVERTED = 100  # jobs of a tenant with waiting conversions
CONVERSION_POLL_S = 2
MAX_MEMORY = 0.8  # share of Redis' memory above which new jobs are refused, because live jobs need the rest


class Records:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts, backlog: Backlog) -> None:
        self._run = scripts
        self._backlog = backlog

    @property
    def _client(self) -> Client:
        return self._run.client

    def create(self, job: Job, idempotency: IdempotencyKey | None = None) -> bool:
        """Accept a queued job, make its `prepare` runnable and bind its `idempotency` key. False when the id exists or
        the key belongs to another job: see `IdempotencyKeys.holder`."""
        prepare_share, separate_share = self._backlog.shares(job)
        fields = _accepted_fields(job, prepare_share, separate_share)
        flat = [part for pair in fields.items() for part in pair]
        named = (idempotency.name, idempotency.fingerprint) if idempotency else ("", "")
        cost = self._backlog.cost(job)
        return bool(self._run("create", job.id, optional(job.deadline_at), *named, cost["gpu"], cost["cpu"], *flat))

    def restore(self, job: Job, manifest: Manifest | None = None) -> bool:
        """Restore the record of a job that Redis has lost: an ended job with its manifest and the pieces that it names,
        any other from the start. False when the store has the job."""
        texts = json.dumps([piece.model_dump_json() for piece in manifest.pieces()] if manifest else [])
        flat = [part for pair in _all_fields(job).items() for part in pair]
        return bool(self._run("restore", job.id, manifest.model_dump_json() if manifest else "", texts, *flat))

    def get(self, job_id: str) -> Job:
        """The job, including one that its owner has deleted (`deleted_at`). Raises NotFound."""
        with reachable():
            fields: dict[str, Any] = self._client.hgetall(redis_key("job", job_id))  # type: ignore[assignment]
        if not fields:
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        return _job(fields)

    def list_jobs(
        self, tenant: str, state: State | None, limit: int, before: str | None = None, batch: str | None = None
    ) -> list[Job]:
        """Up to `limit` jobs of `tenant` in `state` (None: any), newest first, older than the job `before`; only those
        of `batch` if given. Fewer only when there are no more."""
        name = _list_of(tenant, batch, state or "all")
        jobs: list[Job] = []
        while (room := limit - len(jobs)) > 0:
            with reachable():
                newest = f"({before}" if before else "+"
                ids: Any = self._client.zrevrangebylex(name, newest, "-", 0, room)
                pipeline = self._client.pipeline(transaction=False)
                for job_id in ids:
                    pipeline.hgetall(redis_key("job", job_id))
                jobs += [_job(fields) for fields in pipeline.execute() if fields]  # unless forgotten at this moment
            if len(ids) < room:
                break
            before = ids[-1]
        return jobs

    def count_batch(self, tenant: str, batch: str) -> dict[State, int]:
        """The number of listed jobs of a batch in each state, at one moment."""
        with reachable(), self._client.pipeline() as counted:
            for state in State:
                counted.zcard(_list_of(tenant, batch, state))
            return dict(zip(State, counted.execute(), strict=True))

    def tenants(self) -> list[str]:
        """All tenants with a job, sorted."""
        with reachable():
            names = self._client.scan_iter(redis_key("jobs", "*", "all"), count=1000)
            before, after = redis_key("jobs", "*", "all").split("*")
            return sorted(str(name).removeprefix(before).removesuffix(after) for name in names)

    def held(self, job_id: str) -> list[str]:
        """The workers that hold tasks of a job, one sentence per task."""
        with reachable():
            claims: Any = self._client.hgetall(redis_key("job_claims", job_id))
        now = self._run.now()
        claimed = {member.replace(f":{job_id}:", " "): json.loads(text) for member, text in claims.items()}
        return [f"{what} by {by['worker']}, for {now - by['at']:.0f} s" for what, by in sorted(claimed.items())]

    def request_cancel(self, job_id: str) -> Job:
        """Ask a job to stop. A job without a task in flight is canceled at once; a terminal one stays unchanged.

        Raises NotFound."""
        if not self._run("cancel", job_id):
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """Delete a job for its owner: it is no longer listed, its tasks stop, and sweeps delete all its objects, then
        its record. Raises NotFound."""
        if not self._run("delete", job_id):
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)

    def convert(self, job_id: str, index: int) -> None:
        """Have conversion `index` (core/jobs/conversion.py) made, unless it was or is to be already.

        Raises NotFound (the files are gone), TooManyAtOnce."""
        reply = self._run("convert", job_id, index, MAX_CONVERTED)
        if reply == 0:
            raise NotFound("The outputs of this job have expired. Submit a new job.")
        if reply < 0:
            raise TooManyAtOnce(
                f"Conversions of {MAX_CONVERTED} songs are waiting, the maximum. Retry when some have finished.",
                retry_after_s=CONVERSION_POLL_S,
            )

    def revoke_tokens(self, job_id: str) -> int:
        """Let no token hold that was given out so far; the number of the series that does. Raises NotFound."""
        series = int(self._run("revoke_tokens", job_id))
        if not series:
            raise NotFound(f"There is no job {job_id}.", job_id=job_id)
        return series

    def equal_result(self, job: Job) -> Job | None:
        """A succeeded job of the same tenant with the same recording, options and model whose files still exist. None
        if there is none, or the recording's sha256 is unknown."""
        if job.source.sha256 is None:
            return None
        with reachable():
            earlier_id: Any = self._client.get(redis_key("cache", job.recipe, job.source.sha256))
        try:
            earlier = None if earlier_id is None else self.get(str(earlier_id))
        except NotFound:
            return None
        if earlier is None or earlier.state is not State.succeeded or earlier.deleted_at or earlier.outputs_expired_at:
            return None
        return earlier

    # ---------------------------------------------------------- results so far

    def committed_manifest(self, job_id: str) -> Manifest | None:
        with reachable():
            text: Any = self._client.get(redis_key("job_manifest", job_id))
        return None if text is None else Manifest.model_validate_json(text)

    def mixture_key(self, job_id: str, index: int) -> str | None:
        return self._part(job_id, "mixtures", index)

    def stem_key(self, job_id: str, index: int) -> str | None:
        return self._part(job_id, "stems", index)

    def pieces(self, job_id: str) -> list[Piece]:
        """The published pieces in order, as given to `publish_piece`."""
        with reachable():
            stored: dict[str, str] = self._client.hgetall(redis_key("job_pieces", job_id))  # type: ignore[assignment]
        return [Piece.model_validate_json(stored[index]) for index in sorted(stored, key=int)]

    def piece(self, job_id: str, index: int) -> Piece | None:
        """One published piece."""
        text = self._part(job_id, "pieces", index)
        return None if text is None else Piece.model_validate_json(text)

    def _part(self, job_id: str, part: Literal["mixtures", "stems", "pieces"], index: int) -> str | None:
        with reachable():
            text: Any = self._client.hget(redis_key(f"job_{part}", job_id), str(index))
        return None if text is None else str(text)


def _list_of(tenant: str, batch: str | None, state: str) -> str:
    """The key of the ids of a tenant's jobs, or of one batch, in `state` ("all": any)."""
    return redis_key("jobs", tenant, state) if batch is None else redis_key("batch", tenant, batch, state)


def _accepted_fields(job: Job, prepare_share: float, separate_share: float) -> dict[str, str]:
    """Fields of the record at the start."""
    fields = {"id": job.id, "tenant": job.tenant, "deadline_at": optional(job.deadline_at)}
    fields |= {name: _json(getattr(job, name)) for name in _AT_CREATION} | source_fields(job.source)
    fields |= {"retention_s": repr(job.retention_s), "cache": str(int(job.cache))}
    fields |= {"webhook_url": job.webhook_url or "", "retry_of": job.retry_of or ""}
    fields["batch"] = job.batch or ""
    fields["request_id"] = job.request_id or ""
    # Fields that scripts need outside the JSON, and the weights of the job's progress.
    fields |= {"format": job.options.format, "pace": job.pace, "recipe": job.recipe}
    fields |= {"model_key": job.model.key, "first_kind": str(job.first_kind)}
    fields |= {"prepare_share": repr(prepare_share), "separate_share": repr(separate_share)}
    return fields | {"chunk_s": repr(chunk_seconds(job))}


def _all_fields(job: Job) -> dict[str, str]:
    """The whole record, as read by `_job`."""
    plain = job.model_dump(exclude={*_JSON, "timings"}, exclude_none=True) | job.timings.model_dump(exclude_none=True)
    fields = {name: repr(value) if isinstance(value, float) else str(value) for name, value in plain.items()}
    fields |= _accepted_fields(job, *UNMEASURED)
    fields |= {"outputs": json.dumps([output.model_dump() for output in job.outputs])}
    fields |= {name: _json(value) for name in ("audio", "error") if (value := getattr(job, name)) is not None}
    return fields | ({"duration_s": repr(job.audio.duration_s)} if job.audio else {})


def source_fields(source: Source) -> dict[str, str]:
    """The source in the record: as JSON, with the fields that scripts need."""
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


def optional(value: float | None) -> str:
    """A number as a script argument; '' for none."""
    return "" if value is None else repr(value)
