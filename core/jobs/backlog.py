"""The backlog of all live jobs, and estimates for one job: its position in the queue and its remaining time.

Janitors sum the remaining cost of all live jobs about once a second (`count`), from the jobs' records; between two
counts every new job adds its cost (lua/create.lua). Estimates need no more precision, so no script computes them.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.jobs.estimates import FIELDS, Estimate, Facts, Fleet, Others, Queue, Rates, eta_s
from core.jobs.job import Job, State
from core.jobs.names import redis_key
from core.jobs.scripts import Client, Scripts, reachable
from core.jobs.task import Kind, Task
from core.jobs.view import Outlook

COUNT_S = 1  # seconds for which a count is valid
_BATCH = 500
_QUEUES: tuple[Queue, ...] = ("gpu", "cpu")
_LONG = (Kind.extend, Kind.finish)
_FIRST = (Kind.prepare, Kind.extend)  # first tasks of a job
_Line = list[tuple[str, int]]  # tenants, with the number of their waiting jobs


@dataclass(frozen=True)
class QueueStats:
    """Waiting chunks (in lanes and queues), chunks in flight, slots of live workers, and the age of the oldest chunk in
    the lanes in seconds. The `cpu_` fields count the tasks of the cpu queue."""

    depth: int
    in_flight: int
    gpu_slots: int
    cpu_slots: int
    oldest_ready_age_s: float
    cpu_depth: int
    cpu_in_flight: int
    cpu_oldest_age_s: float


class Backlog:
    """All operations raise StoreUnavailable when Redis cannot be used."""

    def __init__(self, scripts: Scripts, max_duration_s: float, survey_s: float = 0.0) -> None:
        """Recordings count as at most `max_duration_s` long, whatever their header claims. Outlooks use a survey of the
        service that is renewed after `survey_s`."""
        self._run = scripts
        self._max_duration_s = max_duration_s
        self._survey_s = survey_s
        self._surveyed: tuple[float, _Survey] | None = None
        self._renewing = threading.Lock()

    @property
    def _client(self) -> Client:
        return self._run.client

    def stats(self) -> QueueStats:
        waiting, released, leased, gpu, cpu, age, *of_cpu = self._run("stats")
        cpu_depth, cpu_in_flight, cpu_age = of_cpu
        return QueueStats(waiting + released, leased, gpu, cpu, float(age), cpu_depth, cpu_in_flight, float(cpu_age))

    def count(self) -> None:
        """Sum the remaining cost of all live jobs, at most once per COUNT_S. A job accepted at the same moment may be
        missing until the next count."""
        with reachable():
            if not self._client.set(redis_key("counted"), 1, nx=True, ex=COUNT_S):
                return
            job_ids: Any = self._client.smembers(redis_key("live"))
        rates, total = self._snapshot().rates, dict.fromkeys(_QUEUES, 0.0)
        for facts in self._facts(list(job_ids)):
            if facts is not None:
                estimate = Estimate(facts, rates, self._max_duration_s)
                for queue in _QUEUES:
                    total[queue] += estimate.load(queue)
        with reachable():
            if job_ids:
                self._client.hset(redis_key("backlog"), mapping={queue: repr(total[queue]) for queue in _QUEUES})
            else:
                self._client.delete(redis_key("backlog"))

    def wait_s(self) -> float:
        """Estimated seconds until the live workers finish all accepted jobs, by measured rates. Unmeasured kinds count
        as 0."""
        with reachable():
            # The API calls this before it accepts a recording: see worker/chores.py.
            self._client.set(redis_key("born"), repr(self._run.now()), nx=True)
        snapshot = self._snapshot()
        gpu, cpu = (
            snapshot.load["gpu"] / max(1, snapshot.fleet.engines),
            snapshot.load["cpu"] / max(1, snapshot.fleet.work_slots),
        )
        return max(gpu, cpu)

    def cost(self, job: Job) -> dict[Queue, float]:
        """Estimated seconds that a new job costs each queue."""
        estimate = Estimate(Facts.of(job), self._snapshot().rates, self._max_duration_s)
        return {queue: estimate.load(queue) for queue in _QUEUES}

    def shares(self, job: Job) -> tuple[float, float]:
        """Shares of preparing and of separating in the whole cost of a new job."""
        snapshot = self._snapshot()
        engines = snapshot.fleet.by_model.get(job.model.key, 0)
        return Estimate(Facts.of(job), snapshot.rates, self._max_duration_s).shares(engines)

    def outlooks(self, jobs: Sequence[Job]) -> list[Outlook]:
        """The outlook of each job."""
        if not jobs:
            return []
        survey = self._survey()
        snapshot, outlooks = survey.snapshot, []
        for job in jobs:
            others = [seconds for job_id, seconds in survey.in_flight if job_id != job.id]
            estimate = Estimate(Facts.of(job), snapshot.rates, self._max_duration_s)
            eta = eta_s(
                estimate, snapshot.fleet, Others(snapshot.live, snapshot.load, len(others), sum(others)), snapshot.now
            )
            outlooks.append(Outlook(position=self._position(job, survey.lines), eta_s=eta))
        return outlooks

    def _survey(self) -> "_Survey":
        """The state of the service, cached because many clients poll in the same second. While a thread renews it,
        others use the last one."""
        kept, cached = self._surveyed, self._survey_s > 0
        if kept and cached and (self._renewing.locked() or time.monotonic() - kept[0] < self._survey_s):
            return kept[1]
        with self._renewing:
            now, snapshot = time.monotonic(), self._snapshot()
            survey = _Survey(snapshot, self._in_flight(snapshot), self._lines())
            self._surveyed = (now, survey)
        return survey

    def _lines(self) -> dict[Kind, _Line]:
        """The tenants whose jobs wait for their first task, in the order of their turns, with the number of those
        jobs."""
        with reachable(), self._client.pipeline(transaction=False) as pipeline:
            for kind in _FIRST:
                pipeline.zrange(redis_key("lane", kind), 0, -1)
            tenants: list[list[str]] = pipeline.execute()
            for kind, names in zip(_FIRST, tenants, strict=True):
                for tenant in names:
                    pipeline.zcard(redis_key("lane_jobs", kind, tenant))
            counts = iter(pipeline.execute())
        return {kind: [(name, next(counts)) for name in names] for kind, names in zip(_FIRST, tenants, strict=True)}

    def _position(self, job: Job, lines: dict[Kind, _Line]) -> int | None:
        """The number of jobs that lua/release.lua takes before this one: each tenant has one turn per round."""
        if job.state is not State.queued:
            return None
        kind, member = job.first_kind, Task(kind=job.first_kind, job_id=job.id).member
        with reachable(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.zrank(redis_key("released", kind), member)
            pipeline.zrank(redis_key("lane_jobs", kind, job.tenant), job.id)
            pipeline.zcard(redis_key("released", kind))
            sent, rank, out = pipeline.execute()
        if sent is not None or rank is None:
            return None if sent is None else int(sent)
        line = lines[kind]
        turns = [tenant for tenant, _ in line]
        ahead, turn = int(out) + int(rank), turns.index(job.tenant) if job.tenant in turns else len(turns)
        for place, (tenant, waiting) in enumerate(line):
            if tenant != job.tenant:
                ahead += min(waiting, rank + 1 if place < turn else rank)
        return ahead

    def _in_flight(self, snapshot: "_Snapshot") -> list[tuple[str, float]]:
        """The long tasks in flight on the cpu queue: their jobs, and the seconds until they free their slots."""
        in_flight = []
        for task, facts in zip(snapshot.leased, self._facts([task.job_id for task in snapshot.leased]), strict=True):
            if facts is not None:
                estimate = Estimate(facts, snapshot.rates, self._max_duration_s)
                left = estimate.slice_left if task.kind is Kind.extend else estimate.finish_left(snapshot.now)
                in_flight.append((task.job_id, left))
        return in_flight

    def _facts(self, job_ids: list[str]) -> list[Facts | None]:
        """Facts of each job; None for jobs without a record."""
        facts: list[Facts | None] = []
        for first in range(0, len(job_ids), _BATCH):
            with reachable(), self._client.pipeline(transaction=False) as pipeline:
                for job_id in job_ids[first : first + _BATCH]:
                    pipeline.hmget(redis_key("job", job_id), FIELDS)
                facts += [Facts.read(values) for values in pipeline.execute()]
        return facts

    def _snapshot(self) -> "_Snapshot":
        """The input of every estimate, read in one round trip."""
        now = self._run.now()
        with reachable(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(redis_key("rates"))
            pipeline.hmget(redis_key("backlog"), _QUEUES)
            pipeline.zrangebyscore(redis_key("workers"), f"({now!r}", "+inf")
            pipeline.hgetall(redis_key("slots", "gpu"))
            pipeline.hgetall(redis_key("slots", "cpu"))
            pipeline.hgetall(redis_key("worker_models"))
            pipeline.scard(redis_key("live"))
            for kind in _LONG:
                pipeline.zrange(redis_key("leases", kind), 0, -1)
            rates, load, alive, gpu, cpu, models, live, *leased = pipeline.execute()
        cpu_slots = sum(int(slots) for worker, slots in cpu.items() if worker in alive)
        return _Snapshot(
            now=now,
            rates=Rates(rates),
            load={queue: max(0.0, float(value or 0)) for queue, value in zip(_QUEUES, load, strict=True)},
            fleet=Fleet(Counter(models.get(worker, "") for worker in gpu if worker in alive), cpu_slots),
            live=int(live),
            leased=[Task.parse(member) for members in leased for member in members],
        )


@dataclass(frozen=True)
class _Snapshot:
    """The service at one moment: measured rates, remaining cost of all live jobs per queue in seconds, live workers,
    number of live jobs, and long tasks in flight on the cpu queue."""

    now: float
    rates: Rates
    load: dict[Queue, float]
    fleet: Fleet
    live: int
    leased: list[Task]


@dataclass(frozen=True)
class _Survey:
    """The input of the outlooks of all jobs."""

    snapshot: _Snapshot
    in_flight: list[tuple[str, float]]
    lines: dict[Kind, _Line]
