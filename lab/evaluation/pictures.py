"""Spectrogram pictures."""

from pathlib import Path

import numpy as np

from core.audio.resample import resample
from core.audio.types import Wav
from lab.evaluation.metrics import RANGE_DB
from lab.evaluation.spectra import mel_filters, power

RATE, LENGTH, BANDS = 24000, 2048, 128
WIDTH = 900  # pixels at most


def spectrogram(path: Path, wav: Wav, rate: int, loudest: float) -> None:
    """Write the spectrogram of `[C, n]` as a PNG, on the mel scale to 12 kHz, 80 dB down from `loudest` (mel power)."""
    from matplotlib import image

    decibels = 10 * np.log10(np.maximum(_mel(wav, rate), 1e-20) / max(loudest, 1e-20))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.imsave(path, decibels.T[::-1], cmap="magma", vmin=-RANGE_DB, vmax=0.0)


def loudest_bin(wav: Wav, rate: int) -> float:
    """The largest mel power of `[C, n]`, the common reference of pictures to compare."""
    return float(_mel(wav, rate).max())


def _mel(wav: Wav, rate: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    mono = resample(wav.mean(axis=0, keepdims=True), rate, RATE)[0].astype(np.float64)
    hop = max(LENGTH // 8, -(-len(mono) // WIDTH))
    return np.asarray(power(mono, LENGTH, hop) @ mel_filters(RATE, LENGTH, BANDS).T)
