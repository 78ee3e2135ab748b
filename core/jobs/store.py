"""The job store: Redis holds the truth about every job, and every change of it is one Lua script.

The idea, once. A job is a stream of small *works* (`kind:job:index`): prepare, one separate per chunk,
publish, finish. A work is in exactly one of these places:

    lane       runnable, waiting for its turn: round-robin over tenants, then jobs, then by index
    released   its turn has come; a Celery message (a hint that may get lost or come twice) names it
    leased     a worker has claimed it and renews its lease; the claim drew a *fencing token*, which only grows
    delayed    given back for a while, for example because S3 is away
    nowhere    done, or not runnable yet

A claim succeeds only on released work and moves it to leased, so of any number of messages one wins. A lease
that is not renewed in time is reaped and its work goes back to its lane. A worker that was frozen and wakes
up later still has its old token: whatever it reports is refused, and since object keys carry the token,
whatever it writes to S3 lies beside the winner's object, never over it. The store names the winner.

Attempts are counted at the claim, so that work which kills its worker is counted too; at `max_attempts` the
job fails. Work that gets further than before (prepare, publish) starts counting anew. A job that is canceled,
failed or past its deadline keeps no runnable work; `canceled` is said when its last lease is gone. Terminal
states are final.

What things take is measured as they are done (lua/measured.lua): from these rates follow a job's fraction, which never
goes back, when it will be done (lua/outlook.lua), and how much all live jobs still cost.

Redis' own clock is used, so the clocks of workers need not agree. A command whose answer got lost is sent
again by the client, so every script may run twice in a row.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import LeaseLost, VoiceliftError
from core.jobs.job import Audio, JobError, Output, Source, Work
from core.jobs.records import Records, source_fields
from core.jobs.scripts import reachable

MOST_BLAME = 500  # characters that are kept of what went wrong


@dataclass(frozen=True)
class Lease:
    """The right to do `work`, until it is no longer renewed. `attempt` counts from 1; `request_id` is that of the
    request which made the job."""

    work: Work
    token: int
    attempt: int
    request_id: str | None = None


@dataclass(frozen=True)
class Beat:
    """What a heartbeat learns: whether the lease still holds, and whether the work should stop either way."""

    held: bool
    stop: bool


@dataclass(frozen=True)
class QueueStats:
    """Chunks waiting (in lanes and queues), chunks being computed, slots of live workers, and for how many
    seconds the oldest chunk in the lanes has been waiting. The `cpu_` counts are of the cpu queue's works."""

    depth: int
    in_flight: int
    gpu_slots: int
    cpu_slots: int
    oldest_ready_age_s: float
    cpu_depth: int
    cpu_in_flight: int
    cpu_oldest_age_s: float


