"""Draws the effects of a recording or a mixture and their settings at random; augment.py applies them."""

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

CUTOFFS = (4000.0, 5500.0, 8000.0)  # Hz: bandwidths of recordings sampled at 8, 11 and 16 kHz


def decibels(gain: float) -> float:
    """The linear factor of a gain in dB."""
    return float(10 ** (gain / 20))


@dataclass(frozen=True)
class Effects:
    """Probabilities of the effects; all audio is `[C, T]`, mono or stereo.

    formants: largest formant shift in octaves, up or down; shifted: its probability.
    panned, doubled: the voice is moved off the centre; the voice is sung twice. Rooms are stereo.
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

    def vocal_tract(self, voice: Wav, random: np.random.Generator) -> Wav:
        """The voice with shifted formants, as of a shorter or a longer vocal tract."""
        if random.uniform() >= self.shifted:
            return voice
        return formant_shift(voice, float(2 ** random.uniform(-self.formants, self.formants)))

    def channel(self, wav: Wav, random: np.random.Generator) -> Wav:
        """A channel strip: equaliser and compressor."""
        if random.uniform() < self.equaliser:
            wav = equalise(wav, random.normal(0, 2.5, 7))
        if random.uniform() < self.compressor:
            wav = wav * _gain(wav, random)
        return wav

    def space(self, voice: Wav, random: np.random.Generator) -> Wav:
        """Echo and reverberation."""
        if random.uniform() < self.echo:
            delay = int(random.uniform(0.09, 0.6) * RATE)
            voice = echo(voice, delay, random.uniform(0.1, 0.5), random.uniform(0.1, 0.6))
        if random.uniform() < self.room:
            shape = random.uniform(0.2, 1.8), random.uniform(0, 0.04), random.uniform(0, 0.7)
            impulses = np.stack([room(random, *shape) for _ in range(2)])
            voice = reverb(voice, impulses, decibels(random.uniform(-22, -5)))
        return voice

    def stage(self, voice: Wav, random: np.random.Generator) -> Wav:
        """Stereo placement: sometimes doubled (two delayed copies, left and right) or panned."""
        if random.uniform() < self.doubled:
            middle = voice.mean(0, keepdims=True)
            twice = placed(middle, -0.9) + placed(middle, 0.9, int(random.uniform(0.008, 0.03) * RATE))
            voice = (voice + twice if random.uniform() < 0.5 else twice).astype(np.float32)
        if random.uniform() < self.panned:
            voice = placed(voice, float(np.clip(random.normal(0, 0.5), -1, 1)))
        return voice

    def release(self, mixture: Wav, target: Wav, random: np.random.Generator) -> tuple[Wav, Wav]:
        """Mastering compression and a band limit for both, a lossy codec for the mixture alone."""
        if random.uniform() < self.mastering:
            gain = _gain(mixture, random)
            mixture, target = mixture * gain, target * gain
        if random.uniform() < self.band_limit:
            cutoff = float(random.choice(CUTOFFS))
            mixture, target = band_limit(mixture, cutoff), band_limit(target, cutoff)
        if random.uniform() < self.lossy:
            codec = str(random.choice(list(LOSSY)))
            mixture = lossy(mixture, codec, int(random.integers(*LOSSY[codec])))
        return mixture, target


def _gain(wav: Wav, random: np.random.Generator) -> Wav:
    threshold = 20 * np.log10(max(rms(wav), 1e-4)) + random.uniform(-8, 3)
    return compression(wav, float(threshold), random.uniform(1.5, 6))
