"""Perceptual and vocal metrics by third-party packages (extras `evaluation` and `evaluation-voice`).

All take float arrays `[C, n]` or `[n]` of equal shape and use the mono mean. None: undefined for this pair.
"""

import importlib
import importlib.metadata
import importlib.util
import sys
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import soxr
from numpy.typing import ArrayLike

from lab.evaluation.metrics import is_silent
from lab.evaluation.spectra import Floats

PESQ_RATE = 16000
PESQ_WINDOW_S = 10  # PESQ is defined for phrases, and its C code supports a limited number of them
PITCH_RATE = 16000
PITCH_HOP_MS = 10.0
PITCH_RANGE = (65.0, 1100.0)  # Hz: a low bass to a high soprano


def installed(package: str) -> bool:
    """Whether `package` is installed. pesq and pyworld are optional, because they need a C compiler."""
    return importlib.util.find_spec(package) is not None


def _at(signal: ArrayLike, rate: int, new_rate: int) -> Floats:
    mono = np.atleast_2d(np.asarray(signal, dtype=np.float64)).mean(axis=0)
    return np.asarray(soxr.resample(mono, rate, new_rate), dtype=np.float64)


def pesq(reference: ArrayLike, estimate: ArrayLike, rate: int) -> float | None:
    """Wide-band PESQ (ITU-T P.862.2) at 16 kHz, 1 to 4.6, mean over windows of 10 s that contain voice.

    PESQ is designed for telephone speech and rates generated voices low even if listeners like them.
    """
    from pesq import PesqError
    from pesq import pesq as measure

    true, guess = _at(reference, rate, PESQ_RATE), _at(estimate, rate, PESQ_RATE)
    window = PESQ_WINDOW_S * PESQ_RATE
    scores = []
    for start in range(0, len(true), window):
        part, other = true[start : start + window], guess[start : start + window]
        if len(part) < PESQ_RATE // 2 or is_silent(part) or is_silent(other):
            continue
        score = measure(PESQ_RATE, part, other, "wb", on_error=PesqError.RETURN_VALUES)
        if score > 0:
            scores.append(score)
    return float(np.mean(scores)) if scores else None


def stoi(reference: ArrayLike, estimate: ArrayLike, rate: int) -> float | None:
    """Short-time objective intelligibility (Taal et al. 2011), 0 to 1; None if too little of the voice is audible."""
    from pystoi import stoi as measure

    if is_silent(reference) or is_silent(estimate):
        return None
    true, guess = _at(reference, rate, 10000), _at(estimate, rate, 10000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(measure(true, guess, 10000))
        except RuntimeWarning:  # fewer than 30 frames with speech
            return None


@dataclass(frozen=True)
class PitchErrors:
    """cents: median deviation where both are voiced; voicing: share of frames (0 to 1) voiced in only one."""

    cents: float | None
    voicing: float | None


def world() -> Any:
    """The package pyworld, imported with a stand-in for pkg_resources, which setuptools 81 removed.

    pyworld reads only its version from it.
    """
    if "pyworld" in sys.modules or "pkg_resources" in sys.modules:
        return importlib.import_module("pyworld")
    stand_in = ModuleType("pkg_resources")
    stand_in.get_distribution = importlib.metadata.distribution  # type: ignore[attr-defined]
    sys.modules["pkg_resources"] = stand_in
    try:
        return importlib.import_module("pyworld")
    finally:
        del sys.modules["pkg_resources"]


def pitch(signal: ArrayLike, rate: int) -> Floats:
    """F0 `[frames]` in Hz every 10 ms by WORLD's Harvest, 0 if unvoiced, of `[C, n]` or `[n]`."""
    mono = _at(signal, rate, PITCH_RATE)
    low, high = PITCH_RANGE
    f0, _ = world().harvest(mono, PITCH_RATE, f0_floor=low, f0_ceil=high, frame_period=PITCH_HOP_MS)
    return np.asarray(f0, dtype=np.float64)


def pitch_errors(reference_f0: Floats, estimate_f0: Floats) -> PitchErrors:
    """Compare two pitch tracks by `pitch`; both errors are None if the reference is never voiced."""
    true, guess = reference_f0 > 0, estimate_f0 > 0
    if not true.any():
        return PitchErrors(None, None)
    both = true & guess
    voicing = float(np.mean(true != guess))
    if not both.any():
        return PitchErrors(None, voicing)
    cents = 1200 * np.abs(np.log2(estimate_f0[both] / reference_f0[both]))
    return PitchErrors(float(np.median(cents)), voicing)
