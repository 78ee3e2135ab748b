"""Synthesised lead instruments for accompaniments, so that the model learns not to extract them as vocals [D].

Pitch, glides and vibrato are drawn as for a singer. A lead differs from a voice in its timbre, which does not
articulate: one waveform, brighter when louder, through one fixed filter.

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.training.augment import Mono, equalise

TABLE = 2048  # samples of one period
HARMONICS = np.arange(1, 33)
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10))
LEVEL = 0.1  # RMS of the samples that are not silent

Curve = NDArray[np.float64]


def lead(random: np.random.Generator, samples: int, rate: int) -> Mono:
    """A melody of one to three parts on a random instrument, float32 `[samples]`, about `LEVEL` RMS while it sounds."""
    instrument, tune = Instrument.draw(random), Tune.draw(random)
    parts = 1 + int(random.choice(3, p=(0.7, 0.2, 0.1)))
    wav = np.sum([_part(random, instrument, tune, samples, rate) for _ in range(parts)], axis=0)
    coloured = equalise(wav.astype(np.float32), random.normal(0, 6, 7))  # resonances of the body
    sounding = coloured[np.abs(coloured) > 1e-4]
    return coloured * np.float32(LEVEL / np.sqrt(np.mean(np.square(sounding))) if len(sounding) else 0)


@dataclass(frozen=True)
class Instrument:
    """Two waveforms, between which the loudness interpolates, and the envelope and pitch of a note.

    attack, decay, glide: time constants in seconds; vibrato: Hz; sway: depth of the vibrato in semitones; breath: level
    of noise relative to the waveform.
    """

    bright: Curve
    dark: Curve
    attack: float
    decay: float  # infinite: sustained
    vibrato: float
    sway: float
    glide: float
    breath: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> "Instrument":
        def now_and_then(chance: float, low: float, high: float, otherwise: float) -> float:
            value, draw = random.uniform(low, high), random.uniform()
            return float(value) if draw < chance else otherwise

        hollow = HARMONICS % 2 == 0 if random.uniform() < 0.25 else np.zeros(len(HARMONICS), dtype=bool)
        gains = HARMONICS ** -random.uniform(0.6, 2.5) * random.lognormal(0, 0.5, len(HARMONICS)) * ~hollow
        return cls(
            bright=_period(random, gains),
            dark=_period(random, gains * HARMONICS ** -random.uniform(0.5, 2)),
            attack=random.uniform(0.003, 0.12),
            decay=now_and_then(0.35, 0.1, 1.5, np.inf),
            vibrato=random.uniform(4, 7),
            sway=now_and_then(0.6, 0, 0.6, 0),
            glide=now_and_then(0.4, 0.005, 0.15, 0.005),
            breath=now_and_then(0.3, 0, 0.05, 0),
        )


@dataclass(frozen=True)
class Tune:
    """Shared by the parts of a melody: a scale in semitones, its root in Hz, the length of a beat in seconds."""

    scale: tuple[int, ...]
    root: float
    beat: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> "Tune":
        scale = SCALES[int(random.integers(len(SCALES)))]
        return cls(scale, 110.0 * 2 ** random.uniform(0, 2), random.uniform(0.12, 0.7))


def _period(random: np.random.Generator, gains: Curve) -> Curve:
    """One period `[TABLE]` of harmonics with these gains and random phases, at 1 RMS."""
    spectrum = np.zeros(TABLE // 2 + 1, dtype=complex)
    spectrum[HARMONICS] = gains * np.exp(2j * np.pi * random.uniform(size=len(gains)))
    wave = np.fft.irfft(spectrum)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)))


def _part(random: np.random.Generator, instrument: Instrument, tune: Tune, samples: int, rate: int) -> Curve:
    """One part `[samples]`: a random walk on the scale; a fifth of the notes are rests."""
    beats = random.choice((0.5, 1, 1, 2, 4), 2 * int(samples / rate / tune.beat) + 2)
    lengths = np.maximum(1, (beats * tune.beat * rate).astype(int))
    note = np.repeat(np.arange(len(lengths)), lengths)[:samples]
    ends = np.cumsum(lengths)
    here = np.arange(samples)
    since, left = (here - (ends - lengths)[note]) / rate, (ends[note] - here) / rate

    walk = np.cumsum(random.integers(-3, 4, len(lengths))) % (2 * len(tune.scale))
    pitches = np.array(tune.scale)[walk % len(tune.scale)] + 12 * (walk // len(tune.scale))
    before = np.concatenate([pitches[:1], pitches[:-1]])
    sway = instrument.sway * np.clip(since / 0.4, 0, 1) * np.sin(2 * np.pi * instrument.vibrato * here / rate)
    pitch = pitches[note] + (before - pitches)[note] * np.exp(-since / instrument.glide) + sway
    place = (np.cumsum(tune.root * 2.0 ** (pitch / 12)) / rate * TABLE).astype(int) % TABLE

    accents = random.uniform(0.4, 1, len(lengths)) * (random.uniform(size=len(lengths)) > 0.2)
    loudness = accents[note] * np.clip(since / instrument.attack, 0, 1) * np.clip(left / 0.02, 0, 1)
    loudness = loudness * np.exp(-since / instrument.decay)
    wave = loudness * instrument.bright[place] + (1 - loudness) * instrument.dark[place]
    return np.asarray(loudness * (wave + instrument.breath * random.standard_normal(samples)))
