"""Whose objects are due for removal: jobs that are over, and those that their owners have deleted."""

from dataclasses import dataclass
from enum import IntEnum

from core.jobs.scripts import Scripts


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


class Sweeps:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def take(self, retry_s: float = 60.0) -> Sweep | None:
        """A sweep that is due; handed out again after `retry_s` unless `done` is called."""
        due = self._run("take_sweep", retry_s)
        return Sweep(due[0], SweepStage(int(due[1]))) if due else None

    def done(self, sweep: Sweep) -> None:
        self._run("sweep_done", sweep.job_id, int(sweep.stage))
