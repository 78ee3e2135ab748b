"""Medians with bootstrap intervals, paired tests, and Holm's correction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import wilcoxon

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A median over `n` clips with its 95 % bootstrap interval `[low, high]`."""

    median: float
    low: float
    high: float
    n: int


def median_interval(values: Sequence[float | None], seed: int = 0) -> Interval | None:
    """Percentile bootstrap of the median over clips with a value; None if there are none.

    The interval estimates the variation over other clips of the same kind. With few clips it is too narrow; with one
    clip it has no width.
    """
    finite = np.array([value for value in values if value is not None], dtype=np.float64)
    if finite.size == 0:
        return None
    picks = np.random.default_rng(seed).integers(0, finite.size, (RESAMPLES, finite.size))
    medians = np.median(finite[picks], axis=1)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(medians, [tail, 100 - tail])
    return Interval(float(np.median(finite)), float(low), float(high), int(finite.size))


@dataclass(frozen=True)
class Paired:
    """Two systems on the same clips: median difference (first - second), two-sided Wilcoxon p, number of pairs."""

    difference: float
    p: float
    n: int


def paired_wilcoxon(first: Sequence[float | None], second: Sequence[float | None]) -> Paired | None:
    """Wilcoxon signed-rank test over the clips for which both have a value; None if there are none."""
    pairs = np.array(
        [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None], dtype=np.float64
    ).reshape(-1, 2)
    if len(pairs) == 0:
        return None
    differences = pairs[:, 0] - pairs[:, 1]
    p = float(wilcoxon(differences).pvalue) if np.any(differences) else 1.0
    return Paired(float(np.median(differences)), p, len(pairs))


def holm(p_values: ArrayLike) -> list[float]:
    """p values adjusted by Holm's step-down correction for a family of tests, in the given order."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, stepped)
    return [float(value) for value in adjusted]
