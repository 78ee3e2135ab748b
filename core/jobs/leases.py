"""Leases of workers on tasks: claim, renew, give back, complete. store.py explains the design."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import LeaseLost, VoiceliftError
from core.jobs.conversion import Conversion
from core.jobs.job import Audio, JobError, Output, Source
from core.jobs.manifest import Manifest, Piece
from core.jobs.records import optional, source_fields
from core.jobs.scripts import Scripts
from core.jobs.task import Task

MAX_BLAME = 500  # characters of the error that are kept


@dataclass(frozen=True)
class Lease:
    """The right to execute `task` until it is no longer renewed. `attempt` counts from 1; `request_id` is that of the
    request which created the job."""

    task: Task
    token: int
    attempt: int
    request_id: str | None = None


@dataclass(frozen=True)
class Beat:
    """Result of a heartbeat: whether the lease holds, and whether the task should stop."""

    held: bool
    stop: bool


class Leases:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts, name: str) -> None:
        """`name` is the name of the claimer."""
        self._run = scripts
        self._name = name

    def claim(self, task: Task, model: str | None = None) -> Lease | None:
        """Claim a released task, with the `model` (`ModelRef.key`) that a chunk needs. None when the task is done,
        taken, canceled, for another model, or not released (a stale or repeated message)."""
        claimed = self._run("claim", task.member, secrets.token_hex(8), self._name, model or "")
        return Lease(task, int(claimed[0]), int(claimed[1]), claimed[2] or None) if claimed else None

    def heartbeat(self, lease: Lease) -> Beat:
        """Renew the lease."""
        held, stop = self._run("heartbeat", lease.task.member, lease.token)
        return Beat(bool(held), bool(stop))

    def give_back(self, lease: Lease, delay_s: float = 0.0, blame: str | None = None) -> bool:
        """Make the task runnable again after `delay_s`. With `blame`, the reason why the task itself may be at fault,
        the attempt counts, and the job fails if it was the last. False if the lease was lost before."""
        counts = (0, "") if blame is None else (1, blame[:MAX_BLAME])
        return bool(self._run("give_back", lease.task.member, lease.token, delay_s, *counts))

    def fail_job(self, lease: Lease, error: VoiceliftError) -> bool:
        """End the job, or the conversion, with `error`, which every attempt would repeat. False if the lease was lost
        before."""
        record = JobError(code=error.code, message=error.message, retryable=error.retryable)
        return bool(self._run("fail", lease.task.member, lease.token, record.model_dump_json()))

    # --------------------------------------------------------------- results

    def describe_source(self, lease: Lease, source: Source, expected_s: float | None) -> None:
        """Under prepare's lease: store the facts about the downloaded recording, and the seconds of audio that its file
        claims. May be repeated.

        Raises LeaseLost."""
        fields = [part for pair in source_fields(source).items() for part in pair]
        if self._run("describe_source", lease.task.member, lease.token, optional(expected_s), *fields) < 0:
            raise LeaseLost(f"The lease of {lease.task.member} was lost.")

    def chunk_ready(self, lease: Lease, index: int, key: str) -> bool:
        """Under prepare's lease: chunk `index` can be separated; its mixture is at `key`.

        False if it was ready before, from another key. Raises LeaseLost."""
        reply = self._run("chunk_ready", lease.task.member, lease.token, index, key)
        if reply < 0:
            raise LeaseLost(f"The lease of {lease.task.member} was lost.")
        return bool(reply)

    def pass_on(self, lease: Lease) -> bool:
        """Complete a slice of prepare or extend and leave the rest of the recording to a later turn. False if the lease
        was lost before."""
        return bool(self._run("pass_on", lease.task.member, lease.token))

    def prepared(self, lease: Lease, chunks: int, audio: Audio) -> bool:
        """Complete prepare or extend: the track has `chunks` chunks. False if the lease was lost before."""
        return self._complete(lease, chunks, audio.duration_s, audio.model_dump_json())

    def reused(self, lease: Lease, manifest: Manifest) -> bool:
        """Complete prepare and the whole job with the copied files of an earlier job; `manifest` names the copies.
        False if the lease was lost before."""
        assert manifest.cached_from is not None, "a reused result names its job"
        audio, pieces = manifest.audio, [piece.model_dump_json() for piece in manifest.pieces()]
        facts = (manifest.cached_from, manifest.chunks_total, audio.duration_s, audio.model_dump_json())
        result = (json.dumps(pieces), _listed(manifest.outputs), optional(manifest.null_error_db))
        return bool(self._run("reuse", lease.task.member, lease.token, *facts, *result))

    def separated(self, lease: Lease, key: str, seconds: float, device: str = "cpu") -> bool:
        """Complete a chunk: its stems are at `key` and took `seconds` of compute on a `device` (cpu, cuda). False if
        the lease is lost or the result no longer needed."""
        return self._complete(lease, key, seconds, device)

    def publish_piece(self, lease: Lease, index: int, piece: Piece) -> bool:
        """Under publish's lease: piece `index` is published. False if the lease is lost."""
        return bool(self._run("publish_piece", lease.task.member, lease.token, index, piece.model_dump_json()))

    def published(self, lease: Lease) -> bool:
        """Complete publish. If the next chunk is done by then, publish is runnable again."""
        return self._complete(lease)

    def commit_manifest(self, lease: Lease, manifest: Manifest) -> Manifest | None:
        """Under the lease of finish (or of a reusing prepare), with the outputs in place: make this the job's manifest.

        Returns the manifest that counts. It is an earlier attempt's if that attempt died after this step: write it to
        S3, then call `finished`. S3 cannot fence a write to a fixed key, but now every writer writes the same. None if
        the lease is lost or the job is to stop."""
        standing = self._run("commit_manifest", lease.task.member, lease.token, manifest.model_dump_json())
        return None if standing is None else Manifest.model_validate_json(standing)

    def finished(self, lease: Lease, outputs: Sequence[Output], null_error_db: float | None) -> bool:
        """Complete finish: the job has succeeded, even if a cancellation came too late."""
        return self._complete(lease, _listed(outputs), optional(null_error_db))

    def converted(self, lease: Lease, conversion: Conversion) -> bool:
        """Complete a conversion: its file is in place. False: the lease was lost, or the job's files are gone."""
        return self._complete(lease, conversion.model_dump_json(exclude_none=True))

    def _complete(self, lease: Lease, *result: str | float) -> bool:
        return bool(self._run("complete", lease.task.member, lease.token, *result))


def _listed(outputs: Sequence[Output]) -> str:
    return json.dumps([output.model_dump() for output in outputs])
