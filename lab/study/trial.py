"""Separation with the sampler of a study, chunk by chunk as in the engine."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.audio.resample import resample
from core.audio.types import Wav
from core.card import VOCALS, Card, Preset
from core.checkpoint import Model
from core.diffusion.samplers import Noise, Velocity, ddim, times
from core.diffusion.velocity import noised
from core.separation.level import normalising_gain, without_offset
from core.separation.noise import noise
from core.separation.render import renderings
from core.separation.request import ChunkRequest, ChunkResult
from core.separation.track import separate_array
from lab.evaluation import metrics
from lab.evaluation.cells import cell_errors
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import SPECTRAL_RATE, Scores
from lab.study.run import Run


@dataclass(frozen=True)
class Latents:
    """The input of a sampler for a chunk: v(z, t), the conditioner's estimate `[1, D, F]`, and the noise of a step."""

    velocity: Velocity
    estimate: Tensor
    noise: Noise

    def start(self, t: float) -> Tensor:
        """The estimate noised to time t; pure noise at 1."""
        return noised(self.estimate, self.noise(0), torch.tensor(t).to(self.estimate))


Sampler = Callable[[Latents], Tensor]


def estimate_alone(latents: Latents) -> Tensor:
    """The sampler that returns the conditioner's estimate, without the generator."""
    return latents.estimate


def by_ddim(preset: Preset) -> Sampler:
    """The sampler of the engine."""

    def sample(latents: Latents) -> Tensor:
        schedule = times(preset.steps, preset.t_start)
        return ddim(latents.velocity, latents.start(preset.t_start), schedule, preset.eta, latents.noise)

    return sample


class Trial:
    """Replaces the engine for one track; has the interface that core.separation.track requires."""

    at_once = 1

    def __init__(self, run: Run, sampler: Sampler, card: Card | None = None) -> None:
        self.card, self._model, self._device, self._sampler = card or run.card, run.model, run.torch_device, sampler

    @torch.inference_mode()
    def separate(self, request: ChunkRequest, _: Callable[[], bool], /) -> ChunkResult:
        """Both renderings of a chunk; the input is padded only to a multiple of the network's stride."""
        codec = self._model.codec
        wavs = request.model_input
        voices = np.zeros_like(wavs)
        for view, channels in request.views().items():
            wav, gain = model_input(self._model, wavs[list(view)], wavs[view.channel])
            latents = chunk_latents(self._model, wav.to(self._device), request.first_frame, request.seed)
            voice: Wav = (self._model.decode(self._sampler(latents))[0, 0] / gain).cpu().numpy()
            voices[channels] = voice[: wavs.shape[1]]
        stretch = (voices, self.card.sample_rate, request.mixture, request.rate)
        stems = renderings(*stretch, codec.phase_below, self.card.gate, exponents=self.card.mask_exponents)
        return ChunkResult({VOCALS: stems.masked}, stems.generative)


def model_input(model: Model, wav: Wav, mixture: Wav) -> tuple[Tensor, float]:
    """The input `[1, H, m]` of the model for `[H, n]` at its rate, scaled by the gain that normalises `mixture`.

    Returns the input and the gain.
    """
    grid = model.codec.hop * model.config.generator.reduction
    gain = normalising_gain(without_offset(mixture), model.codec.level)
    padded = np.pad(without_offset(wav), ((0, 0), (0, -wav.shape[1] % grid))) * np.float32(gain)
    return torch.from_numpy(padded[None, : model.config.input_channels]), gain


def chunk_latents(model: Model, wav: Tensor, first_frame: int = 0, seed: int = 0) -> Latents:
    """The sampler's input for a chunk `[1, H, m]`."""
    estimate, features = model.condition(wav)

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        v: Tensor = model.generator(z, t, estimate, features)
        return v

    def fresh(step: int) -> Tensor:
        return torch.from_numpy(noise(seed, step, first_frame, estimate.shape[2], estimate.shape[1])[None]).to(estimate)

    return Latents(velocity, estimate, fresh)


def separate(run: Run, clip: Clip, sampler: Sampler, seed: int = 0, card: Card | None = None) -> tuple[Wav, Wav]:
    """The (generated, masked) voice, `[C, n]` each. card: replaces the model's, for other chunks."""
    stems = separate_array(Trial(run, sampler, card), clip.mixture, clip.rate, seed=seed)
    return stems["vocals"], stems["masked"]


def voice_scores(clip: Clip, voice: Wav) -> Scores:
    """SDR, MR-STFT, LSD, mel MAE, level, holes, residue and leakage of an estimate `[C, n]`."""
    if clip.vocals is None:
        silence = np.zeros_like(clip.mixture)
        return {"silence_leakage": metrics.silence_leakage(silence, voice, clip.mixture, clip.rate)}
    rate = min(SPECTRAL_RATE, clip.rate)
    signals = (clip.vocals, voice, clip.accompaniment)
    true, guess, rest = (resample(w.mean(axis=0, keepdims=True), clip.rate, rate) for w in signals)
    cells = cell_errors(true, guess, rest, rate)
    return {
        "sdr": metrics.sdr(clip.vocals, voice),
        "mrstft": metrics.multi_resolution_stft(true, guess),
        "lsd": metrics.log_spectral_distance(true, guess),
        "mel_mae": metrics.mel_mae(true, guess, rate),
        "level": metrics.level_error(clip.vocals, voice),
        "holes": None if cells is None else cells.holes,
        "residue": None if cells is None else cells.residue,
        "silence_leakage": metrics.silence_leakage(clip.vocals, voice, clip.mixture, clip.rate),
    }
