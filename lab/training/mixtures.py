"""Training mixtures made on the fly: coherent songs and random remixes, through the effects that records go through.

The network hears one channel of a recording beside the other (core.nets.conditioner), so a pair is one channel of a
stereo mixture, the other one, and the target in the first. What is mono stays so until something places it.

The target is one source, vocals unless the recipe says another; the mixture is the sum of everything. A remix takes
its parts from different songs, so that minutes of recordings become days of mixtures; coherent ones keep what makes
real songs hard (a voice in key and on the beat). What is done to a voice (reverb, echo, backing voices) is part of
the target, as on records; what is done to the mixture as a whole (mastering, a band limit) is done to both; only
the damage of a lossy codec stays out of the target.
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
from lab.training.pool import RATE, Pool, Recording, Shelf

# The role of a recording that holds everything but the vocals.
ACCOMPANIMENT = "accompaniment"
# The pool of pieces that `voicelift train play` made: drawn by their own share.
PLAYED = "played"
AUDIBLE = 0.005  # RMS

QUIET_SIDE = 0.03  # of the louder channel's level: below it the network does not learn from a channel

Pair = tuple[Wav, Wav]


@dataclass(frozen=True)
class MixtureRecipe:
    """How mixtures are drawn.

    `segment` in samples. Weights are by pool, need not sum to one, and pools that are not there are passed over;
    every pool that they do not name weighs `other_pools`. Levels in dB, `stretch` in octaves either way,
    all else chances.
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
    # Which pair. A coherent one is a song as it was; a silent one has no target, a solo nothing else.
    coherent: float = 0.5
    silent: float = 0.05
    solo: float = 0.03
    second_voice: float = 0.15
    second_accompaniment: float = 0.1
    # Of the accompaniments, how many are pieces by sampled instruments (lab.training.played).
    played: float = 0.0
    # A synthesised melody (lab.training.leads) in an accompaniment that is not the song's own, and its level.
    lead: float = 0.35
    lead_mean: float = -4.0
    lead_spread: float = 5.0
    level_mean: float = -3.0
    level_spread: float = 5.0
    # Pitch and tempo together.
    stretch: float = 0.25
    # Of the finished mixtures: in one channel alone; the voice in the middle and everything else in anti-phase. Of the
    # accompaniments: mono ones (or stems) put aside, the sides made narrower or wider.
    mono: float = 0.2
    opposed: float = 0.02
    aside: float = 0.5
    width: float = 0.15
    effects: Effects = field(default_factory=Effects)
    # Pools whose recordings end at a frequency, in Hz: half of their remixes end there too, so that a voice without
    # brilliance is not taught as the rule in mixtures that have it.
    origins: tuple[tuple[str, float], ...] = (("mir1k", 8000.0),)
    seed: int = 0


ALL_MIXTURES = MixtureRecipe(other_pools=4.0)
# Of the pools that are free for any use alone: what is trained on these may be used for anything.
OPEN_MIXTURES = MixtureRecipe(
    vocals_weights=(("songs", 2), ("sung", 1.5), ("vocals", 0.5), ("pjs", 1.5)),
    accompaniment_weights=(("instrumental", 2), ("songs", 1), ("debian", 1)),
)


