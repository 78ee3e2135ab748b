"""Stray objects and files in S3 and on the disk after all jobs have ended."""

import fcntl
import time
from dataclasses import dataclass
from pathlib import Path

from core.jobs.job import State
from core.keys import JOBS, UPLOADS, job_prefix, manifest_key, record_key
from tests.chaos.place import Place, until
from worker.chores import Chores
from worker.scratch import LOCK


@dataclass(frozen=True)
class Leftovers:
    """`abandoned`: objects of killed processes without a record, which the janitor's daily sweep (run here
    immediately) has deleted. The others remain after it."""

    abandoned: int
    strays: list[str]
    multiparts: list[str]
    files: list[str]

    @property
    def none(self) -> bool:
        return not (self.strays or self.multiparts or self.files)

    def __str__(self) -> str:
        return (
            f"{len(self.strays)} stray objects, {len(self.multiparts)} open multipart uploads, {len(self.files)} files"
        )


def leftovers(place: Place) -> Leftovers:
    """Wait for the sweeps of all jobs, run the daily sweep as if everything were older than a day, and list every
    object. All jobs must be final."""
    client = place.store.client
    soon = 3 * place.settings.lease_s
    until(lambda: not client.zcount("vl:sweeps", "-inf", time.time() + soon), "all jobs are swept")
    objects = place.storage
    abandoned = Chores(place.store, objects).sweep_abandoned(0)
    strays = [item.key for item in objects.list("") if not item.key.startswith((JOBS, UPLOADS))]
    for job_id in objects.folders(JOBS):
        named = _named(place, job_id)
        strays += [item.key for item in objects.list(job_prefix(job_id)) if item.key not in named]
    multiparts = [key for prefix in (JOBS, UPLOADS) for key, *_ in objects.open_multiparts(prefix)]
    return Leftovers(abandoned, strays, multiparts, _files(place))


def _named(place: Place, job_id: str) -> set[str]:
    """Every key in the record of a job."""
    if not place.store.client.exists(f"vl:job:{job_id}"):
        return set()
    job = place.store.records.get(job_id)
    named = {job.source.key, record_key(job_id)}
    if job.state is State.succeeded:
        named |= {manifest_key(job_id), *(output.key for output in job.outputs)}
        if (manifest := place.store.records.committed_manifest(job_id)) is not None:
            named.add(manifest.peaks)
        for piece in place.store.records.pieces(job_id):
            named |= set(piece.playable_keys)
    return named


def _files(place: Place) -> list[str]:
    """Unused temporary files: of ended processes, of ended tasks, and of stems that wait for S3. Each living
    process holds a lock in its folder."""
    files = [path for path in place.work.rglob("*") if path.is_file()]
    return [str(path.relative_to(place.work)) for path in files if path.name != LOCK or not _is_locked(path)]


def _is_locked(path: Path) -> bool:
    with path.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
