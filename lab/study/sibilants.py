"""Artefacts on sibilants, and mitigations without retraining.

The paper reports metallic artefacts on sibilants [P]. Sibilant frames are frames of the true voice with most energy
above 4 kHz. In these frames and above 4 kHz, the study measures log-spectral distance, level error (negative: dull) and
flatness error: the spectral flatness of the voice relative to the reference in dB. Noise is flat; a less flat spectrum
sounds metallic.

Mitigations: masked rendering; generated voice below 4 kHz and masked voice above (masked high band); noise in every
step, eta = 0.4 as in the companion [C], in all dims or only in the learned dims, which represent the band above the
spectral codec's linear one (high-band eta [D], the counterpart of the companion's high-pass filter). Per-octave weights
of the loss would need training and are not compared.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.audio.resample import resample
from core.audio.types import Wav
from core.card import Preset
from core.codec.spectral import SpectralCodec
from core.diffusion.samplers import ddim_step, times
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip
from lab.evaluation.metrics import RANGE_DB
from lab.evaluation.scores import METRICS, SPECTRAL_RATE, Metric, Scores
from lab.evaluation.spectra import Floats, istft, power, stft
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trial import Latents, Sampler, by_ddim, separate

LIMITS = {"musdb7": 12, "mir1k": 8}
STEPS, ETA = 20, 0.4
SPLIT_HZ = 4000.0
SHARE = 0.5  # of a frame's energy above SPLIT_HZ, from which it is a sibilant
QUIET_DB = -40.0  # level relative to the voice's loudest frame, below which no frame is a sibilant
WINDOW, HOP = 1024, 256
SHOWN: dict[str, Metric] = {
    "sibilant_lsd": Metric("LSD on sibilants", "dB", False, 0.1),
    "level": Metric("level error", "dB", True, 0.1, 1),
    "flatness": Metric("flatness error", "dB", True, 0.1, 1),
    "sdr": METRICS["sdr"],
    "mrstft": METRICS["mrstft"],
}
Voice = Callable[[Clip], Wav]


def study(run: Run) -> Outcome:
    steps = 2 if run.quick else STEPS
    standard, noisy = run.card.quality["standard"], Preset(steps=steps)
    samplers: dict[str, Sampler] = {
        "standard": by_ddim(standard),
        f"noise, {steps} steps": by_ddim(noisy),
        f"noise, {steps} steps, eta {ETA:g}": by_ddim(noisy.model_copy(update={"eta": ETA})),
    }
    codec = run.model.codec
    if isinstance(codec, SpectralCodec):
        for eta in (ETA, 1.0):
            samplers[f"noise, {steps} steps, high-band eta {eta:g}"] = high_band_eta(steps, codec.linear_dims, eta)
    renderings: dict[str, Callable[[Wav, Wav, int], Wav]] = {
        "": lambda generated, _, __: generated,
        ", masked high band": crossed,
        ", masked": lambda _, masked, __: masked,
    }
    rendered = ("standard", f"noise, {steps} steps")
    conditions = {
        name + rendering: (sampler, render)
        for name, sampler in samplers.items()
        for rendering, render in renderings.items()
        if not rendering or name in rendered
    }

    def work(clip: Clip, condition: str) -> Scores:
        sampler, render = conditions[condition]
        voice = render(*separate(run, clip, sampler), clip.rate)
        assert clip.vocals is not None, "the sets of this study have vocals"
        rate = min(SPECTRAL_RATE, clip.rate)
        true, guess = (resample(w.mean(axis=0, keepdims=True), clip.rate, rate) for w in (clip.vocals, voice))
        scores: Scores = {
            "sdr": metrics.sdr(clip.vocals, voice),
            "mrstft": metrics.multi_resolution_stft(true, guess),
        }
        return scores | sibilant_scores(true[0], guess[0], rate)

    grid = run.grid(run.clips(LIMITS), list(conditions), work)
    tested = {name: SHOWN[name] for name in ("sibilant_lsd", "flatness", "mrstft")}
    first = grid.sets[0].name
    best = min(conditions, key=lambda c: np.nan_to_num(grid.median(first, c, "sibilant_lsd"), nan=np.inf))
    return Outcome(
        caption=f"{grid.caption} Generated voice unless marked as masked. LSD, level and flatness errors above "
        f"{SPLIT_HZ / 1000:g} kHz in sibilant frames; clips without sibilants have only SDR and MR-STFT.",
        tables=[
            grid.table(SHOWN, "sampling, mitigation"),
            *(grid.paired(base, tested, [c for c in conditions if c.startswith(base)]) for base in rendered),
        ],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sibilant_lsd", "flatness"), SHOWN),
        finding=f"On {first}, `{best}` has the lowest LSD on sibilants.",
    )


def high_band_eta(steps: int, first_dim: int, eta: float) -> Sampler:
    """DDIM from noise that adds noise in each step only to the dims from `first_dim` on."""

    def sample(latents: Latents) -> Tensor:
        z = latents.start(1.0)
        etas = torch.zeros(1, z.shape[1], 1).to(z)
        etas[:, first_dim:] = eta
        for step, (t, s) in enumerate(pairwise(times(steps).to(z)), 1):
            now, after = t.expand(1, 1, 1), s.expand(1, 1, 1)
            z = ddim_step(z, latents.velocity(z, t.expand(1)), now, after, etas, latents.noise(step))
        return z

    return sample


def crossed(below: Wav, above: Wav, rate: int) -> Wav:
    """`below` under `SPLIT_HZ` and `above` over it, `[C, n]` each, with a cross-fade of a third of an octave."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(2048, 1 / rate), 1.0) / SPLIT_HZ)
    weight = np.clip(3 * octaves + 0.5, 0.0, 1.0)
    low, high = (stft(w.astype(np.float64)) for w in (below, above))
    return istft(low * (1 - weight) + high * weight, below.shape[1]).astype(np.float32)


def sibilant_frames(spectrum: Floats, high: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`[F]`: frames of a power spectrogram `[F, bins]` with most energy in the bins `high`."""
    total = spectrum.sum(axis=1)
    loud = total > total.max(initial=0.0) * 10 ** (QUIET_DB / 10)
    return np.asarray(loud & (spectrum[:, high].sum(axis=1) > SHARE * total))


def sibilant_scores(true: NDArray[np.float32], guess: NDArray[np.float32], rate: int) -> Scores:
    """The three errors of a voice `[n]`; None if the true voice has no sibilants."""
    high = np.fft.rfftfreq(WINDOW, 1 / rate) >= SPLIT_HZ
    reference, estimate = (power(wav.astype(np.float64), WINDOW, HOP) for wav in (true, guess))
    sibilants = sibilant_frames(reference, high)
    if not sibilants.any():
        return {"sibilant_lsd": None, "level": None, "flatness": None}
    floor = reference.max() * 10 ** (-RANGE_DB / 10)
    a, b = (10 * np.log10(np.maximum(spectrum[sibilants][:, high], floor)) for spectrum in (reference, estimate))
    energies = [
        10 * np.log10(np.maximum(spectrum[sibilants][:, high], floor).mean(1)) for spectrum in (reference, estimate)
    ]
    flatness = [decibels.mean(1) - energy for decibels, energy in zip((a, b), energies, strict=True)]
    return {
        "sibilant_lsd": float(np.sqrt(((a - b) ** 2).mean(1)).mean()),
        "level": float((energies[1] - energies[0]).mean()),
        "flatness": float((flatness[1] - flatness[0]).mean()),
    }
