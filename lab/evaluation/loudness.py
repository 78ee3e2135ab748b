"""Integrated loudness by ITU-R BS.1770-4, as pyloudnorm computes it."""

import numpy as np
import pyloudnorm
from numpy.typing import ArrayLike

BLOCK_S = 0.4
FILTERS = "DeMan"  # the filters of the standard, designed for each sample rate


def loudness(wav: ArrayLike, rate: int) -> float | None:
    """Integrated loudness in LUFS of `[C, n]`, mono or stereo; None for silence or less than 0.4 s."""
    audio = np.atleast_2d(np.asarray(wav, dtype=np.float64))
    if audio.shape[-1] < BLOCK_S * rate:
        return None
    lufs = float(pyloudnorm.Meter(rate, filter_class=FILTERS, block_size=BLOCK_S).integrated_loudness(audio.T))
    return lufs if np.isfinite(lufs) else None
