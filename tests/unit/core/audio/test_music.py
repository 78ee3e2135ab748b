"""Key and tempo of synthetic songs."""

from collections import deque
from collections.abc import Iterable

import numpy as np
import pytest

from core.audio.music import KEYS, KeyTempo, KeyTempoEstimator

RATE = 22050


def estimate(wav: np.ndarray, block: int = RATE, rate: int = RATE) -> KeyTempo:
    estimator = KeyTempoEstimator(rate)
    blocks: Iterable[np.ndarray] = (wav[:, start : start + block] for start in range(0, wav.shape[1], block))
    deque(estimator.observing(blocks), maxlen=0)
    return estimator.estimate()


def tone(keys: Iterable[int], seconds: float, tuning: float = 0.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    hertz = [440 * 2 ** ((key + tuning - 69) / 12) for key in keys]
    return np.sum([np.sin(2 * np.pi * k * hz * t) / k**1.5 for hz in hertz for k in range(1, 6)], axis=0)


def song(tonic: int, minor: bool, bpm: float, tuning: float = 0.0, seconds: float = 24.0) -> np.ndarray:
    """`[2, n]`: tonic, subdominant, dominant and tonic chords of two beats each, with a click on each beat."""
    beat = 60 / bpm
    third = 3 if minor else 4
    roots = [(tonic, third), (tonic + 5, third), (tonic + 7, 4), (tonic, third)]
    chords = [
        tone((48 + root % 12, 60 + root % 12, 60 + root % 12 + third, 67 + root % 12), 2 * beat, tuning)
        for root, third in roots
    ]
    wav = np.tile(np.concatenate(chords), 20)[: round(seconds * RATE)] * 0.05
    random = np.random.default_rng(0)
    for at in np.arange(0, seconds - 0.1, beat):
        start = round(at * RATE)
        wav[start : start + 800] += 0.4 * random.normal(size=800) * np.exp(-np.arange(800) / 150)
    return np.stack([wav, wav]).astype(np.float32)


@pytest.mark.parametrize(
    ("tonic", "minor", "bpm"), [(9, True, 92.0), (0, False, 120.0), (6, False, 140.0), (3, True, 70.0)]
)
def test_key_and_tempo_are_estimated(tonic: int, minor: bool, bpm: float) -> None:
    music = estimate(song(tonic, minor, bpm))
    assert music.key == KEYS[tonic + 12 * minor]
    assert music.tempo_bpm == pytest.approx(bpm, rel=0.01)
    assert music.key_confidence is not None and music.key_confidence > 0.5
    assert music.tempo_confidence is not None and music.tempo_confidence > 0.5


@pytest.mark.parametrize("tuning", [-0.3, 0.3])
def test_a_recording_may_be_out_of_tune(tuning: float) -> None:
    assert estimate(song(2, False, 100.0, tuning)).key == "D major"


def test_estimates_do_not_depend_on_block_sizes() -> None:
    wav = song(4, True, 110.0, seconds=12.0)
    assert estimate(wav, 777) == estimate(wav, RATE) == estimate(wav, wav.shape[1])


def test_noise_has_low_confidence() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1, 30 * RATE)).astype(np.float32)
    music = estimate(noise)
    assert (music.tempo_confidence or 0) < 0.4
    assert (music.key_confidence or 0) < 0.4


@pytest.mark.parametrize("wav", [np.zeros((2, 20 * RATE), np.float32), song(0, False, 120.0, seconds=5.0)])
def test_silence_and_short_clips_have_no_estimate(wav: np.ndarray) -> None:
    assert estimate(wav) == KeyTempo(None, None, None, None)


def test_only_the_beginning_of_a_long_recording_is_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.audio.music.MAX_S", 20.0)
    first = song(7, False, 96.0, seconds=20.0)
    assert estimate(np.concatenate([first, song(1, True, 150.0)], axis=1)) == estimate(first)
