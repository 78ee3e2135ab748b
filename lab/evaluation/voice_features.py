"""Fixed features of a second of a voice, for distances between sets of voices: statistics of its log-mel spectrum.

Nothing in them is trained, so they are the same for every system and every model. `lab/notes/0030-perception.md` says
why they stand in the place of VGGish, CLAP or MERT.
"""

import numpy as np
import soxr
from numpy.typing import ArrayLike, NDArray

from lab.evaluation.metrics import mono_mean
from lab.evaluation.spectra import Floats, mel_filters, power

RATE = 24000  # Hz; clips at another rate are resampled, so that a band is the same band in every set
LENGTH, HOP, BANDS = 1024, 512, 32
PATCH, STEP = 47, 23  # frames: 1.0 s, every half second
RANGE_DB = 60.0  # below a clip's own loudest cell
SUNG_DB = -30.0  # of a patch, below the loudest one of the true voice
FEATURES = 4 * BANDS


def patches(signal: ArrayLike, rate: int) -> Floats:
    """Features `[N, 4 * BANDS]` in dB of `[C, n]` or `[n]` at `rate`, a row for each whole second, every half second.

    Of each mel band: the mean level, relative to the clip's own (a gain changes nothing); its standard deviation over
    time (holes, gates); the mean absolute change from frame to frame (musical noise); and the mean flatness, geometric
    over arithmetic mean of the bins (noise between harmonics).
    """
    spectrum = power(_at_rate(signal, rate), LENGTH, HOP)
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


def sung_patches(vocals: ArrayLike, rate: int) -> NDArray[np.bool_]:
    """`[N]`: the patches of `patches` in which the true voice is within 30 dB of its loudest one."""
    energy = power(_at_rate(vocals, rate), LENGTH, HOP).sum(axis=1)
    sums = np.array([energy[start : start + PATCH].sum() for start in _starts(len(energy))])
    return np.asarray(sums > sums.max(initial=0.0) * 10 ** (SUNG_DB / 10))


def _at_rate(signal: ArrayLike, rate: int) -> Floats:
    return np.asarray(soxr.resample(mono_mean(signal), rate, RATE), dtype=np.float64)


def _starts(frames: int) -> range:
    return range(0, frames - PATCH + 1, STEP)
