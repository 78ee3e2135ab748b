"""Cost of a job, estimated from measured costs of other jobs. Plain arithmetic: backlog.py reads the figures from
Redis, lua/complete.lua writes the rates:

    separate:{pace}   compute seconds per second of audio, by model, version and steps
    prepare           seconds per second of audio, of at least one chunk; without the download
    finish:{format}   seconds per second of audio, of at least one chunk
    bytes:{kind}      bytes per second of audio, by kind of file
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from core.card import GRID_RATE
from core.jobs.job import Job

Queue = Literal["cpu", "gpu"]
FIRST_SLICE, SLICE = 2, 8  # chunks
UNMEASURED = (0.05, 0.85)  # shares of preparing and separating before anything was measured

# The fields of a record that estimates need, in the order of `Facts.read`.
FIELDS = (
    *("state", "cancel_requested_at", "pace", "format", "chunk_s", "source_bytes", "source_kind"),
    *("duration_s", "expected_s", "chunks_total", "chunks_ready", "chunks_done", "finish_began_at", "model_key"),
)


@dataclass(frozen=True)
class Rates:
    """The measured rates; None for rates without a measurement."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> float | None:
        value = self.values.get(name)
        return None if value is None else float(value)


@dataclass(frozen=True)
class Facts:
    """The known facts that determine a job's cost. Seconds; `audio_s` as decoded, or as the file claims."""

    live: bool
    stopping: bool
    model_key: str
    pace: str
    format: str
    chunk_s: float
    source_bytes: int | None
    source_kind: str
    audio_s: float | None
    chunks_total: int | None = None
    chunks_ready: int = 0
    chunks_done: int = 0
    finish_began_at: float | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(
            live=not job.state.terminal,
            stopping=job.cancel_requested_at is not None,
            model_key=job.model.key,
            pace=job.pace,
            format=job.options.format,
            chunk_s=chunk_seconds(job),
            source_bytes=job.source.bytes,
            source_kind=job.source.kind,
            audio_s=job.audio.duration_s if job.audio else job.expected_s,
            chunks_total=job.chunks_total,
            chunks_ready=job.chunks_ready,
            chunks_done=job.chunks_done,
            finish_began_at=job.finish_began_at,
        )

    @classmethod
    def read(cls, values: list[str | None]) -> Self | None:
        """Facts from the record's FIELDS; None without a record."""
        field = dict(zip(FIELDS, values, strict=True))
        pace, form, chunk_s = field["pace"], field["format"], field["chunk_s"]
        if pace is None or form is None or chunk_s is None:
            return None
        total = _number(field["chunks_total"])
        size = _number(field["source_bytes"])
        return cls(
            live=field["state"] in ("queued", "running"),
            stopping=bool(field["cancel_requested_at"]),
            model_key=field["model_key"] or "",
            pace=pace,
            format=form,
            chunk_s=float(chunk_s),
            source_bytes=None if size is None else int(size),
            source_kind=field["source_kind"] or "other",
            audio_s=_number(field["duration_s"] or field["expected_s"]),
            chunks_total=None if total is None else int(total),
            chunks_ready=int(field["chunks_ready"] or 0),
            chunks_done=int(field["chunks_done"] or 0),
            finish_began_at=_number(field["finish_began_at"]),
        )


