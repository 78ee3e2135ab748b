"""Metrics that stand on other people's models of hearing and of the voice. Packages of the `evaluation` extra.

All take float arrays `[C, n]` or `[n]` of equal shape and use their mono mean. None: no meaning for this pair.
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
PESQ_WINDOW_S = 10  # PESQ was made for phrases, and its C code for a bounded number of them
PITCH_RATE = 16000
PITCH_HOP_MS = 10.0
PITCH_RANGE = (65.0, 1100.0)  # Hz: a low bass to a high soprano


def installed(package: str) -> bool:
    """Whether `package` is there. pesq and pyworld come as source only: without a C compiler they are left out."""
    return importlib.util.find_spec(package) is not None


def _at(signal: ArrayLike, rate: int, wanted: int) -> Floats:
    mono = np.atleast_2d(np.asarray(signal, dtype=np.float64)).mean(axis=0)
    return np.asarray(soxr.resample(mono, rate, wanted), dtype=np.float64)


def pesq(reference: ArrayLike, estimate: ArrayLike, rate: int) -> float | None:
    """Wide-band PESQ (ITU-T P.862.2) at 16 kHz, 1 to 4.6, mean over windows of 10 s in which there is a voice.

    Made for telephone speech: low for generated voices even where listeners like them.
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
    """Short-time objective intelligibility (Taal et al. 2011), 0 to 1. None where too little of the voice sounds."""
    from pystoi import stoi as measure

    if is_silent(reference) or is_silent(estimate):
        return None
    true, guess = _at(reference, rate, 10000), _at(estimate, rate, 10000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(measure(true, guess, 10000))
        except RuntimeWarning:  # its way of saying "fewer than 30 frames with speech"
            return None


@dataclass(frozen=True)
class PitchErrors:
    """`cents`: median deviation where both are voiced; `voicing`: share of frames (0 to 1) voiced in one of two."""

    cents: float | None
    voicing: float | None


def world() -> Any:
    """The package pyworld. It asks pkg_resources, which setuptools 81 removed, for its own version and nothing else:
    a stand-in that answers this is there while it is imported, and gone afterwards."""
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
    """F0 in Hz every 10 ms by WORLD's Harvest; 0 where unvoiced. `signal` `[C, n]` or `[n]`."""
    mono = _at(signal, rate, PITCH_RATE)
    low, high = PITCH_RANGE
    f0, _ = world().harvest(mono, PITCH_RATE, f0_floor=low, f0_ceil=high, frame_period=PITCH_HOP_MS)
    return np.asarray(f0, dtype=np.float64)


def pitch_errors(reference_f0: Floats, estimate_f0: Floats) -> PitchErrors:
    """Compares two pitch tracks of `pitch`; voicing is None where the reference is never voiced."""
    true, guess = reference_f0 > 0, estimate_f0 > 0
    if not true.any():
        return PitchErrors(None, None)
    both = true & guess
    voicing = float(np.mean(true != guess))
    if not both.any():
        return PitchErrors(None, voicing)
    cents = 1200 * np.abs(np.log2(estimate_f0[both] / reference_f0[both]))
    return PitchErrors(float(np.median(cents)), voicing)
