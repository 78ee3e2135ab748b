"""Integrated loudness by ITU-R BS.1770-4, and matching to it."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import lfilter

from core.evaluation.spectra import Floats

BLOCK_S, STEP_S = 0.4, 0.1
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU below the mean of what passed the absolute gate


def _shelf(rate: int) -> tuple[Floats, Floats]:
    """The standard's head filter: +4 dB above 1.68 kHz, designed anew for each rate."""
    k = np.tan(np.pi * 1681.974450955533 / rate)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    norm = 1 + k / q + k * k
    b = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / norm
    return b, np.array([1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm])


def _high_pass(rate: int) -> tuple[Floats, Floats]:
    """The standard's RLB filter: high-pass at 38 Hz."""
    k = np.tan(np.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    norm = 1 + k / q + k * k
    return np.array([1.0, -2.0, 1.0]), np.array([1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm])


def loudness(wav: ArrayLike, rate: int) -> float | None:
    """Integrated loudness in LUFS of `[C, n]` (mono or stereo); None for silence or less than 0.4 s."""
    weighted = np.atleast_2d(np.asarray(wav, dtype=np.float64))
    for b, a in (_shelf(rate), _high_pass(rate)):
        weighted = lfilter(b, a, weighted, axis=-1)
    block, step = round(BLOCK_S * rate), round(STEP_S * rate)
    if weighted.shape[-1] < block:
        return None
    energy = np.concatenate([[0.0], np.cumsum((weighted**2).sum(axis=0))])
    starts = np.arange(0, weighted.shape[-1] - block + 1, step)
    power = (energy[starts + block] - energy[starts]) / block

    def lufs(mean: float) -> float:
        return float(-0.691 + 10 * np.log10(max(mean, 1e-20)))

    loud = power[-0.691 + 10 * np.log10(np.maximum(power, 1e-20)) > ABSOLUTE_GATE]
    if loud.size == 0:
        return None
    gate = 10 ** ((lufs(float(loud.mean())) + RELATIVE_GATE + 0.691) / 10)
    return lufs(float(loud[loud > gate].mean()))
