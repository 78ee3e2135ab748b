"""What workers say of the work they do: claimed, still at it, given back, done. store.py explains the idea."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import LeaseLost, VoiceliftError
from core.jobs.job import Audio, JobError, Output, Source, Task
from core.jobs.manifest import Manifest, Piece
from core.jobs.records import optional, source_fields
from core.jobs.scripts import Scripts

MOST_BLAME = 500  # characters that are kept of what went wrong


@dataclass(frozen=True)
class Lease:
    """The right to do `work`, until it is no longer renewed. `attempt` counts from 1; `request_id` is that of the
    request which made the job."""

    task: Task
    token: int
    attempt: int
    request_id: str | None = None


@dataclass(frozen=True)
class Beat:
    """What a heartbeat learns: whether the lease still holds, and whether the work should stop either way."""

    held: bool
    stop: bool


class Leases:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts, name: str) -> None:
        """`name` is who claims."""
        self._run = scripts
        self._name = name

    def claim(self, task: Task, model: str | None = None) -> Lease | None:
        """Take released work, holding a `model` (`ModelRef.key`), without which there is no chunk. None when it is
        done, taken, canceled, for another model, or not released (a stale or doubled message)."""
        claimed = self._run("claim", task.member, secrets.token_hex(8), self._name, model or "")
        return Lease(task, int(claimed[0]), int(claimed[1]), claimed[2] or None) if claimed else None

    def heartbeat(self, lease: Lease) -> Beat:
        """Renew the lease."""
        held, stop = self._run("heartbeat", lease.task.member, lease.token)
        return Beat(bool(held), bool(stop))

    def give_back(self, lease: Lease, delay_s: float = 0.0, blame: str | None = None) -> bool:
        """Make the work runnable again after `delay_s`. `blame` says what speaks against the work itself: then this
        attempt counts, and the job fails when it was the last one allowed. False when the lease was lost before."""
        counts = (0, "") if blame is None else (1, blame[:MOST_BLAME])
        return bool(self._run("give_back", lease.task.member, lease.token, delay_s, *counts))

    def fail_job(self, lease: Lease, error: VoiceliftError) -> bool:
        """End the job with `error`: it would fail the same way again. False when the lease was lost
        before."""
        record = JobError(code=error.code, message=error.message, retryable=error.retryable)
        return bool(self._run("fail", lease.task.member, lease.token, record.model_dump_json()))

    # --------------------------------------------------------------- results

    def describe_source(self, lease: Lease, source: Source, expected_s: float | None) -> None:
        """Under prepare's lease: what is known of the recording once it is fetched, and how many seconds of audio its
        file claims to hold. May be said again.

        Raises LeaseLost."""
        fields = [part for pair in source_fields(source).items() for part in pair]
        if self._run("describe_source", lease.task.member, lease.token, optional(expected_s), *fields) < 0:
            raise LeaseLost(f"The lease of {lease.task.member} was lost.")

    def chunk_ready(self, lease: Lease, index: int, key: str) -> bool:
        """Under prepare's lease: chunk `index` can be separated, its mixture lies at `key`.

        False when it was ready already, from another key. Raises LeaseLost."""
        answer = self._run("chunk_ready", lease.task.member, lease.token, index, key)
        if answer < 0:
            raise LeaseLost(f"The lease of {lease.task.member} was lost.")
        return bool(answer)

    def pass_on(self, lease: Lease) -> bool:
        """Complete a slice of prepare or extend: the rest of the recording is another's turn. False when the lease was
        lost before."""
        return bool(self._run("pass_on", lease.task.member, lease.token))

    def prepared(self, lease: Lease, chunks: int, audio: Audio) -> bool:
        """Complete prepare or extend: the track has `chunks` chunks. False when the lease was lost before."""
        return self._complete(lease, chunks, audio.duration_s, audio.model_dump_json())

    def reused(self, lease: Lease, manifest: Manifest) -> bool:
        """Complete prepare and the whole job: an earlier job's files were copied, and `manifest` names the copies.
        False when the lease was lost before."""
        assert manifest.cached_from is not None, "it names the job whose files were copied"
        audio, pieces = manifest.audio, [piece.model_dump_json() for piece in manifest.pieces()]
        facts = (manifest.cached_from, manifest.chunks_total, audio.duration_s, audio.model_dump_json())
        result = (json.dumps(pieces), _listed(manifest.outputs), optional(manifest.null_error_db))
        return bool(self._run("reuse", lease.task.member, lease.token, *facts, *result))

    def separated(self, lease: Lease, key: str, seconds: float, device: str = "cpu") -> bool:
        """Complete a chunk: its stems lie at `key` and took `seconds` of compute on a `device` (cpu, cuda). False:
        lost, or not wanted."""
        return self._complete(lease, key, seconds, device)

    def publish_piece(self, lease: Lease, index: int, piece: Piece) -> bool:
        """Under publish's lease: piece `index` is out. False: the lease was lost."""
        return bool(self._run("publish_piece", lease.task.member, lease.token, index, piece.model_dump_json()))

    def published(self, lease: Lease) -> bool:
        """Complete publish. If the next chunk got done meanwhile, publish is runnable again."""
        return self._complete(lease)

    def commit_manifest(self, lease: Lease, manifest: Manifest) -> Manifest | None:
        """Under finish's (or a reusing prepare's) lease, with the outputs in place: name this manifest the job's.

        Returns the manifest that stands, which is an earlier one's if an attempt got so far and then died:
        write that to S3, then call `finished`. S3 cannot fence a write to a fixed key, but now every writer
        writes the same. None when the lease is lost or the job is to stop."""
        standing = self._run("commit_manifest", lease.task.member, lease.token, manifest.model_dump_json())
        return None if standing is None else Manifest.model_validate_json(standing)

    def finished(self, lease: Lease, outputs: Sequence[Output], null_error_db: float | None) -> bool:
        """Complete finish: the job has succeeded, even if it was asked to stop too late."""
        return self._complete(lease, _listed(outputs), optional(null_error_db))

    def _complete(self, lease: Lease, *result: str | float) -> bool:
        return bool(self._run("complete", lease.task.member, lease.token, *result))


def _listed(outputs: Sequence[Output]) -> str:
    return json.dumps([output.model_dump() for output in outputs])
