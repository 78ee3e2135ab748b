"""Synthetic songs, a singing-like voice over a small band, for CI and tests without recordings. Numpy only.

Scores on them show whether a model separates at all and whether a checkpoint got worse. They do not predict scores on
real songs.
"""

import numpy as np
from numpy.typing import NDArray

Wav = NDArray[np.float32]

# (formant, bandwidth) in Hz of sung a, e, i, o, u
VOWELS = (
    ((730, 90), (1090, 110), (2440, 170), (3400, 250)),
    ((530, 60), (1840, 100), (2480, 180), (3500, 250)),
    ((270, 60), (2290, 100), (3010, 200), (3700, 250)),
    ((570, 80), (840, 100), (2410, 170), (3300, 250)),
    ((300, 60), (870, 100), (2240, 170), (3300, 250)),
)
SCALE = (0, 2, 4, 7, 9, 12)  # pentatonic, semitones
NOTE_S = 0.5


def sing(seconds: float, rate: int, seed: int) -> Wav:
    """A mono voice `[n]`: notes of half a second with vibrato, vowels and breath; every fourth note is a rest."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    notes = max(1, -(-n // round(NOTE_S * rate)))
    which = np.minimum((np.arange(n) / (NOTE_S * rate)).astype(int), notes - 1)
    root = 200.0 * 2 ** (rng.integers(-4, 8) / 12)
    pitches = root * 2.0 ** (rng.choice(SCALE, notes) / 12)
    t = np.arange(n) / rate
    glide = max(1, round(0.04 * rate))
    smooth = np.convolve(np.pad(pitches[which], glide, mode="edge"), np.ones(glide) / glide, "same")[glide:-glide]
    f0 = smooth * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(f0) / rate
    vowels = rng.integers(0, len(VOWELS), notes)[which]
    voice = np.zeros(n)
    for harmonic in range(1, 60):
        frequency = f0 * harmonic
        audible = frequency < 0.45 * rate
        if not audible.any():
            break
        gain = np.zeros(n)
        for vowel, formants in enumerate(VOWELS):
            mask = vowels == vowel
            gain[mask] = sum(1 / (1 + ((frequency[mask] - centre) / width) ** 2) for centre, width in formants)
        voice += audible * gain * np.sin(harmonic * phase) / harmonic**0.7
    voice += 0.02 * rng.standard_normal(n)
    sung = np.repeat(np.arange(notes) % 4 != 3, round(NOTE_S * rate))[:n].astype(float)
    fade = max(1, round(0.02 * rate))
    envelope = np.convolve(sung, np.ones(fade) / fade, "same") * (sung > 0)
    voice *= envelope
    return np.asarray(0.25 * voice / np.abs(voice).max(), dtype=np.float32)


def accompany(seconds: float, rate: int, seed: int) -> Wav:
    """A stereo band `[2, n]`: sustained chords, bass and drums."""
    rng = np.random.default_rng(1_000_000 + seed)
    n = round(seconds * rate)
    t = np.arange(n) / rate
    beat = (t / NOTE_S).astype(int)
    within = t - beat * NOTE_S
    roots = 110.0 * 2.0 ** (rng.choice((0, 5, 7, 9), 4) / 12)
    root = roots[(beat // 4) % 4]
    band = np.zeros((2, n))
    for index, interval in enumerate((1.0, 1.2599, 1.4983, 2.0)):
        tone = sum(np.sin(2 * np.pi * np.cumsum(root * interval * k) / rate) / k**1.5 for k in range(1, 9))
        band += np.array([[0.6 + 0.1 * index], [0.9 - 0.1 * index]]) * tone * 0.12
    band += 0.3 * np.sin(2 * np.pi * np.cumsum(root / 2) / rate) * np.exp(-3 * within)
    noise = rng.standard_normal((2, n))
    snare = np.where(beat % 2 == 1, np.exp(-18 * within), 0.0)
    hat = np.exp(-60 * (within % (NOTE_S / 2)))
    kick = np.sin(2 * np.pi * 55 * within) * np.exp(-9 * within) * (beat % 2 == 0)
    band += 0.15 * noise * snare + 0.05 * np.diff(noise, axis=1, prepend=0) * hat + 0.5 * kick
    return np.asarray(0.35 * band / np.abs(band).max(), dtype=np.float32)