class Mixtures:
    """Draws batches of (mixture `[B, 2, segment]`, target `[B, 1, segment]`), the first channel at about the codec's
    level; the target is what is sung in the first channel.

    Batch `i` depends on the recipe's seed and on `i` alone.

    Raises:
        InputError: the pools that the recipe names hold no target, or nothing to mix it with.
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
        self.targets = Shelf((r for r, _ in targets), voices, recipe.other_pools)
        self.whole = Shelf((r for r, song in targets if len(song) > 1), voices, recipe.other_pools)
        self.backgrounds = Shelf(backgrounds, others, recipe.other_pools)
        self.stems = {
            key: Shelf((r for r in backgrounds if (r.pool, r.role) == key), {key[0]: 1})
            for key in {(r.pool, r.role) for r in backgrounds}
        }
        if recipe.played and (PLAYED, ACCOMPANIMENT) not in self.stems:
            raise InputError(
                f"The recipe asks for pieces by sampled instruments, and the pool holds none: make them with "
                f"`voicelift train play --out runs/{PLAYED}`, and the pool again with that folder."
            )
        for shelf, kind in ((self.targets, recipe.target), (self.backgrounds, "accompaniment")):
            if not shelf:
                raise InputError(f"The pool holds no {kind} for training in the sources that the recipe names.")

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """The next (mixture `[size, 2, segment]`, target `[size, 1, segment]`), float32."""
        self.drawn += 1
        return self.at(self.drawn - 1, size)

    def at(self, index: int, size: int) -> tuple[Tensor, Tensor]:
        """Batch number `index`: the same whenever it is asked for."""
        self.random = np.random.default_rng((self.recipe.seed, index))
        pairs = [self.pair() for _ in range(size)]
        mixture, target = (torch.from_numpy(np.stack(side)) for side in zip(*pairs, strict=True))
        return mixture, target

    def pair(self) -> Pair:
        """One (mixture `[2, segment]`, target `[1, segment]`), float32."""
        return self._heard(*self.stereo())

    def stereo(self) -> Pair:
        """One (mixture, target) as a record has it, `[C, segment]` each, of one or two channels."""
        recipe, draw = self.recipe, self.random.uniform()
        if draw < recipe.silent:
            background = recipe.effects.channel(self._background(), self.random)
            target = np.zeros_like(background)
        elif draw < recipe.silent + recipe.solo:
            target = self._voices()[0]
            background = np.zeros_like(target)
        else:
            coherent = self.whole and self.random.uniform() < recipe.coherent
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

    def _heard(self, mixture: Wav, target: Wav) -> Pair:
        """One channel of the mixture and the other, at the level that the network hears, and the first one's target."""
        first = int(self.random.integers(len(mixture)))
        if rms(mixture[first]) < QUIET_SIDE * rms(mixture):
            first = len(mixture) - 1 - first
        pair = mixture[[first, len(mixture) - 1 - first]]
        gain = normalising_gain(pair[:1], SpectralCodec.level) * decibels(self.random.uniform(-4, 4))
        return pair * np.float32(gain), target[first][None] * np.float32(gain)

    def _coherent(self) -> Pair:
        recording = self.whole.draw(self.random)
        ratio = self._ratio()
        position = self._position(recording, ratio)
        song = self.songs[recording.pool, recording.song]
        others = [r for role, r in song.items() if role != self.recipe.target]
        target, *parts = self._whole([recording, *others], position, ratio)
        return self._voice(target) * np.float32(decibels(self.random.normal(0, 2))), _sum(parts)

    def _remix(self) -> Pair:
        target, recording = self._voices()
        background = self.recipe.effects.channel(self._background(), self.random)
        limit = dict(self.recipe.origins).get(recording.pool)
        if limit and self._chance(0.5):
            background = band_limit(background, limit)
        loudness = rms(background)
        if loudness > AUDIBLE:
            wanted = decibels(self.random.normal(self.recipe.level_mean, self.recipe.level_spread))
            target = target * np.float32(min(wanted * loudness / max(rms(target), 1e-3), 30.0))
        return target, background

    def _voices(self) -> tuple[Wav, Recording]:
        """A voice through its effects, now and then with another behind it; the recording of the first."""
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
        """Everything but the target, of one pool; now and then two of them at once."""
        background = self._one_background()
        if self._chance(self.recipe.second_accompaniment):
            second = self._one_background()
            level = decibels(self.random.normal(0, 3)) * rms(background) / max(rms(second), 1e-3)
            background = background + second * np.float32(level)
        if self._chance(self.recipe.lead):
            level = decibels(self.random.normal(self.recipe.lead_mean, self.recipe.lead_spread)) / LEVEL
            melody = self._aside(lead(self.random, background.shape[1], RATE)[None].astype(np.float32))
            background = background + melody * np.float32(level * max(rms(background), AUDIBLE))
        if len(background) > 1 and self._chance(self.recipe.width):
            background = widened(background, float(self.random.uniform(0, 2)))
        return background

    def _aside(self, wav: Wav) -> Wav:
        """A mono part of an accompaniment, now and then out of the middle."""
        if len(wav) > 1 or not self._chance(self.recipe.aside):
            return wav
        return placed(wav, float(self.random.uniform(-1, 1)), int(self.random.integers(-240, 241)))

    def _one_background(self) -> Wav:
        """An accompaniment; or a song's stems, as they were or each from any song of its pool."""
        if self.recipe.played and self._chance(self.recipe.played):
            return self._take(self.stems[PLAYED, ACCOMPANIMENT].draw(self.random))
        chosen = self.backgrounds.draw(self.random)
        stems = [r for r in self.songs[chosen.pool, chosen.song].values() if self._is_background(r)]
        if self._chance(0.5):
            ratio = self._ratio()
            position = self._position(chosen, ratio)
            return _sum(self._whole(stems, position, ratio))
        if len(stems) > 1:
            stems = [self.stems[stem.pool, stem.role].draw(self.random) for stem in stems]
        gains = [np.float32(decibels(self.random.normal(0, 3))) for _ in stems]
        return _sum([self._aside(self._take(stem)) * gain for stem, gain in zip(stems, gains, strict=True)])

    def _voice(self, wav: Wav) -> Wav:
        throat = self.recipe.effects.throat(wav, self.random) if self.recipe.target == "vocals" else wav
        return self.recipe.effects.channel(throat, self.random)

    def _is_background(self, recording: Recording) -> bool:
        """An accompaniment, of which only is known that it has no vocals, may hold any other target."""
        role, target = recording.role, self.recipe.target
        return role != target and (role != ACCOMPANIMENT or target == "vocals")

    def _take(self, recording: Recording) -> Wav:
        ratio = self._ratio()
        return self._cut(recording, self._position(recording, ratio), ratio)

    def _position(self, recording: Recording, ratio: float) -> int:
        """Where to start, in samples, preferring places that are not silent."""
        samples = int(self.recipe.segment * ratio)
        # What is shorter goes round, so it may start anywhere.
        places = recording.samples - samples if recording.samples > samples else recording.samples
        position = 0
        for _ in range(4):
            position = int(self.random.integers(0, max(1, places)))
            if rms(self.pool.read(recording, position, samples)) > AUDIBLE:
                break
        return position

    def _cut(self, recording: Recording, position: int, ratio: float, length: int = 0) -> Wav:
        """A segment from `position` on; what ends before it starts again (after `length`, if its song is shorter)."""
        samples = int(np.ceil(self.recipe.segment * ratio)) + 8
        length = length or recording.samples
        if position + samples <= length:
            wav = self.pool.read(recording, position, samples)
        else:
            wav = np.take(
                self.pool.read(recording, 0, length), range(position, position + samples), axis=1, mode="wrap"
            )
        return (change_speed(wav, ratio) if ratio != 1.0 else wav)[:, : self.recipe.segment]

    def _whole(self, recordings: list[Recording], position: int, ratio: float) -> list[Wav]:
        """Recordings of one song, in time with each other."""
        length = min(recording.samples for recording in recordings)
        return [self._cut(recording, position, ratio, length) for recording in recordings]

    def _ratio(self) -> float:
        """Of speed and pitch together; half the draws are left as they are."""
        return float(2 ** self.random.uniform(-self.recipe.stretch, self.recipe.stretch)) if self._chance(0.5) else 1.0

    def _chance(self, share: float) -> bool:
        return bool(self.random.uniform() < share)


def _sum(parts: list[Wav]) -> Wav:
    """Of mono and stereo parts `[C, T]`."""
    return sum(parts[1:], start=parts[0])
