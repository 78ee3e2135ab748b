"""Metrics of a pair of signals. All functions take float arrays `[C, n]` or `[n]` of equal shape.

Waveform metrics (dB, higher is better) use the clip's sample rate and all channels at once. Spectral distances (lower
is better) use the mono mean; `scores.py` passes signals at the model's rate, because a voice generated at 24 kHz is
empty above its band, which would dominate a logarithmic distance.

A metric that is undefined for a pair (such as SDR against silence) is None.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lab.evaluation.spectra import Floats, mel_filters, power

SILENT = 1e-4  # peak amplitude (-80 dBFS) below which a reference counts as silent
SDR_EPSILON = 1e-7  # as in the Sound Demixing Challenge
RANGE_DB = 80.0  # spectra are floored this far below the reference's loudest bin
EXACT_DB = -200.0  # null_error of an error of exactly zero
LEVEL_OCTAVES = (250, 500, 1000, 2000, 4000, 8000)
LOWEST_LEVEL_DB = -100.0
BLOCK_S = 0.1  # length of the blocks in which silence is detected


def _float(signal: ArrayLike) -> Floats:
    return np.atleast_2d(np.asarray(signal, dtype=np.float64))


def mono_mean(signal: ArrayLike) -> Floats:
    """The mean over channels `[n]` of `[C, n]` or `[n]`."""
    return np.asarray(_float(signal).mean(axis=0))


def is_silent(signal: ArrayLike) -> bool:
    """True if a signal never exceeds -80 dBFS."""
    array = np.asarray(signal)
    return array.size == 0 or float(np.abs(array).max()) < SILENT


def sdr(reference: ArrayLike, estimate: ArrayLike) -> float | None:
    """Signal to distortion ratio in dB over the whole utterance, as the Sound Demixing Challenge defines it.

    SDR = 10 log10((sum s^2 + e) / (sum (s - s_hat)^2 + e)), sums over samples and channels, e = 1e-7.
    """
    true, guess = _float(reference), _float(estimate)
    if is_silent(true):
        return None
    distortion = float(np.sum((true - guess) ** 2))
    return 10 * math.log10((float(np.sum(true**2)) + SDR_EPSILON) / (distortion + SDR_EPSILON))


def si_sdr(reference: ArrayLike, estimate: ArrayLike) -> float | None:
    """Scale-invariant SDR in dB (Le Roux et al. 2019, no mean removal); one scale for all channels."""
    true, guess = _float(reference), _float(estimate)
    if is_silent(true) or not np.any(guess):
        return None
    target = true * (np.sum(true * guess) / np.sum(true**2))
    signal, error = float(np.sum(target**2)), float(np.sum((guess - target) ** 2))
    return 10 * math.log10((signal + 1e-12) / (error + 1e-12))


def _log_power(reference: Floats, estimate: Floats) -> tuple[Floats, Floats]:
    """Both power spectrograms in dB, floored 80 dB below the reference's loudest bin."""
    true, guess = power(reference), power(estimate)
    floor = true.max() * 10 ** (-RANGE_DB / 10)
    return 10 * np.log10(np.maximum(true, floor)), 10 * np.log10(np.maximum(guess, floor))


def log_spectral_distance(reference: ArrayLike, estimate: ArrayLike) -> float | None:
    """LSD in dB: root mean square over bins of the log power difference, mean over frames (2048 samples, hop 512)."""
    if is_silent(reference):
        return None
    true, guess = _log_power(mono_mean(reference), mono_mean(estimate))
    return float(np.mean(np.sqrt(np.mean((true - guess) ** 2, axis=-1))))


def octave_edges(rate: int) -> list[tuple[int, int]]:
    """(low, high) in Hz of octaves from 125 Hz to half of `rate`; the last may be cut, to no less than a third."""
    top = rate // 2
    starts = [125 * 2**k for k in range(12) if 125 * 2**k * 1.26 <= top]
    return [(low, min(2 * low, top)) for low in starts]


def octave_distances(reference: ArrayLike, estimate: ArrayLike, rate: int) -> dict[str, float]:
    """LSD in dB of each octave, keyed `lsd_125` etc. by its lower edge in Hz; empty for a silent reference."""
    if is_silent(reference):
        return {}
    true, guess = _log_power(mono_mean(reference), mono_mean(estimate))
    bins = np.fft.rfftfreq(2048, 1 / rate)
    distances = {}
    for low, high in octave_edges(rate):
        band = (bins >= low) & (bins < high)
        squared = np.mean((true[:, band] - guess[:, band]) ** 2, axis=-1)
        distances[f"lsd_{low}"] = float(np.mean(np.sqrt(squared)))
    return distances


