"""Simulation of the gpu queue: songs arrive in bursts, their chunks go round-robin over songs to workers, and an
autoscaler adds and removes workers by the rules of deploy/k8s/base/scaling.yaml.

A worker is one server that takes `chunk_s` per chunk, whatever its batch: a batch of b chunks counts as b chunks in a
row. So throughput is right, but a single chunk on an idle GPU takes longer than stated. Earlier (prepare) and later
tasks (publish, finish) run on the cpu queue, which is assumed to be large enough. Times are in seconds.
"""

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray

CHUNK_S, STRIDE_S = 1024 / 75, 960 / 75  # of audio: docs/architecture.md
MEDIAN_SONG_S, SONG_SIGMA, LEAST_SONG_S, LONGEST_SONG_S = 215.0, 0.35, 30.0, 900.0
WARM_UP = 1 / 3  # share of the time: songs that arrive in it are not counted
PATIENCE_S = 3600.0  # after the last song; chunks not done by then count as never done

Steps = Generator[simpy.Event, None, None]


@dataclass(frozen=True)
class Load:
    """`songs_per_hour` is the mean; within bursts, which last `burst_s` in every `period_s`, the rate is `burst` times
    that outside."""

    songs_per_hour: float
    hours: float = 3.0
    burst: float = 3.0
    burst_s: float = 300.0
    period_s: float = 1800.0

    def arrivals(self, rng: np.random.Generator) -> list[float]:
        """Arrival times of songs in order: a Poisson process of that rate."""
        share = self.burst_s / self.period_s
        quiet = self.songs_per_hour / 3600 / (1 + (self.burst - 1) * share)
        times: list[float] = []
        for begin in np.arange(0.0, self.hours * 3600, self.period_s):
            # The burst is in the middle, so that the time before it shows the usual state.
            edges = begin + np.array([0.0, (self.period_s - self.burst_s) / 2, (self.period_s + self.burst_s) / 2])
            lengths = (edges[1] - begin, self.burst_s, (self.period_s - self.burst_s) / 2)
            for edge, length, rate in zip(edges, lengths, (quiet, self.burst * quiet, quiet), strict=True):
                times += sorted(edge + length * rng.random(rng.poisson(rate * length)))
        return times


@dataclass(frozen=True)
class Fleet:
    """`chunk_s`: seconds per chunk of a worker. Without `lag_s` there are always `least` workers; with it up to `most`,
    each of which starts `lag_s` after its request. `slots`: tasks per requested worker."""

    chunk_s: float
    least: int
    most: int = 0
    lag_s: float | None = None
    slots: int = 16
    poll_s: float = 10.0
    down_after_s: float = 300.0
    down_every_s: float = 60.0
    down_share: float = 0.1


@dataclass
class Song:
    came: float
    chunks: int
    started: int = 0
    done: int = 0
    first_task: float = math.nan
    first_piece: float = math.nan
    over: float = math.nan


@dataclass(frozen=True)
class Outcome:
    """Results after WARM_UP. Waits are inf if some songs were never served."""

    songs: int
    first_task_mean: float
    first_task_p95: float
    first_piece_p95: float
    whole_p95: float
    workers_mean: float
    workers_most: int
    busy: float


def simulate(load: Load, fleet: Fleet, seed: int = 0) -> Outcome:
    rng = np.random.default_rng(seed)
    came = load.arrivals(rng)
    seconds = np.clip(rng.lognormal(math.log(MEDIAN_SONG_S), SONG_SIGMA, len(came)), LEAST_SONG_S, LONGEST_SONG_S)
    songs = [Song(at, chunks_of(length)) for at, length in zip(came, seconds, strict=True)]
    env = simpy.Environment()
    station = _Station(env, fleet)
    env.process(station.arrive(songs))
    if fleet.lag_s is not None:
        env.process(station.scale(fleet.lag_s))
    horizon = load.hours * 3600
    env.run(until=WARM_UP * horizon)
    before = np.array([station.worker_s(), station.busy_s])
    env.run(until=horizon)
    worker_s, busy_s = np.array([station.worker_s(), station.busy_s]) - before
    env.run(until=horizon + PATIENCE_S)
    counted = [song for song in songs if song.came >= WARM_UP * horizon]

    started, first_audio, over = (
        np.array([getattr(song, moment) - song.came for song in counted])
        for moment in ("first_task", "first_piece", "over")
    )
    return Outcome(
        len(counted),
        float(np.mean(started)) if len(started) else math.nan,
        _p95(started),
        _p95(first_audio),
        _p95(over),
        float(worker_s / (horizon - WARM_UP * horizon)),
        station.most_seen,
        float(busy_s / worker_s) if worker_s else 0.0,
    )