class JobStore(Records):
    """All operations raise StoreUnavailable when Redis cannot be used."""

    # ---------------------------------------------------------------- leases

    def claim(self, work: Work) -> Lease | None:
        """Take released work. None when it is done, taken, canceled, or not released (a stale or doubled
        message)."""
        claimed = self._run("claim", work.member, secrets.token_hex(8), self.name)
        return Lease(work, int(claimed[0]), int(claimed[1]), claimed[2] or None) if claimed else None

    def heartbeat(self, lease: Lease) -> Beat:
        """Renew the lease."""
        held, stop = self._run("heartbeat", lease.work.member, lease.token)
        return Beat(bool(held), bool(stop))

    def give_back(self, lease: Lease, delay_s: float = 0.0, blame: str | None = None) -> bool:
        """Make the work runnable again after `delay_s`. `blame` says what speaks against the work itself: then this
        attempt counts, and the job fails when it was the last one allowed. False when the lease was lost before."""
        counts = (0, "") if blame is None else (1, blame[:MOST_BLAME])
        return bool(self._run("give_back", lease.work.member, lease.token, delay_s, *counts))

    def fail_job(self, lease: Lease, error: VoiceliftError) -> bool:
        """End the job with `error`: it would fail the same way again. False when the lease was lost
        before."""
        record = JobError(code=error.code, message=error.message, retryable=error.retryable)
        return bool(self._run("fail", lease.work.member, lease.token, record.model_dump_json()))

    # --------------------------------------------------------------- results

    def describe_source(self, lease: Lease, source: Source, expected_s: float | None) -> None:
        """Under prepare's lease: what is known of the recording once it is fetched, and how many seconds of audio its
        file claims to hold. May be said again.

        Raises LeaseLost."""
        fields = [part for pair in source_fields(source).items() for part in pair]
        if self._run("describe_source", lease.work.member, lease.token, _text(expected_s), *fields) < 0:
            raise LeaseLost(f"The lease of {lease.work.member} was lost.")

    def chunk_ready(self, lease: Lease, index: int, key: str) -> bool:
        """Under prepare's lease: chunk `index` can be separated, its mixture lies at `key`.

        False when it was ready already, from another key. Raises LeaseLost."""
        answer = self._run("chunk_ready", lease.work.member, lease.token, index, key)
        if answer < 0:
            raise LeaseLost(f"The lease of {lease.work.member} was lost.")
        return bool(answer)

    def prepared(self, lease: Lease, chunks: int, audio: Audio) -> bool:
        """Complete prepare: the track has `chunks` chunks. False when the lease was lost before."""
        return self._complete(lease, chunks, audio.duration_s, audio.model_dump_json())

    def reused(
        self,
        lease: Lease,
        origin_id: str,
        chunks: int,
        audio: Audio,
        pieces: Sequence[dict[str, Any]],
        outputs: Sequence[Output],
        null_error_db: float | None,
    ) -> bool:
        """Complete prepare and the whole job: the files of `origin_id` were copied, and the manifest names them.
        False when the lease was lost before."""
        facts = (origin_id, chunks, audio.duration_s, audio.model_dump_json())
        made = (json.dumps([json.dumps(piece) for piece in pieces]), _listed(outputs), _text(null_error_db))
        return bool(self._run("reuse", lease.work.member, lease.token, *facts, *made))

    def separated(self, lease: Lease, key: str, seconds: float, device: str = "cpu") -> bool:
        """Complete a chunk: its stems lie at `key` and took `seconds` of compute on a `device` (cpu, cuda). False:
        lost, or not wanted."""
        return self._complete(lease, key, seconds, device)

    def publish_piece(self, lease: Lease, index: int, piece: dict[str, Any]) -> bool:
        """Under publish's lease: piece `index` is out, `piece` (JSON) says where. False: the lease was
        lost."""
        return bool(self._run("publish_piece", lease.work.member, lease.token, index, json.dumps(piece)))

    def published(self, lease: Lease) -> bool:
        """Complete publish. If the next chunk got done meanwhile, publish is runnable again."""
        return self._complete(lease)

    def commit_manifest(self, lease: Lease, manifest: dict[str, Any]) -> dict[str, Any] | None:
        """Under finish's (or a reusing prepare's) lease, with the outputs in place: name this manifest the job's.

        Returns the manifest that stands, which is an earlier one's if an attempt got so far and then died:
        write that to S3, then call `finished`. S3 cannot fence a write to a fixed key, but now every writer
        writes the same. None when the lease is lost or the job is to stop."""
        standing = self._run("commit_manifest", lease.work.member, lease.token, json.dumps(manifest))
        return None if standing is None else json.loads(standing)

    def committed_manifest(self, job_id: str) -> dict[str, Any] | None:
        with reachable():
            manifest: Any = self.client.get(f"vl:job:{job_id}:manifest")
            if manifest is None:  # records of before have it in the record
                manifest = self.client.hget(f"vl:job:{job_id}", "manifest")
        return None if manifest is None else json.loads(manifest)

    def finished(self, lease: Lease, outputs: Sequence[Output], null_error_db: float | None) -> bool:
        """Complete finish: the job has succeeded, even if it was asked to stop too late."""
        return self._complete(lease, _listed(outputs), _text(null_error_db))

    def _complete(self, lease: Lease, *result: str | float) -> bool:
        return bool(self._run("complete", lease.work.member, lease.token, *result))

    # ---------------------------------------------------- what was made so far

    def mixture_key(self, job_id: str, index: int) -> str | None:
        return self._part(job_id, "mixtures", index)

    def stem_key(self, job_id: str, index: int) -> str | None:
        return self._part(job_id, "stems", index)

    def pieces(self, job_id: str) -> list[dict[str, Any]]:
        """The published pieces in order, as given to `publish_piece`."""
        with reachable():
            known: dict[str, str] = self.client.hgetall(f"vl:job:{job_id}:pieces")  # type: ignore[assignment]
        return [json.loads(known[index]) for index in sorted(known, key=int)]

    def _part(self, job_id: str, part: Literal["mixtures", "stems"], index: int) -> str | None:
        with reachable():
            key: Any = self.client.hget(f"vl:job:{job_id}:{part}", str(index))
        return key if key is None else str(key)

    # --------------------------------------------------------- who goes next

    def register_worker(self, worker_id: str, queue: Literal["cpu", "gpu"], slots: int) -> None:
        """Say that this worker is alive, for one lease; 0 slots says that it leaves."""
        self._run("register_worker", worker_id, queue, slots)

    def release(self) -> list[Work]:
        """Take the works whose turn it is out of the lanes; the caller announces them. See
        lua/release.lua."""
        return [Work.parse(member) for member in self._run("release")]

    def due_hints(self, unclaimed_s: float) -> list[Work]:
        """Released works that nobody has claimed for `unclaimed_s`, to be announced again: a message may
        be lost."""
        return [Work.parse(member) for member in self._run("due_hints", unclaimed_s)]

    def reap(self) -> list[Work]:
        """End what time has ended: leases, delays, deadlines, workers. Returns the works whose leases ran
        out."""
        return [Work.parse(member) for member in self._run("reap")]

    def stats(self) -> QueueStats:
        waiting, released, leased, gpu, cpu, age, *of_cpu = self._run("stats")
        cpu_depth, cpu_in_flight, cpu_age = of_cpu
        return QueueStats(waiting + released, leased, gpu, cpu, float(age), cpu_depth, cpu_in_flight, float(cpu_age))


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)


def _listed(outputs: Sequence[Output]) -> str:
    return json.dumps([output.model_dump() for output in outputs])
