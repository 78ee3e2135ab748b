"""Short-time spectra for metrics, baselines and pictures; numpy and scipy, no torch."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import get_window

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]


def frames(signal: Floats, length: int, hop: int) -> Floats:
    """Frames `[..., F, length]` of `signal` `[..., n]`, zero-padded by half a frame at both ends."""
    half = length // 2
    count = 1 + -(-signal.shape[-1] // hop)
    pad = [(0, 0)] * (signal.ndim - 1) + [(half, (count - 1) * hop + length - half - signal.shape[-1])]
    padded = np.pad(signal, pad)
    return np.lib.stride_tricks.sliding_window_view(padded, length, axis=-1)[..., ::hop, :][..., :count, :]


@lru_cache(maxsize=16)
def _hann(length: int) -> Floats:
    return np.asarray(get_window("hann", length), dtype=np.float64)


def stft(signal: Floats, length: int = 2048, hop: int = 512) -> Complex:
    """Hann short-time Fourier transform `[..., F, length // 2 + 1]` of `[..., n]`."""
    return np.asarray(np.fft.rfft(frames(signal, length, hop) * _hann(length)), dtype=np.complex128)


def istft(spectrum: Complex, samples: int, length: int = 2048, hop: int = 512) -> Floats:
    """Least-squares inverse of `stft`: `[..., samples]`."""
    window = _hann(length)
    pieces = np.fft.irfft(spectrum, length) * window
    total = (spectrum.shape[-2] - 1) * hop + length
    out = np.zeros((*spectrum.shape[:-2], total))
    weight = np.zeros(total)
    for index in range(spectrum.shape[-2]):
        span = slice(index * hop, index * hop + length)
        out[..., span] += pieces[..., index, :]
        weight[span] += window**2
    half = length // 2
    inner = slice(half, half + samples)
    return np.asarray(out[..., inner] / np.maximum(weight[inner], 1e-8))


def power(signal: Floats, length: int = 2048, hop: int = 512) -> Floats:
    """Power spectrogram `[..., F, bins]` of `[..., n]`."""
    return np.asarray(np.abs(stft(signal, length, hop)) ** 2)


def _to_mel(hertz: Floats) -> Floats:
    return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))


def _to_hertz(mel: Floats) -> Floats:
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))


@lru_cache(maxsize=8)
def mel_filters(rate: int, length: int = 2048, bands: int = 80, lowest: float = 40.0) -> Floats:
    """Triangular filters `[bands, bins]` on the HTK mel scale from `lowest` Hz to half of `rate`, each of unit sum."""
    low, high = _to_mel(np.array([lowest, rate / 2])).tolist()
    edges = _to_hertz(np.linspace(low, high, bands + 2))
    bins = np.fft.rfftfreq(length, 1 / rate)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(filters / np.maximum(filters.sum(axis=1, keepdims=True), 1e-12))