@dataclass(frozen=True)
class Estimate:
    """A job's cost by the measured rates. Unmeasured parts cost nothing, or are None."""

    facts: Facts
    rates: Rates
    max_duration_s: float

    @property
    def audio_s(self) -> float | None:
        """Seconds of audio, known or estimated from kind and size of the file. Capped at `max_duration_s`, because
        longer recordings are never separated and a false claim must not delay everyone."""
        if self.facts.audio_s is not None:
            return min(self.facts.audio_s, self.max_duration_s)
        size, per_second = self.facts.source_bytes, self.rates[f"bytes:{self.facts.source_kind}"]
        return min(size / per_second, self.max_duration_s) if size is not None and per_second else None

    @property
    def chunks(self) -> int | None:
        """Number of chunks, known or estimated."""
        if self.facts.chunks_total is not None:
            return self.facts.chunks_total
        audio = self.audio_s
        return None if audio is None else max(1, math.ceil(audio / self.facts.chunk_s), self.facts.chunks_ready)

    @property
    def chunk_cost(self) -> float | None:
        """Compute seconds of one chunk; partly filled chunks cost the same."""
        pace = self.rates[f"separate:{self.facts.pace}"]
        return None if pace is None else pace * self.facts.chunk_s

    @property
    def prepare_cost(self) -> float:
        """Remaining seconds of preparing; 0 when done."""
        return 0.0 if self.facts.chunks_total is not None else self._worked_s * (self.rates["prepare"] or 0.0)

    @property
    def finish_cost(self) -> float:
        return self._worked_s * (self.rates[f"finish:{self.facts.format}"] or 0.0)

    @property
    def chunks_left(self) -> int:
        return max(0, (self.chunks or 0) - self.facts.chunks_done)

    def load(self, queue: Queue) -> float:
        """Remaining seconds on the engines, or on the slots of the cpu queue."""
        if not self.facts.live:
            return 0.0
        if queue == "gpu":
            return self.chunks_left * (self.chunk_cost or 0.0)
        return self.prepare_left + self.finish_cost

    @property
    def prepare_left(self) -> float:
        return self.prepare_cost * (1 - self.facts.chunks_ready / (self.chunks or 1))

    @property
    def slice_left(self) -> float:
        """Seconds of preparing after which waiting tasks get the slot at the latest."""
        chunks = self.chunks or 1
        return min(self.prepare_left, self.prepare_cost * slice_chunks(self.facts.chunks_ready) / chunks)

    def finish_left(self, now: float) -> float:
        started = self.facts.finish_began_at
        return max(0.0, self.finish_cost - (0.0 if started is None else now - started))

    def shares(self, engines: int) -> tuple[float, float]:
        """Shares of preparing and of separating in the whole cost; the rest is finishing."""
        prepare, separate = self.rates["prepare"], self.rates[f"separate:{self.facts.pace}"]
        finish = self.rates[f"finish:{self.facts.format}"]
        if prepare is None or separate is None or finish is None:
            return UNMEASURED
        separate /= max(1, engines)
        total = prepare + separate + finish
        return prepare / total, separate / total

    @property
    def _worked_s(self) -> float:
        """Seconds of audio that determine the cost of preparing and finishing."""
        audio = self.audio_s
        return 0.0 if audio is None else max(audio, self.facts.chunk_s)


@dataclass(frozen=True)
class Fleet:
    """The live workers: of the gpu queue by model, and the slots of the cpu queue for prepare and finish, and for long
    tasks."""

    by_model: Mapping[str, int]
    cpu_slots: int

    @property
    def engines(self) -> int:
        return sum(self.by_model.values())

    @property
    def work_slots(self) -> int:
        """As in lua/release.lua: one slot is reserved for publishing."""
        return self.cpu_slots - 1 if self.cpu_slots > 1 else self.cpu_slots

    @property
    def long_slots(self) -> int:
        return self.cpu_slots - 2 if self.cpu_slots > 2 else min(self.cpu_slots, 1)


@dataclass(frozen=True)
class Others:
    """Remaining cost of all live jobs, this one included; and the long tasks in flight on the cpu queue of other jobs:
    their number, and the seconds until they free their slots."""

    live: int
    load: Mapping[Queue, float]
    in_flight: int
    in_flight_s: float


def eta_s(estimate: Estimate, fleet: Fleet, others: Others, now: float) -> float | None:
    """Seconds until the job is done; None without a measurement or without workers.

    Preparing and separating overlap; finishing follows. A job cannot use more engines than it has chunks."""
    facts, cost, engines = estimate.facts, estimate.chunk_cost, fleet.by_model.get(estimate.facts.model_key, 0)
    if not facts.live or facts.stopping or not engines or not fleet.work_slots:
        return None
    if cost is None or estimate.chunks is None:
        return None

    def shared(queue: Queue, load: float) -> float:
        """Time in which a queue completes the job's part. Jobs take turns, so another job delays it by at most as
        much."""
        rest = max(0.0, others.load[queue] - estimate.load(queue))
        return load + min(rest, load * max(0, others.live - 1))

    left = estimate.chunks_left
    load = left * cost
    separate = max(shared("gpu", load) / engines, load / max(1, min(engines, left)))
    prepare, finish = estimate.prepare_left, estimate.finish_left(now)
    # These tasks are not divided, so turns of other jobs may be longer.
    waiting = 0.0 if others.in_flight < fleet.long_slots else others.in_flight_s
    cpu = max(shared("cpu", prepare + finish), prepare + finish + waiting) / fleet.work_slots
    return max(max(prepare, separate) + finish, cpu)


def slice_chunks(ready: int) -> int:
    """Chunks in the next slice of a recording when other jobs wait for its slot. The number grows, because each slice
    decodes the audio before it again: all slices together decode a recording about three times."""
    return max(SLICE, ready // 2)


def chunk_seconds(job: Job) -> float:
    """Seconds of audio between the starts of two chunks."""
    return job.model.geometry.stride / GRID_RATE


def _number(text: str | None) -> float | None:
    return float(text) if text else None
