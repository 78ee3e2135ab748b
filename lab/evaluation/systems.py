"""The systems that are compared on a clip: renderings of the model, and baselines."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.card import VOCALS, Preset
from core.separation.engine import Engine
from core.separation.level import normalising_gain
from core.separation.track import separate_array
from lab.evaluation.baselines import ideal_ratio_mask, repet_sim
from lab.evaluation.datasets import Clip

ESTIMATE = Preset(steps=0)
MODEL_SYSTEMS = ("vocals/generative", "vocals/masked", "instrumental/masked")
TITLES = {
    "vocals/generative": "vocals, generative",
    "vocals/masked": "vocals, masked",
    "vocals/regressor": "regressor alone, masked",
    "vocals/mixture": "unprocessed mixture",
    "vocals/repet_sim": "REPET-SIM",
    "vocals/codec": "codec ceiling",
    "vocals/ideal_ratio_mask": "ideal ratio mask",
    "instrumental/masked": "instrumental",
    "instrumental/mixture": "unprocessed mixture",
    "instrumental/repet_sim": "REPET-SIM",
    "instrumental/ideal_ratio_mask": "ideal ratio mask",
}


class Separator(Protocol):
    """Interface of a model for evaluation. All waveforms are `[C, n]` at `rate`."""

    def separate(self, mixture: Wav, rate: int) -> tuple[dict[str, Wav], float]:
        """The voices by rendering, and the seconds of the masked rendering.

        Keys: `vocals` (generative), `masked`, and `regressor` if the masked voice equals that of `regress`.
        """

    def regress(self, mixture: Wav, rate: int) -> Wav | None:
        """The conditioner's estimate, masked: a deterministic regressor of the same training.

        None if the conditioner returns no waveform.
        """

    def through_codec(self, vocals: Wav, mixture: Wav, rate: int) -> Wav | None:
        """The true voice encoded and decoded, the upper bound of the generator; None without a codec."""


@dataclass(frozen=True)
class EngineSeparator:
    """A checkpoint in its engine. Renderings with different presets are separate runs, as in `voicelift separate`."""

    engine: Engine
    masked: Preset
    generative: Preset
    seed: int = 0

    def separate(self, mixture: Wav, rate: int) -> tuple[dict[str, Wav], float]:
        both = self.masked == self.generative
        started = time.perf_counter()
        stems = separate_array(self.engine, mixture, rate, self.masked, self.seed, "generative" if both else "masked")
        seconds = time.perf_counter() - started
        if not both:
            generative = separate_array(self.engine, mixture, rate, self.generative, self.seed, "generative")
            stems = {**stems, VOCALS: generative[VOCALS]}
        if not both and self.masked == ESTIMATE:
            stems["regressor"] = stems["masked"]
        return stems, seconds

    def regress(self, mixture: Wav, rate: int) -> Wav | None:
        if not self.engine.card.native or self.engine.model.config.conditioner_kind != "mask":
            return None
        return separate_array(self.engine, mixture, rate, ESTIMATE, self.seed, "masked")["masked"]

    def through_codec(self, vocals: Wav, mixture: Wav, rate: int) -> Wav | None:
        """Mono at the codec's rate, normalised to its level as in the engine, chunk by chunk."""
        if not self.engine.card.native:
            return None
        codec, card = self.engine.model.codec, self.engine.card
        mono = vocals.mean(axis=0, keepdims=True)
        low = resample(mono, rate, codec.sample_rate)
        gain = normalising_gain(mixture.mean(axis=0), codec.level)
        decoded = []
        for start in range(0, low.shape[1], card.samples_per_chunk):
            chunk = low[:, start : start + card.samples_per_chunk]
            padded = fit(chunk, -(-chunk.shape[1] // codec.hop) * codec.hop) * gain
            wav = torch.from_numpy(np.repeat(padded, codec.channels, axis=0))[None].to(self.engine.device)
            with torch.inference_mode():
                out = codec.decode(codec.encode(wav))[0].float().mean(0, keepdim=True).cpu().numpy()
            decoded.append(out[:, : chunk.shape[1]] / gain)
        back = resample(np.concatenate(decoded, axis=1).astype(np.float32), codec.sample_rate, rate)
        return np.repeat(fit(back, vocals.shape[1]), len(vocals), axis=0)


@dataclass
class Estimates:
    """Estimates `[C, n]` of a clip keyed `vocals/NAME`, `instrumental/NAME`; seconds: of the masked rendering."""

    wavs: dict[str, Wav] = field(default_factory=dict)
    seconds: float = 0.0


def estimate(clip: Clip, separator: Separator) -> Estimates:
    """Run all systems on `clip`, in the order of the tables."""
    mixture = clip.mixture
    stems, seconds = separator.separate(mixture, clip.rate)
    estimates = Estimates(seconds=seconds)
    wavs = estimates.wavs
    wavs["vocals/generative"], wavs["vocals/masked"] = stems["vocals"], stems["masked"]
    wavs["instrumental/masked"] = mixture - stems["masked"]
    regressed = stems["regressor"] if "regressor" in stems else separator.regress(mixture, clip.rate)
    if regressed is not None:
        wavs["vocals/regressor"] = regressed
    wavs["vocals/mixture"] = wavs["instrumental/mixture"] = mixture
    oracles: dict[str, Callable[[], Wav]] = {"repet_sim": lambda: repet_sim(mixture, clip.rate)}
    if clip.vocals is not None:
        oracles["ideal_ratio_mask"] = lambda: ideal_ratio_mask(clip)
        decoded = separator.through_codec(clip.vocals, mixture, clip.rate)
        if decoded is not None:
            wavs["vocals/codec"] = decoded
    for name, make in oracles.items():
        voice = make()
        wavs[f"vocals/{name}"], wavs[f"instrumental/{name}"] = voice, mixture - voice
    return estimates
