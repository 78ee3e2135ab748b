"""The waveform of a song: two bytes per 40 ms of each stem, small enough to load before playback.

A row has (peak, RMS) of every stem, in the order of the job's `options.stems`; rows are consecutive from the song's
start, so pieces are joined by concatenating their rows. Both values are square roots of amplitudes, times 255, so that
quiet vocals are visible.
"""

from collections.abc import Sequence

import numpy as np

from core.audio.playlist import BINS_PER_S
from core.audio.types import Wav


def peak_rows(stems: Sequence[Wav], rate: int, final: bool) -> bytes:
    """The rows of one piece, `[C, n]` of each stem at `rate`. Only the `final` piece may end inside a bin."""
    bins = stems[0].shape[1] / rate * BINS_PER_S
    count = max(1, int(np.ceil(bins - 1e-6)) if final else round(bins))
    return np.concatenate([_columns(wav, rate, count) for wav in stems], axis=1).tobytes()


def _columns(wav: Wav, rate: int, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """`[count, 2]`."""
    edges = (np.arange(count) * rate / BINS_PER_S).astype(int)
    sizes = np.diff([*edges, wav.shape[1]])
    peak = np.maximum.reduceat(np.abs(wav).max(0), edges)
    power = np.add.reduceat(np.square(wav, dtype=np.float64).mean(0), edges) / np.maximum(sizes, 1)
    return np.rint(255 * np.sqrt(np.clip(np.stack([peak, np.sqrt(power)], axis=1), 0, 1))).astype(np.uint8)
