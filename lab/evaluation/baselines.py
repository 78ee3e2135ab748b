"""Baselines for evaluation: an oracle mask, and a method without training.

Each returns an estimate of the voice `[C, n]`; the instrumental is the mixture minus the voice.
"""

import numpy as np

from core.audio.types import Wav
from lab.evaluation.datasets import Clip
from lab.evaluation.spectra import Floats, istft, stft

WINDOW, HOP = 2048, 1024  # as in SiSEC's oracle
REPET_WINDOW_S = 0.04  # settings of Rafii and Pardo (2012)
SIMILAR_FRAMES = 100
SIMILAR_APART_S = 1.0
HIGH_PASS_HZ = 100.0
BLOCK = 512  # frames compared at once, to bound memory on full songs


def ideal_ratio_mask(clip: Clip) -> Wav:
    """The oracle IRM1 of SiSEC 2018: |V| / (|V| + |A|) of the true sources, on each channel of the mixture."""
    samples = clip.mixture.shape[1]
    if clip.vocals is None:
        return np.zeros_like(clip.mixture)
    voice = np.abs(stft(clip.vocals.astype(np.float64), WINDOW, HOP))
    rest = np.abs(stft(clip.accompaniment.astype(np.float64), WINDOW, HOP))
    mixed = stft(clip.mixture.astype(np.float64), WINDOW, HOP)
    return istft(mixed * voice / np.maximum(voice + rest, 1e-12), samples, WINDOW, HOP).astype(np.float32)


def repet_sim(mixture: Wav, rate: int) -> Wav:
    """REPET-SIM (Rafii and Pardo 2012) of `[C, n]`: repeating frames are accompaniment, the residual is voice.

    The median over each frame's most similar frames models the repeating background. The voice is the excess over it,
    above 100 Hz.
    """
    length = 1 << round(np.log2(REPET_WINDOW_S * rate))
    hop = length // 2
    mixed = stft(mixture.astype(np.float64), length, hop)
    magnitude = np.abs(mixed)
    apart = max(1, round(SIMILAR_APART_S * rate / hop))
    background = _repeating(magnitude, apart)
    mask = 1.0 - np.minimum(background, magnitude) / np.maximum(magnitude, 1e-12)
    mask[..., np.fft.rfftfreq(length, 1 / rate) < HIGH_PASS_HZ] = 0.0
    return istft(mixed * mask, mixture.shape[1], length, hop).astype(np.float32)


def _repeating(magnitude: Floats, apart: int) -> Floats:
    """Median `[C, F, bins]` over the most similar frames of each frame, which are at least `apart` frames apart."""
    mono = magnitude.mean(axis=0)
    unit = mono / np.maximum(np.linalg.norm(mono, axis=1, keepdims=True), 1e-12)
    background = np.empty_like(magnitude)
    for first in range(0, len(mono), BLOCK):
        similarity = unit[first : first + BLOCK] @ unit.T
        for offset, row in enumerate(similarity):
            chosen = _peaks(row, apart)
            background[:, first + offset] = np.median(magnitude[:, chosen], axis=1)
    return background


def _peaks(similarity: Floats, apart: int) -> list[int]:
    """At most `SIMILAR_FRAMES` frames by decreasing similarity, at least `apart` from all earlier choices."""
    free = np.ones(len(similarity), dtype=bool)
    chosen: list[int] = []
    for index in np.argsort(similarity)[::-1]:
        if free[index]:
            chosen.append(int(index))
            if len(chosen) == SIMILAR_FRAMES:
                break
            free[max(0, index - apart + 1) : index + apart] = False
    return chosen
