"""Training mixtures made on the fly: coherent songs and random remixes, levels, pitch, colour, silence.

The vocals are the target, the sum is the input. A remix takes its parts from different songs, so that minutes of
recordings become days of mixtures; coherent ones keep what makes real songs hard (vocals in key and on the beat).
"""

from dataclasses import dataclass

import numpy as np
import soxr
import torch
from torch import Tensor

from core.audio.types import Wav
from core.codec.spectral import SpectralCodec
from core.separation.level import normalising_gain, rms
from core.training.pool import Pool, Recording

STEMS = ("drums", "bass", "other")


@dataclass(frozen=True)
class MixtureRecipe:
    """How mixtures are drawn. Weights need not sum to one; `segment` in samples; levels in dB."""

    segment: int = 320 * 256
    vocals_weights: tuple[tuple[str, float], ...] = (
        ("musdb7", 4),
        ("mir1k", 3),
        ("songs", 1.5),
        ("vocals", 1.5),
    )
    accompaniment_weights: tuple[tuple[str, float], ...] = (
        ("musdb7", 5),
        ("mir1k", 2),
        ("instrumental", 2),
        ("songs", 1),
    )
    coherent: float = 0.5
    silent: float = 0.06
    solo: float = 0.03
    level_mean: float = -3.0
    level_spread: float = 5.0
    stretch: float = 0.12
    seed: int = 0


ALL_MIXTURES = MixtureRecipe()
# Of the pools in OPEN_POOLS alone: what is trained on these may be used for anything.
OPEN_MIXTURES = MixtureRecipe(
    vocals_weights=(("songs", 1), ("vocals", 1)), accompaniment_weights=(("instrumental", 2), ("songs", 1))
)


class Mixtures:
    """Draws batches of (mixture, vocals), both `[B, 1, segment]`, mixture at about `LEVEL` RMS."""

    def __init__(self, pool: Pool, recipe: MixtureRecipe) -> None:
        self.pool, self.recipe = pool, recipe
        self.random = np.random.default_rng(recipe.seed)
        self.by_song: dict[tuple[str, str], dict[str, Recording]] = {}
        for recording in pool.select():
            self.by_song.setdefault((recording.pool, recording.song), {})[recording.role] = recording

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """(mixture, vocals), float32 `[size, 1, segment]`."""
        pairs = [self.pair() for _ in range(size)]
        mixture, vocals = (torch.from_numpy(np.stack(side))[:, None].float() for side in zip(*pairs, strict=True))
        return mixture, vocals

    def pair(self) -> tuple[Wav, Wav]:
        """One (mixture, vocals), float32 `[segment]`."""
        draw = self.random.uniform()
        vocals, accompaniment = self._coherent() if draw < self.recipe.coherent else self._remix()
        draw = self.random.uniform()
        if draw < self.recipe.silent:
            vocals = np.zeros_like(vocals)
        elif draw < self.recipe.silent + self.recipe.solo:
            accompaniment = accompaniment * np.float32(0.001)
        if self.random.uniform() < 0.5:
            vocals = -vocals
        mixture = vocals + accompaniment
        gain = normalising_gain(mixture, SpectralCodec.level) * 10 ** (self.random.uniform(-4, 4) / 20)
        return mixture * np.float32(gain), vocals * np.float32(gain)

    def _coherent(self) -> tuple[Wav, Wav]:
        vocals, position = self._draw("vocals", dict(self.recipe.vocals_weights) | {"vocals": 0})
        parts = self.by_song[vocals.pool, vocals.song]
        ratio = self._ratio()
        others = [self._cut(r, position, ratio) for role, r in parts.items() if role != "vocals"]
        accompaniment = np.sum(others, axis=0).astype(np.float32)
        level = 10 ** (self.random.normal(0, 2) / 20)
        return self._colour(self._cut(vocals, position, ratio)) * np.float32(level), accompaniment

    def _remix(self) -> tuple[Wav, Wav]:
        recording, position = self._draw("vocals", dict(self.recipe.vocals_weights))
        vocals = self._colour(self._cut(recording, position, self._ratio()))
        pool = self._choose(dict(self.recipe.accompaniment_weights))
        if pool == "musdb7":
            accompaniment = np.zeros_like(vocals)
            for stem in STEMS:
                recording, position = self._draw(stem, {pool: 1})
                level = 10 ** (self.random.normal(0, 3) / 20)
                accompaniment += self._cut(recording, position, self._ratio()) * np.float32(level)
        else:
            recording, position = self._draw("accompaniment", {pool: 1})
            accompaniment = self._cut(recording, position, self._ratio())
        accompaniment = self._colour(accompaniment)
        wanted = 10 ** (self.random.normal(self.recipe.level_mean, self.recipe.level_spread) / 20)
        level = wanted * rms(accompaniment) / max(rms(vocals), 1e-3)
        return vocals * np.float32(min(level, 30.0)), accompaniment

    def _choose(self, weights: dict[str, float]) -> str:
        names = list(weights)
        chances = np.array([weights[name] for name in names], dtype=float)
        return names[int(self.random.choice(len(names), p=chances / chances.sum()))]

    def _draw(self, role: str, weights: dict[str, float]) -> tuple[Recording, int]:
        """A recording of the role and a position in samples, preferring places that are not silent."""
        recordings = self.pool.select(role, [self._choose(weights)])
        lengths = np.array([r.samples for r in recordings], dtype=float)
        recording = recordings[int(self.random.choice(len(recordings), p=lengths / lengths.sum()))]
        position = 0
        for _ in range(4):
            position = int(self.random.integers(0, max(1, recording.samples - self.recipe.segment)))
            if rms(self.pool.read(recording, position, self.recipe.segment)) > 0.005:
                break
        return recording, position

    def _ratio(self) -> float:
        """Of speed and pitch together; half the draws are left as they are."""
        if self.random.uniform() < 0.5:
            return 1.0
        return float(2 ** self.random.uniform(-self.recipe.stretch, self.recipe.stretch))

    def _cut(self, recording: Recording, position: int, ratio: float) -> Wav:
        samples = int(np.ceil(self.recipe.segment * ratio)) + 8
        wav = self.pool.read(recording, position, samples)
        if ratio != 1.0:
            wav = soxr.resample(wav, ratio, 1.0, quality="LQ")
        wav = wav[: self.recipe.segment]
        return np.pad(wav, (0, self.recipe.segment - len(wav))).astype(np.float32)

    def _colour(self, wav: Wav) -> Wav:
        """A random smooth equalisation of at most about 6 dB, in the frequency domain; half the draws."""
        if self.random.uniform() < 0.5:
            return wav
        spectrum = np.fft.rfft(wav)
        knots = self.random.normal(0, 2.5, 7)
        curve = np.interp(np.log2(np.linspace(1, 256, len(spectrum))), np.linspace(0, 8, 7), knots)
        return np.fft.irfft(spectrum * 10 ** (curve / 20), len(wav)).astype(np.float32)
