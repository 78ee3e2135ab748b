"""Features of one second of a voice, for distances between sets of voices: statistics of the log-mel spectrum.

They are not trained, so they do not favour any model. `lab/notes/0030-perception.md` compares them with VGGish, CLAP
and MERT.
"""

import numpy as np
import soxr
from numpy.typing import ArrayLike, NDArray

from lab.evaluation.metrics import mono_mean
from lab.evaluation.spectra import Floats, mel_filters, power

RATE = 24000  # Hz; clips at other rates are resampled, so that bands are the same in every set
LENGTH, HOP, BANDS = 1024, 512, 32
PATCH, STEP = 47, 23  # frames: 1.0 s, every half second
RANGE_DB = 60.0  # floor below the clip's loudest cell
SUNG_DB = -30.0  # level of a patch relative to the loudest one of the true voice, above which it is sung
FEATURES = 4 * BANDS


def spectrogram(signal: ArrayLike, rate: int) -> Floats:
    """Power `[frames, bins]` of the mono mean of `[C, n]` or `[n]`, resampled from `rate` to `RATE`."""
    return power(np.asarray(soxr.resample(mono_mean(signal), rate, RATE), dtype=np.float64), LENGTH, HOP)


def patches(spectrum: Floats) -> Floats:
    """Features `[N, 4 * BANDS]` in dB of a `spectrogram`, one row per second, every half second.

    Per mel band: mean level relative to the clip's level, so that gain has no effect; standard deviation over time
    (holes, gates); mean absolute change between frames (musical noise); mean flatness, the ratio of geometric and
    arithmetic mean over bins (noise between harmonics).
    """
    filters = mel_filters(RATE, LENGTH, BANDS)
    mel = spectrum @ filters.T
    floor = max(float(mel.max(initial=0.0)) * 10 ** (-RANGE_DB / 10), 1e-20)
    level = 10 * np.log10(max(float(mel.mean()), floor))
    loudness = 10 * np.log10(np.maximum(mel, floor))
    flatness = 10 * np.log10(np.maximum(spectrum, floor)) @ filters.T - loudness
    return np.array(
        [
            np.concatenate(
                [
                    part.mean(axis=0) - level,
                    part.std(axis=0),
                    np.abs(np.diff(part, axis=0)).mean(axis=0),
                    flatness[start : start + PATCH].mean(axis=0),
                ]
            )
            for start in _starts(len(mel))
            for part in [loudness[start : start + PATCH]]
        ]
    ).reshape(-1, FEATURES)


def sung_patches(spectrum: Floats) -> NDArray[np.bool_]:
    """`[N]`: the rows of `patches` in which a true voice is within 30 dB of its loudest second."""
    energy = spectrum.sum(axis=1)
    sums = np.array([energy[start : start + PATCH].sum() for start in _starts(len(energy))])
    return np.asarray(sums > sums.max(initial=0.0) * 10 ** (SUNG_DB / 10))


def _starts(frames: int) -> range:
    return range(0, frames - PATCH + 1, STEP)
