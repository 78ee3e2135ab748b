"""The list of metrics, and the scoring of all estimates of a clip.

Spectral distances, PESQ, STOI and pitch use mono signals at `SPECTRAL_RATE` or the clip's rate if lower; waveform
ratios use the clip's rate and channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.audio.resample import resample
from core.audio.types import Wav
from lab.evaluation import metrics
from lab.evaluation.bss import BssEval
from lab.evaluation.cells import cell_errors
from lab.evaluation.datasets import Clip
from lab.evaluation.embedding import Embedder, embedding_distance
from lab.evaluation.perceptual import installed, pesq, pitch, pitch_errors, stoi
from lab.evaluation.spectra import Floats

SPECTRAL_RATE = 24000
Scores = dict[str, float | None]


@dataclass(frozen=True)
class Metric:
    """Display and comparison of a score.

    higher: higher is better. resolution: smaller changes of the median are ignored. gated: the gate compares it.
    """

    title: str
    unit: str
    higher: bool
    resolution: float
    decimals: int = 2
    gated: bool = False


METRICS: dict[str, Metric] = {
    "sdr": Metric("SDR", "dB", True, 0.05, gated=True),
    "si_sdr": Metric("SI-SDR", "dB", True, 0.05, gated=True),
    "bss_sdr": Metric("SDR (BSS v4)", "dB", True, 0.05),
    "sir": Metric("SIR", "dB", True, 0.1),
    "sir_clip": Metric("SIR (clip)", "dB", True, 0.1, gated=True),
    "sar": Metric("SAR", "dB", True, 0.1),
    "mrstft": Metric("MR-STFT", "", False, 0.01, 3, gated=True),
    "lsd": Metric("LSD", "dB", False, 0.05, gated=True),
    "mel_mae": Metric("mel MAE", "dB", False, 0.05, gated=True),
    "level": Metric("level error", "dB", True, 0.1, 1),
    "silence_leakage": Metric("leakage", "dB", False, 0.2, 1, gated=True),
    "null_error": Metric("null error", "dB", False, 20.0, 0, gated=True),
    "holes": Metric("holes", "%", False, 0.2, 1),
    "residue": Metric("residue", "%", False, 0.2, 1),
    "two_sample": Metric("two-sample AUC", "", False, 0.01, 3),  # of a set: lab.evaluation.perception
    "frechet": Metric("Fréchet distance", "", False, 1.0, 1),  # of a set
    "pesq": Metric("PESQ", "", True, 0.02),
    "stoi": Metric("STOI", "", True, 0.005, 3),
    "f0_cents": Metric("F0 error", "cents", False, 0.5, 1),
    "voicing": Metric("voicing error", "", False, 0.005, 3),
    "clap": Metric("CLAP MSE", "", False, 1e-5, 5),
    **{f"level_{low}": Metric(f"level error {low} Hz up", "dB", True, 0.1, 1) for low in metrics.LEVEL_OCTAVES},
    **{f"lsd_{low}": Metric(f"LSD {low} Hz up", "dB", False, 0.1) for low, _ in metrics.octave_edges(SPECTRAL_RATE)},
}


@dataclass(frozen=True)
class Scorer:
    """Scores estimates. quick: without slow metrics; embed: adds the embedding distance."""

    quick: bool = False
    embed: Embedder | None = None

    def clip(self, clip: Clip, estimates: Mapping[str, Wav]) -> dict[str, Scores]:
        """Scores of each estimate `[C, n]`, keyed `vocals/NAME` or `instrumental/NAME`.

        If both keys of a NAME exist, the instrumental has a null error.
        """
        silence = np.zeros_like(clip.mixture)
        vocals = silence if clip.vocals is None else clip.vocals
        targets = {
            "vocals": Target(self, clip, vocals, clip.accompaniment),
            "instrumental": Target(self, clip, clip.accompaniment, vocals),
        }
        scores = {}
        for name, estimate in estimates.items():
            target, system = name.split("/")
            row = targets[target].score(estimate)
            partner = estimates.get(f"vocals/{system}")
            if target == "instrumental" and system != "mixture" and partner is not None:
                row["null_error"] = metrics.null_error(clip.mixture, partner, estimate)
            scores[name] = row
        return scores


class Target:
    """A reference of a clip, with cached intermediate results of its metrics: resampled signals, projections, pitch."""

    def __init__(self, scorer: Scorer, clip: Clip, reference: Wav, other: Wav) -> None:
        self._scorer, self._clip, self._reference, self._other = scorer, clip, reference, other
        self._rate = min(SPECTRAL_RATE, clip.rate)
        self._is_voice = reference is clip.vocals

    @cached_property
    def _bss(self) -> BssEval:
        return BssEval(np.stack([self._reference, self._other]).astype(np.float64), self._clip.rate)

    @cached_property
    def _mono(self) -> Wav:
        return self._at_model_rate(self._reference)

    @cached_property
    def _rest(self) -> Wav:
        return self._at_model_rate(self._other)

    @cached_property
    def _pitch(self) -> Floats:
        return pitch(self._mono, self._rate)

    def _at_model_rate(self, wav: Wav) -> Wav:
        return resample(wav.mean(axis=0, keepdims=True), self._clip.rate, self._rate)

    def score(self, estimate: Wav) -> Scores:
        """All scores of an estimate `[C, n]`."""
        reference, rate = self._reference, self._clip.rate
        scores: Scores = {
            "silence_leakage": metrics.silence_leakage(reference, estimate, self._clip.mixture, rate),
        }
        if metrics.is_silent(reference):
            return scores
        scores["sdr"] = metrics.sdr(reference, estimate)
        scores["si_sdr"] = metrics.si_sdr(reference, estimate)
        bss = self._bss.score(estimate.astype(np.float64))
        scores.update(sir=bss.sir, sir_clip=bss.sir_clip, sar=bss.sar)
        true, guess, low = self._mono, self._at_model_rate(estimate), self._rate
        scores["mrstft"] = metrics.multi_resolution_stft(true, guess)
        scores["lsd"] = metrics.log_spectral_distance(true, guess)
        scores["mel_mae"] = metrics.mel_mae(true, guess, low)
        scores["level"] = metrics.level_error(reference, estimate)
        scores.update(metrics.octave_levels(reference, estimate, rate))
        cells = cell_errors(true, guess, self._rest, low)
        if cells is not None:
            scores.update(holes=cells.holes, residue=cells.residue)
        if self._scorer.quick:
            return scores
        scores["bss_sdr"] = bss.sdr
        scores.update(metrics.octave_distances(true, guess, low))
        if self._scorer.embed is not None:
            scores["clap"] = embedding_distance(self._scorer.embed, true, guess, low)
        if self._is_voice:  # models of speech and of a single pitch, undefined for accompaniments
            scores["stoi"] = stoi(true, guess, low)
            if installed("pesq"):
                scores["pesq"] = pesq(true, guess, low)
            if installed("pyworld"):
                errors = pitch_errors(self._pitch, pitch(guess, low))
                scores.update(f0_cents=errors.cents, voicing=errors.voicing)
        return scores
