"""BSS Eval version 4 for a voice and its accompaniment: SDR, SIR and SAR as museval computes them (SiSEC 2018).

An estimate e of source j is split with two projections, P_j on the span of source j's channels delayed by 0 to 511
samples, and P on that of all sources:

    true + spatial = P_j e      interference = P e - P_j e      artifacts = e - P e

    SDR = |true|^2 / |e - true|^2     SIR = |P_j e|^2 / |interference|^2     SAR = |P e|^2 / |artifacts|^2

The filters are computed once per clip; ratios are computed in frames of one second, and the clip's score is the median
over frames. The SIR is also computed over the whole clip, as version 3 does: in bands without energy of the references
the filters are undetermined, but the edges of a frame have energy there, so framewise SIR and SAR are misleading for
band-limited recordings (docs/evaluation.md). Most of the cost is in the filters, whose matrix depends on the references
only: one `BssEval` scores all estimates of a clip.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, toeplitz
from scipy.signal import fftconvolve

from lab.evaluation.metrics import is_silent
from lab.evaluation.spectra import Floats

TAPS = 512


@dataclass(frozen=True)
class BssScore:
    """Ratios in dB: `sir_clip` over the whole clip, the others medians over its frames.

    None if no frame contains reference, estimate and accompaniment.
    """

    sdr: float | None
    sir: float | None
    sar: float | None
    sir_clip: float | None


class BssEval:
    """Scores estimates of `references[0]`. references: `[S, C, n]`; silent ones after the first are ignored.

    Raises:
        ValueError: the first reference is silent.
    """

    def __init__(self, references: Floats, rate: int, taps: int = TAPS) -> None:
        if is_silent(references[0]):
            raise ValueError("the reference is silent")
        self._sources = np.stack([source for source in references if not is_silent(source)]).astype(np.float64)
        self._frame = rate
        self._taps = taps
        self._channels = self._sources.shape[1]
        self._signals = self._sources.reshape(-1, self._sources.shape[-1])
        self._n_fft = 1 << int(np.ceil(np.log2(self._signals.shape[-1] + taps - 1)))
        self._spectra = np.fft.rfft(self._signals, self._n_fft)
        gram = self._gram()
        self._all = _factor(gram)
        own = self._channels * taps
        self._own = _factor(gram[:own, :own])

    def _gram(self) -> Floats:
        """Inner products `[signals * taps, signals * taps]` between all delayed reference signals."""
        taps, count = self._taps, len(self._signals)
        gram = np.empty((count, taps, count, taps))
        for i in range(count):
            for j in range(i, count):
                lags = np.fft.irfft(self._spectra[j] * self._spectra[i].conj(), self._n_fft)
                block = toeplitz(np.r_[lags[0], lags[-1:-taps:-1]], lags[:taps])
                gram[j, :, i], gram[i, :, j] = block, block.T
        return gram.reshape(count * taps, count * taps)

    def _filters(self, estimate: Floats, factor: Any, count: int) -> Floats:
        """Filters `[count, taps, C]` that bring the first `count` reference signals closest to `estimate` `[C, n]`."""
        taps = self._taps
        spectra = np.fft.rfft(estimate, self._n_fft)
        inner = np.empty((count, taps, len(estimate)))
        for index in range(count):
            for channel, spectrum in enumerate(spectra):
                lags = np.fft.irfft(self._spectra[index] * spectrum.conj(), self._n_fft)
                inner[index, :, channel] = np.r_[lags[0], lags[-1:-taps:-1]]
        return np.asarray(cho_solve(factor, inner.reshape(count * taps, -1)).reshape(count, taps, -1))

    def score(self, estimate: Floats) -> BssScore:
        """The ratios of `estimate` `[C, n]`."""
        guess = np.asarray(estimate, dtype=np.float64)
        if is_silent(guess):
            return BssScore(None, None, None, None)
        own_filters = self._filters(guess, self._own, self._channels)
        all_filters = self._filters(guess, self._all, len(self._signals))
        tail = ((0, 0), (0, self._taps - 1))
        samples = guess.shape[-1]
        ratios = []
        for start in range(0, max(1, samples - self._frame + 1), self._frame):
            span = slice(start, min(start + self._frame, samples))
            if not all(np.any(source[:, span]) for source in (*self._sources, guess)):
                continue
            true, padded = np.pad(self._sources[0][:, span], tail), np.pad(guess[:, span], tail)
            own = _project(self._signals[: self._channels, span], own_filters)
            everything = _project(self._signals[:, span], all_filters)
            ratios.append(
                (
                    _ratio_db(true, padded - true),
                    _ratio_db(own, everything - own),
                    _ratio_db(everything, padded - everything),
                )
            )
        if not ratios:
            return BssScore(None, None, None, None)
        sdr, sir, sar = np.median(np.array(ratios), axis=0).tolist()
        if len(self._sources) == 1:
            return BssScore(sdr, None, sar, None)
        own = _project(self._signals[: self._channels], own_filters)
        return BssScore(sdr, sir, sar, _ratio_db(own, _project(self._signals, all_filters) - own))


def _project(signals: Floats, filters: Floats) -> Floats:
    """Sum of `signals` `[S, n]` filtered by `filters` `[S, taps, C]`: `[C, n + taps - 1]`."""
    convolved = fftconvolve(signals[:, None], filters.transpose(0, 2, 1), axes=-1)
    return np.asarray(convolved.sum(axis=0))


def _factor(gram: Floats) -> Any:
    """Cholesky factor; a small diagonal keeps the matrix definite if channels are equal."""
    trace = np.trace(gram) / len(gram)
    return cho_factor(gram + 1e-10 * trace * np.eye(len(gram)), lower=True)


def _ratio_db(signal: Floats, error: Floats) -> float:
    return float(10 * np.log10((np.sum(signal**2) + 1e-20) / (np.sum(error**2) + 1e-20)))
