"""Which effects a recording or a mixture goes through, and their settings, drawn at random; augment.py applies them."""

from dataclasses import dataclass

import numpy as np

from core.audio.types import Wav
from core.separation.level import rms
from lab.training.augment import (
    LOSSY,
    band_limit,
    compression,
    echo,
    equalise,
    formant_shift,
    lossy,
    placed,
    reverb,
    room,
)
from lab.training.pool import RATE

ORIGINS = (4000.0, 5500.0, 8000.0)  # bands of what was sampled at 8, 11 and 16 kHz


def decibels(gain: float) -> float:
    """The factor of a gain in dB."""
    return float(10 ** (gain / 20))


@dataclass(frozen=True)
class Effects:
    """Chances, and the range of formant shifts in octaves either way. All audio is `[C, T]`, mono or stereo.

    panned, doubled: a mono voice that is not in the middle; a stereo one that is turned. Rooms are stereo.
    """

    shifted: float = 0.2
    formants: float = 0.2
    equaliser: float = 0.5
    compressor: float = 0.25
    room: float = 0.25
    echo: float = 0.08
    panned: float = 0.15
    doubled: float = 0.07
    mastering: float = 0.15
    band_limit: float = 0.05
    lossy: float = 0.1

    def throat(self, voice: Wav, random: np.random.Generator) -> Wav:
        """The voice of a smaller or a larger singer."""
        if random.uniform() >= self.shifted:
            return voice
        return formant_shift(voice, float(2 ** random.uniform(-self.formants, self.formants)))

    def channel(self, wav: Wav, random: np.random.Generator) -> Wav:
        """One channel of a mixing desk: its equaliser and its compressor."""
        if random.uniform() < self.equaliser:
            wav = equalise(wav, random.normal(0, 2.5, 7))
        if random.uniform() < self.compressor:
            wav = wav * _gain(wav, random)
        return wav

    def space(self, voice: Wav, random: np.random.Generator) -> Wav:
        """Repeats in time, and a room behind the voice."""
        if random.uniform() < self.echo:
            delay = int(random.uniform(0.09, 0.6) * RATE)
            voice = echo(voice, delay, random.uniform(0.1, 0.5), random.uniform(0.1, 0.6))
        if random.uniform() < self.room:
            shape = random.uniform(0.2, 1.8), random.uniform(0, 0.04), random.uniform(0, 0.7)
            impulses = np.stack([room(random, *shape) for _ in range(2)])
            voice = reverb(voice, impulses, decibels(random.uniform(-22, -5)))
        return voice

    def stage(self, voice: Wav, random: np.random.Generator) -> Wav:
        """Where the voice stands: mostly where it was recorded; now and then aside, or twice, a little apart."""
        if random.uniform() < self.doubled:
            middle = voice.mean(0, keepdims=True)
            twice = placed(middle, -0.9) + placed(middle, 0.9, int(random.uniform(0.008, 0.03) * RATE))
            voice = (voice + twice if random.uniform() < 0.5 else twice).astype(np.float32)
        if random.uniform() < self.panned:
            voice = placed(voice, float(np.clip(random.normal(0, 0.5), -1, 1)))
        return voice

    def release(self, mixture: Wav, target: Wav, random: np.random.Generator) -> tuple[Wav, Wav]:
        """From the desk to the listener: mastering and a band limit for both, a lossy codec for the mixture alone."""
        if random.uniform() < self.mastering:
            gain = _gain(mixture, random)
            mixture, target = mixture * gain, target * gain
        if random.uniform() < self.band_limit:
            cutoff = float(random.choice(ORIGINS))
            mixture, target = band_limit(mixture, cutoff), band_limit(target, cutoff)
        if random.uniform() < self.lossy:
            codec = str(random.choice(list(LOSSY)))
            mixture = lossy(mixture, codec, int(random.integers(*LOSSY[codec])))
        return mixture, target


def _gain(wav: Wav, random: np.random.Generator) -> Wav:
    threshold = 20 * np.log10(max(rms(wav), 1e-4)) + random.uniform(-8, 3)
    return compression(wav, float(threshold), random.uniform(1.5, 6))
