"""All that is compared on one clip: the model, and what it stands beside."""

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
    """What evaluation needs of a model."""

    def separate(self, mixture: Wav, rate: int) -> dict[str, Wav]:
        """`[C, n]` to `{"vocals": generative [C, n], "masked": masked [C, n]}`, and "regressor" where the masked stems
        are what `regress` would return."""

    def regress(self, mixture: Wav, rate: int) -> Wav | None:
        """The conditioner's estimate alone, masked, `[C, n]`: a deterministic regressor of the same training. None
        where the conditioner gives no waveform."""

    def through_codec(self, vocals: Wav, mixture: Wav, rate: int) -> Wav | None:
        """The true voice `[C, n]` encoded and decoded, as the generator would hand it over; None without a codec."""


@dataclass(frozen=True)
class EngineSeparator:
    """A checkpoint in its engine, run as `voicelift separate` runs it: each rendering as its own job."""

    engine: Engine
    masked: Preset
    generative: Preset
    seed: int = 0

    def separate(self, mixture: Wav, rate: int) -> dict[str, Wav]:
        stems = separate_array(self.engine, mixture, rate, self.generative, self.seed, "generative")
        if self.masked == self.generative:
            return stems
        masked = separate_array(self.engine, mixture, rate, self.masked, self.seed, "masked")
        if self.masked == ESTIMATE:
            masked["regressor"] = masked["masked"]
        return {**masked, VOCALS: stems[VOCALS]}

    def regress(self, mixture: Wav, rate: int) -> Wav | None:
        if not self.engine.card.own or self.engine.model.config.conditioner_kind != "mask":
            return None
        return separate_array(self.engine, mixture, rate, ESTIMATE, self.seed, "masked")["masked"]

    def through_codec(self, vocals: Wav, mixture: Wav, rate: int) -> Wav | None:
        """Mono at the codec's rate, at the level that the engine feeds it, chunk by chunk."""
        if not self.engine.card.own:
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
    """Estimates of one clip keyed `vocals/NAME`, `instrumental/NAME`; `seconds` the model took."""

    wavs: dict[str, Wav] = field(default_factory=dict)
    seconds: float = 0.0


def estimate(clip: Clip, separator: Separator) -> Estimates:
    """Everything that is compared on `clip`, in the order of the tables."""
    mixture = clip.mixture
    began = time.perf_counter()
    stems = separator.separate(mixture, clip.rate)
    estimates = Estimates(seconds=time.perf_counter() - began)
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
