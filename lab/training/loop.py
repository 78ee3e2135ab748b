"""The training loop with logging, checks and resumption.

A step depends only on the weights, the optimiser's state and the step number: data are drawn by number
(lab.training.loader), noise from a generator seeded with (seed, step, process). The state file therefore contains no
random state, and a run that was killed and resumed equals an uninterrupted one; on a CPU bit for bit.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from lab.training import ranks
from lab.training.curve import Curve

STATE = "state.pt"


class Trainer(Protocol):
    """Interface of a training that the loop runs."""

    device: torch.device

    def step(self, number: int) -> dict[str, Tensor]:
        """Optimisation step 1, 2, ...; returns scalars for the curve."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: tensors, numbers, strings, and lists and dicts of these."""

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""


@dataclass(frozen=True)
class Pace:
    """Intervals in steps between points of the curve, state files and checks.

    deadline: value of time.monotonic() at which to stop (None: never); a point in time because all parts share it.
    """

    log: int = 50
    save: int = 100
    check: int = 500
    deadline: float | None = None


@dataclass
class Progress:
    """Progress of a training, stored in the state file with the trainer's state.

    seconds: training time; best: highest score so far; sums: of the scalars since the last point of the curve.
    """

    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    sums: dict[str, float] = field(default_factory=dict)


# Called at a check with (progress, curve); returns a score, or None if the training is not scored.
Check = Callable[[Progress, Curve], float | None]


def run_loop(trainer: Trainer, steps: int, seed: int, folder: Path, part: str, pace: Pace, check: Check) -> bool:
    """Train from FOLDER/PART/state.pt, if it exists, to step `steps`; False if the deadline passed before.

    `check` runs in the first process only; `Progress.best` is updated after it returns.
    """
    place = folder / part / STATE
    progress = restore(trainer, place)
    first = ranks.rank() == 0
    curve = Curve(folder, part, progress.step) if first else None
    started, earlier = time.monotonic(), progress.seconds
    while progress.step < steps:
        progress.step += 1
        torch.manual_seed(_seed(seed, progress.step))
        for name, value in trainer.step(progress.step).items():
            progress.sums[name] = progress.sums.get(name, 0.0) + float(value.detach())
        progress.seconds = earlier + time.monotonic() - started
        last = progress.step == steps
        if curve and progress.step % pace.log == 0:
            _log(curve, progress, pace.log, steps)
        checked = last or progress.step % pace.check == 0
        if curve and checked:
            score = check(progress, curve)
            if score is not None:
                progress.best = score if progress.best is None else max(progress.best, score)
        due = progress.step % pace.log == 0 and pace.deadline is not None and time.monotonic() >= pace.deadline
        stop = ranks.any_of(due, trainer.device) if pace.deadline is not None else False
        if curve and (last or stop or progress.step % pace.save == 0):
            # A finished part needs no trainer state: its result is saved by `check`.
            save(place, progress, {} if last else trainer.state())
        if stop and not last:
            break
    if curve:
        curve.close()
    ranks.wait()
    return progress.step >= steps


def restore(trainer: Trainer | None, place: Path) -> Progress:
    """Restore the trainer from a state file and return its progress; a new `Progress` if there is no file."""
    if not place.exists():
        return Progress()
    kept = torch.load(place, map_location="cpu", weights_only=True)
    if trainer is not None and kept["trainer"]:
        trainer.restore(kept["trainer"])
    return Progress(**kept["progress"])


def save(place: Path, progress: Progress, state: dict[str, Any]) -> None:
    """Write the state file atomically."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    torch.save({"progress": vars(progress), "trainer": state}, fresh)
    fresh.replace(place)


def _seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence((seed, step, ranks.rank())).generate_state(1)[0])


def _log(curve: Curve, progress: Progress, every: int, steps: int) -> None:
    means = {name: total / every for name, total in progress.sums.items()}
    progress.sums = {}
    curve.add(progress.step, {**means, "seconds": progress.seconds})
    shown = " ".join(f"{name} {value:.4f}" for name, value in means.items())
    print(f"{curve.part} {progress.step}/{steps} {shown} {progress.seconds:.0f} s", flush=True)