def _p95(waits: NDArray[np.float64]) -> float:
    """NaN, an event that never happened, counts as longest."""
    return float(np.quantile(np.nan_to_num(waits, nan=math.inf), 0.95, method="higher")) if len(waits) else math.nan


def chunks_of(seconds: float) -> int:
    """Number of chunks of a song of so many seconds."""
    return 1 + max(0, math.ceil((seconds - CHUNK_S) / STRIDE_S))


@dataclass
class _Station:
    env: simpy.Environment
    fleet: Fleet
    turn: deque[Song] = field(default_factory=deque)  # songs with unclaimed chunks
    idle: deque[simpy.Event] = field(default_factory=deque)
    queued: int = 0
    in_flight: int = 0
    workers: int = 0
    ordered: int = 0  # requested workers, alive or starting
    leaving: int = 0
    most_seen: int = 0
    busy_s: float = 0.0
    _paid_s: float = 0.0
    _since: float = 0.0

    def __post_init__(self) -> None:
        for _ in range(self.fleet.least):
            self.env.process(self.work(0.0))

    def arrive(self, songs: list[Song]) -> Steps:
        for song in songs:
            yield self.env.timeout(song.came - self.env.now)
            self.turn.append(song)
            self.queued += song.chunks
            for _ in range(min(len(self.idle), song.chunks)):
                self.idle.popleft().succeed()

    def work(self, lag_s: float) -> Steps:
        self.ordered += 1
        if lag_s:
            yield self.env.timeout(lag_s)
        self._count(1)
        while not self.leaving:
            if not self.turn:
                wake = self.env.event()
                self.idle.append(wake)
                yield wake
                continue
            song = self.turn.popleft()
            if not song.started:
                song.first_task = self.env.now
            song.started += 1
            if song.started < song.chunks:
                self.turn.append(song)  # round-robin
            self.queued, self.in_flight = self.queued - 1, self.in_flight + 1
            yield self.env.timeout(self.fleet.chunk_s)
            self.busy_s += self.fleet.chunk_s
            self.in_flight -= 1
            song.done += 1
            if song.done == 1:
                song.first_piece = self.env.now
            if song.done == song.chunks:
                song.over = self.env.now
        self.leaving -= 1
        self.ordered -= 1
        self._count(-1)

    def scale(self, lag_s: float) -> Steps:
        """KEDA's rule: tasks over slots; up at once, at most doubling (or 4) in 15 s; down by a tenth (or 1) per
        minute, to no less than the maximum demand of the last `down_after_s`."""
        fleet, wanted_lately, up_at, down_at = self.fleet, deque[tuple[float, int]](), -math.inf, -math.inf
        while True:
            yield self.env.timeout(fleet.poll_s)
            now = self.env.now
            wanted = min(max(math.ceil((self.queued + self.in_flight) / fleet.slots), fleet.least), fleet.most)
            wanted_lately.append((now, wanted))
            while wanted_lately[0][0] < now - fleet.down_after_s:
                wanted_lately.popleft()
            there = self.ordered - self.leaving
            if wanted > there and now - up_at >= 15:
                up_at = now
                for _ in range(min(wanted - there, max(there, 4))):
                    self.env.process(self.work(lag_s))
            elif (
                spare := there - max(count for _, count in wanted_lately)
            ) > 0 and now - down_at >= fleet.down_every_s:
                down_at = now
                going = min(spare, max(1, int(fleet.down_share * there)))
                self.leaving += going
                for _ in range(min(going, len(self.idle))):
                    self.idle.popleft().succeed()

    def worker_s(self) -> float:
        """Worker seconds so far."""
        self._count(0)
        return self._paid_s

    def _count(self, change: int) -> None:
        self._paid_s += self.workers * (self.env.now - self._since)
        self._since = self.env.now
        self.workers += change
        self.most_seen = max(self.most_seen, self.workers)
