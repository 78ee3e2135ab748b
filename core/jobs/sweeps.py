"""Sweeps: deletion of the objects of ended and of deleted jobs."""

from dataclasses import dataclass
from enum import IntEnum

from core.jobs.scripts import Scripts


class SweepStage(IntEnum):
    """An ended job is swept at its end; again when every lease that was held then has expired; after its retention,
    when only the record stays; and once more after the same time, when the record goes too. A deleted job is swept at
    once, and again with its record when the leases have expired."""

    at_end = 0
    after_leases = 1
    expired = 2
    forgotten = 3
    deleted = 4
    deleted_after_leases = 5

    @property
    def everything(self) -> bool:
        """Whether the sweep deletes all objects of the job."""
        return self >= SweepStage.expired


@dataclass(frozen=True)
class Sweep:
    """A terminal job with a due sweep."""

    job_id: str
    stage: SweepStage


class Sweeps:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def take(self, retry_s: float = 60.0) -> Sweep | None:
        """A sweep that is due. It is handed out again after `retry_s` unless `done` is called."""
        due = self._run("take_sweep", retry_s)
        return Sweep(due[0], SweepStage(int(due[1]))) if due else None

    def done(self, sweep: Sweep) -> None:
        self._run("sweep_done", sweep.job_id, int(sweep.stage))