def level_error(reference: ArrayLike, estimate: ArrayLike) -> float | None:
    """Level of the estimate relative to the reference in dB, over all channels; at least -100."""
    true, guess = _float(reference), _float(estimate)
    if is_silent(true):
        return None
    return _level_difference(float(np.sum(true**2)), float(np.sum(guess**2)))


def octave_levels(reference: ArrayLike, estimate: ArrayLike, rate: int) -> dict[str, float]:
    """`level_error` of each octave from 250 Hz, keyed `level_250` etc. by its lower edge in Hz.

    Octaves with less than a millionth of the reference's energy are omitted.
    """
    true, guess = (np.sum(np.abs(np.fft.rfft(_float(wav))) ** 2, axis=0) for wav in (reference, estimate))
    hertz = np.fft.rfftfreq(_float(reference).shape[1], 1 / rate)
    levels = {}
    for low in LEVEL_OCTAVES:
        band = (hertz >= low) & (hertz < 2 * low)
        energy = float(true[band].sum())
        if not is_silent(reference) and 2 * low <= rate / 2 and energy > 1e-6 * float(true.sum()):
            levels[f"level_{low}"] = _level_difference(energy, float(guess[band].sum()))
    return levels


def _level_difference(reference: float, estimate: float) -> float:
    return max(LOWEST_LEVEL_DB, 10 * math.log10(max(estimate, 1e-30) / reference))


def mel_mae(reference: ArrayLike, estimate: ArrayLike, rate: int) -> float | None:
    """Mean absolute error in dB between 80-band mel power spectrograms, floored 80 dB below the reference's maximum."""
    if is_silent(reference):
        return None
    filters = mel_filters(rate)
    true, guess = power(mono_mean(reference)) @ filters.T, power(mono_mean(estimate)) @ filters.T
    floor = true.max() * 10 ** (-RANGE_DB / 10)
    return float(np.mean(np.abs(10 * np.log10(np.maximum(guess, floor) / np.maximum(true, floor)))))


def multi_resolution_stft(reference: ArrayLike, estimate: ArrayLike) -> float | None:
    """auraloss's multi-resolution STFT distance at its default resolutions: spectral convergence + log magnitude.

    Among simple metrics it correlates best with listeners for generative separation (Bereuter et al. 2025).
    """
    if is_silent(reference):
        return None
    import torch
    from auraloss.freq import MultiResolutionSTFTLoss

    def tensor(signal: ArrayLike) -> Any:
        return torch.from_numpy(mono_mean(signal).astype(np.float32))[None, None]

    with torch.no_grad():
        return float(MultiResolutionSTFTLoss()(tensor(estimate), tensor(reference)))


def _block_energy(signal: Floats, rate: int) -> Floats:
    """Energy `[blocks]` of `[C, n]` in blocks of 0.1 s, without an incomplete last block."""
    size = max(1, round(BLOCK_S * rate))
    count = signal.shape[-1] // size
    return np.asarray((signal[:, : count * size].reshape(len(signal), count, size) ** 2).sum(axis=(0, 2)))


def silent_blocks(reference: ArrayLike, rate: int) -> NDArray[np.bool_]:
    """`[blocks]`: blocks of 0.1 s that are 60 dB below the reference's loudest block, or below -80 dBFS RMS."""
    true = _float(reference)
    energy = _block_energy(true, rate)
    size = max(1, round(BLOCK_S * rate))
    quiet = SILENT**2 * size * len(true)
    return np.asarray(energy <= max(quiet, energy.max(initial=0.0) * 1e-6))


def silence_leakage(reference: ArrayLike, estimate: ArrayLike, mixture: ArrayLike, rate: int) -> float | None:
    """Energy of the estimate relative to the mixture in dB, in blocks in which only the reference is silent.

    0 dB is the unchanged mixture; lower is better; at least -200 dB. None if these blocks are shorter than 0.5 s in
    total.
    """
    mixed = _float(mixture)
    measured = silent_blocks(reference, rate) & ~silent_blocks(mixed, rate)
    if measured.sum() * BLOCK_S < 0.5:
        return None
    leaked = float(_block_energy(_float(estimate), rate)[measured].sum())
    ratio = leaked / float(_block_energy(mixed, rate)[measured].sum())
    return max(EXACT_DB, 10 * math.log10(max(ratio, 1e-30)))


def null_error(mixture: ArrayLike, vocals: ArrayLike, instrumental: ArrayLike) -> float | None:
    """Energy of mixture - vocals - instrumental relative to the mixture in dB; -200 if it is exactly zero."""
    mixed = _float(mixture)
    if is_silent(mixed):
        return None
    residue = float(np.sum((mixed - _float(vocals) - _float(instrumental)) ** 2))
    return max(EXACT_DB, 10 * math.log10(max(residue / float(np.sum(mixed**2)), 1e-30)))
