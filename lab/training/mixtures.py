"""Training mixtures generated on the fly: coherent songs and random remixes, with augmentation.

The network receives one channel of a recording with the other as context (core.nets.conditioner). A pair therefore
consists of one channel of a stereo mixture, the other channel, and the target in the first. Mono parts stay mono until
an effect places them.

The target is one source, by default vocals; the mixture is the sum of all sources. A remix combines parts of different
songs, which multiplies the material; a coherent mixture keeps voice and accompaniment in key and in time. Effects on
the voice (reverb, echo, backing voices) are part of the target, as on records. Effects on the mixture as a whole
(mastering, band limit) apply to both. Only the artefacts of a lossy codec are not part of the target.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.audio.types import Wav
from core.codec.spectral import SpectralCodec
from core.errors import InputError
from core.separation.level import normalising_gain, rms
from lab.training.augment import band_limit, change_speed, placed, widened
from lab.training.effects import Effects, decibels
from lab.training.leads import LEVEL, lead
from lab.training.pool import RATE, Pool, Recording, Sampler

# Role of a recording that contains everything except the vocals.
ACCOMPANIMENT = "accompaniment"
# Pool of the pieces by `voicelift train play`, with a separate share (`MixtureRecipe.played`).
PLAYED = "played"
AUDIBLE = 0.005  # RMS above which a segment is not silent
QUIET_SIDE = 0.03  # level relative to the mixture below which a channel is not used as the first one

Pair = tuple[Wav, Wav]


@dataclass(frozen=True)
class MixtureRecipe:
    """The distribution of mixtures.

    segment: samples. Weights are relative, by pool; absent pools are skipped, and each pool without an entry has the
    weight `other_pools`. Levels are in dB, `stretch` in octaves up or down; all other numbers are probabilities.
    """

    segment: int = 320 * 256
    target: str = "vocals"
    vocals_weights: tuple[tuple[str, float], ...] = (
        ("musdb7", 4),
        ("mir1k", 3),
        ("songs", 1.5),
        ("sung", 1.5),
        ("vocals", 0.5),
        ("pjs", 1.5),
        ("solo", 1),
    )
    accompaniment_weights: tuple[tuple[str, float], ...] = (
        ("musdb7", 5),
        ("mir1k", 2),
        ("instrumental", 2),
        ("songs", 1),
        ("debian", 1),
        ("debian_gpl", 3),
        (PLAYED, 0),
    )
    other_pools: float = 0.0
    # Kind of pair: coherent: all parts of one song; silent: no target; solo: the target alone.
    coherent: float = 0.5
    silent: float = 0.05
    solo: float = 0.03
    second_voice: float = 0.15
    second_accompaniment: float = 0.1
    # Share of accompaniments that are pieces by sampled instruments (lab.training.played).
    played: float = 0.0
    # A synthesised melody (lab.training.leads) in the accompaniment of remixes, and its level.
    lead: float = 0.35
    lead_mean: float = -4.0
    lead_spread: float = 5.0
    level_mean: float = -3.0
    level_spread: float = 5.0
    # Change of speed, which moves pitch and tempo together.
    stretch: float = 0.25
    # Finished mixtures: mono; centred voice with the accompaniment in anti-phase. Accompaniments: mono parts panned;
    # stereo width changed.
    mono: float = 0.2
    opposed: float = 0.02
    panned: float = 0.5
    width: float = 0.15
    effects: Effects = field(default_factory=Effects)
    # Bandwidth in Hz of band-limited pools. In half of the remixes the accompaniment gets the same limit, so that the
    # model does not learn dull voices in full-band mixtures.
    bandwidths: tuple[tuple[str, float], ...] = (("mir1k", 8000.0),)
    seed: int = 0


ALL_MIXTURES = MixtureRecipe(other_pools=4.0)
# Only pools that are free for any use, so that the trained model is too.
OPEN_MIXTURES = MixtureRecipe(
    vocals_weights=(("songs", 2), ("sung", 1.5), ("vocals", 0.5), ("pjs", 1.5)),
    accompaniment_weights=(("instrumental", 2), ("songs", 1), ("debian", 1)),
)


class Mixtures:
    """Draws batches of (mixture `[B, 2, segment]`, target `[B, 1, segment]`).

    The target is that of the mixture's first channel, which has about the codec's level. Batch `i` depends on the
    recipe's seed and on `i` only.

    Raises:
        InputError: the pools with a weight contain no target, or nothing to mix it with.
    """

    def __init__(self, pool: Pool, recipe: MixtureRecipe) -> None:
        self.pool, self.recipe = pool, recipe
        self.drawn = 0
        self.random = np.random.default_rng(recipe.seed)
        self.songs: dict[tuple[str, str], dict[str, Recording]] = {}
        for recording in pool.select():
            self.songs.setdefault((recording.pool, recording.song), {})[recording.role] = recording
        voices, others = dict(recipe.vocals_weights), dict(recipe.accompaniment_weights)
        parts = [(recording, song) for song in self.songs.values() for recording in song.values()]
        targets = [(recording, song) for recording, song in parts if recording.role == recipe.target]
        backgrounds = [recording for recording, _ in parts if self._is_background(recording)]
        self.targets = Sampler((r for r, _ in targets), voices, recipe.other_pools)
        self.coherent_targets = Sampler((r for r, song in targets if len(song) > 1), voices, recipe.other_pools)
        self.backgrounds = Sampler(backgrounds, others, recipe.other_pools)
        self.stems = {
            key: Sampler((r for r in backgrounds if (r.pool, r.role) == key), {key[0]: 1})
            for key in {(r.pool, r.role) for r in backgrounds}
        }
        if recipe.played and (PLAYED, ACCOMPANIMENT) not in self.stems:
            raise InputError(
                f"The recipe requires pieces by sampled instruments, but the pool contains none. Create them with "
                f"`voicelift train play --out runs/{PLAYED}` and rebuild the pool with that folder."
            )
        for sampler, kind in ((self.targets, recipe.target), (self.backgrounds, "accompaniment")):
            if not sampler:
                raise InputError(f"The pool contains no {kind} for training in the sources that the recipe names.")

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """The next (mixture `[size, 2, segment]`, target `[size, 1, segment]`), float32."""
        self.drawn += 1
        return self.at(self.drawn - 1, size)

    def at(self, index: int, size: int) -> tuple[Tensor, Tensor]:
        """Batch number `index`, as `batch` returns it; independent of earlier calls."""
        self.random = np.random.default_rng((self.recipe.seed, index))
        pairs = [self.pair() for _ in range(size)]
        mixture, target = (torch.from_numpy(np.stack(side)) for side in zip(*pairs, strict=True))
        return mixture, target

    def pair(self) -> Pair:
        """One (mixture `[2, segment]`, target `[1, segment]`), float32."""
        return self._one_channel(*self.stereo())

    def stereo(self) -> Pair:
        """One (mixture, target), mono or stereo, `[C, segment]` each."""
        recipe, draw = self.recipe, self.random.uniform()
        if draw < recipe.silent:
            background = recipe.effects.channel(self._background(), self.random)
            target = np.zeros_like(background)
        elif draw < recipe.silent + recipe.solo:
            target = self._voices()[0]
            background = np.zeros_like(target)
        else:
            coherent = self.coherent_targets and self.random.uniform() < recipe.coherent
            target, background = self._coherent() if coherent else self._remix()
        if self._chance(0.5):
            target = -target
        if self._chance(recipe.opposed):
            middle, sides = target.mean(0, keepdims=True), background.mean(0, keepdims=True)
            target, background = np.repeat(middle, 2, axis=0), np.concatenate([sides, -sides])
        elif self._chance(recipe.mono):
            target, background = target.mean(0, keepdims=True), background.mean(0, keepdims=True)
        mixture = target + background
        target = np.broadcast_to(target, mixture.shape)
        return recipe.effects.release(mixture, target, self.random)

    def _one_channel(self, mixture: Wav, target: Wav) -> Pair:
        """A random channel of the mixture, the other as context, and its target, normalised to the network's level."""
        first = int(self.random.integers(len(mixture)))
        if rms(mixture[first]) < QUIET_SIDE * rms(mixture):
            first = len(mixture) - 1 - first
        pair = mixture[[first, len(mixture) - 1 - first]]
        gain = normalising_gain(pair[:1], SpectralCodec.level) * decibels(self.random.uniform(-4, 4))
        return pair * np.float32(gain), target[first][None] * np.float32(gain)

    def _coherent(self) -> Pair:
        recording = self.coherent_targets.draw(self.random)
        ratio = self._ratio()
        position = self._position(recording, ratio)
        song = self.songs[recording.pool, recording.song]
        others = [r for role, r in song.items() if role != self.recipe.target]
        target, *parts = self._aligned([recording, *others], position, ratio)
        return self._voice(target) * np.float32(decibels(self.random.normal(0, 2))), _sum(parts)

    def _remix(self) -> Pair:
        target, recording = self._voices()
        background = self.recipe.effects.channel(self._background(), self.random)
        limit = dict(self.recipe.bandwidths).get(recording.pool)
        if limit and self._chance(0.5):
            background = band_limit(background, limit)
        loudness = rms(background)
        if loudness > AUDIBLE:
            level = decibels(self.random.normal(self.recipe.level_mean, self.recipe.level_spread))
            target = target * np.float32(min(level * loudness / max(rms(target), 1e-3), 30.0))
        return target, background

    def _voices(self) -> tuple[Wav, Recording]:
        """A voice with effects, sometimes with a second voice behind it, and the recording of the first."""
        recording = self.targets.draw(self.random)
        target = self._staged(self._voice(self._take(recording)))
        if self._chance(self.recipe.second_voice):
            second = self._staged(self._voice(self._take(self.targets.draw(self.random))))
            level = decibels(self.random.uniform(-12, -3)) * rms(target) / max(rms(second), 1e-3)
            target = target + second * np.float32(level)
        return self.recipe.effects.space(target, self.random), recording

    def _staged(self, target: Wav) -> Wav:
        return self.recipe.effects.stage(target, self.random)

    def _background(self) -> Wav:
        """Everything except the target: one or two accompaniments, sometimes with a synthesised lead."""
        background = self._one_background()
        if self._chance(self.recipe.second_accompaniment):
            second = self._one_background()
            level = decibels(self.random.normal(0, 3)) * rms(background) / max(rms(second), 1e-3)
            background = background + second * np.float32(level)
        if self._chance(self.recipe.lead):
            level = decibels(self.random.normal(self.recipe.lead_mean, self.recipe.lead_spread)) / LEVEL
            melody = self._panned(lead(self.random, background.shape[1], RATE)[None].astype(np.float32))
            background = background + melody * np.float32(level * max(rms(background), AUDIBLE))
        if len(background) > 1 and self._chance(self.recipe.width):
            background = widened(background, float(self.random.uniform(0, 2)))
        return background

    def _panned(self, wav: Wav) -> Wav:
        """A part of an accompaniment; mono ones are sometimes panned."""
        if len(wav) > 1 or not self._chance(self.recipe.panned):
            return wav
        return placed(wav, float(self.random.uniform(-1, 1)), int(self.random.integers(-240, 241)))

    def _one_background(self) -> Wav:
        """An accompaniment, or stems: of one song, or each from a random song of the pool."""
        if self.recipe.played and self._chance(self.recipe.played):
            return self._take(self.stems[PLAYED, ACCOMPANIMENT].draw(self.random))
        chosen = self.backgrounds.draw(self.random)
        stems = [r for r in self.songs[chosen.pool, chosen.song].values() if self._is_background(r)]
        if self._chance(0.5):
            ratio = self._ratio()
            position = self._position(chosen, ratio)
            return _sum(self._aligned(stems, position, ratio))
        if len(stems) > 1:
            stems = [self.stems[stem.pool, stem.role].draw(self.random) for stem in stems]
        gains = [np.float32(decibels(self.random.normal(0, 3))) for _ in stems]
        return _sum([self._panned(self._take(stem)) * gain for stem, gain in zip(stems, gains, strict=True)])

    def _voice(self, wav: Wav) -> Wav:
        if self.recipe.target == "vocals":
            wav = self.recipe.effects.vocal_tract(wav, self.random)
        return self.recipe.effects.channel(wav, self.random)

    def _is_background(self, recording: Recording) -> bool:
        """False for an accompaniment if the target is not vocals, because it may contain the target."""
        role, target = recording.role, self.recipe.target
        return role != target and (role != ACCOMPANIMENT or target == "vocals")

    def _take(self, recording: Recording) -> Wav:
        ratio = self._ratio()
        return self._cut(recording, self._position(recording, ratio), ratio)

    def _position(self, recording: Recording, ratio: float) -> int:
        """A random start in samples, in up to four attempts one that is not silent."""
        samples = int(self.recipe.segment * ratio)
        # Recordings shorter than a segment are repeated, so they may start anywhere.
        places = recording.samples - samples if recording.samples > samples else recording.samples
        position = 0
        for _ in range(4):
            position = int(self.random.integers(0, max(1, places)))
            if rms(self.pool.read(recording, position, samples)) > AUDIBLE:
                break
        return position

    def _cut(self, recording: Recording, position: int, ratio: float, length: int = 0) -> Wav:
        """A segment from `position` on. The first `length` samples, by default the whole recording, are repeated."""
        samples = int(np.ceil(self.recipe.segment * ratio)) + 8
        length = length or recording.samples
        if position + samples <= length:
            wav = self.pool.read(recording, position, samples)
        else:
            wav = np.take(
                self.pool.read(recording, 0, length), range(position, position + samples), axis=1, mode="wrap"
            )
        return (change_speed(wav, ratio) if ratio != 1.0 else wav)[:, : self.recipe.segment]

    def _aligned(self, recordings: list[Recording], position: int, ratio: float) -> list[Wav]:
        """Segments of recordings of one song, in time with each other."""
        length = min(recording.samples for recording in recordings)
        return [self._cut(recording, position, ratio, length) for recording in recordings]

    def _ratio(self) -> float:
        """The change of speed; 1 in half of the draws."""
        return float(2 ** self.random.uniform(-self.recipe.stretch, self.recipe.stretch)) if self._chance(0.5) else 1.0

    def _chance(self, share: float) -> bool:
        return bool(self.random.uniform() < share)


def _sum(parts: list[Wav]) -> Wav:
    """The sum of mono and stereo parts `[C, T]`."""
    return sum(parts[1:], start=parts[0])
