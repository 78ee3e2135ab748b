"""PESQ, STOI, pitch and embedding distance on signals with a known answer."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidOptions
from lab.evaluation.embedding import Clap, embedding_distance
from lab.evaluation.perceptual import pesq, pitch, pitch_errors, stoi
from lab.evaluation.synthetic import sing

RATE = 24000


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None,
        reason=f"the package {package} (extra `evaluation-voice`) is not installed",
    )


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return sing(3.0, RATE, seed=1)


@needs("pesq")
def test_pesq_equals_the_package_and_falls_with_noise(voice: np.ndarray) -> None:
    from pesq import pesq as public

    at16 = sing(3.0, 16000, seed=1).astype(np.float64)
    noisy = at16 + 0.02 * np.random.default_rng(0).standard_normal(at16.shape)
    assert pesq(at16, noisy, 16000) == pytest.approx(public(16000, at16, noisy, "wb"), abs=1e-6)
    best = pesq(voice, voice, RATE)
    assert best == pytest.approx(4.644, abs=0.01), "the upper end of the scale"
    assert pesq(np.zeros(RATE), voice[:RATE], RATE) is None


@needs("pystoi")
def test_stoi_equals_the_package(voice: np.ndarray) -> None:
    from pystoi import stoi as public

    at10 = sing(3.0, 10000, seed=1).astype(np.float64)
    noisy = at10 + 0.05 * np.random.default_rng(0).standard_normal(at10.shape)
    assert stoi(at10, noisy, 10000) == pytest.approx(public(at10, noisy, 10000), abs=1e-9)
    assert stoi(voice, voice, RATE) == pytest.approx(1.0, abs=1e-6)
    assert stoi(np.zeros(RATE), voice[:RATE], RATE) is None
    assert stoi(voice[: RATE // 10], voice[: RATE // 10], RATE) is None, "too short"


@needs("pyworld")
def test_pitch_of_a_harmonic_tone_and_a_semitone_of_error() -> None:
    t = np.arange(RATE) / RATE
    low = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 20))
    high = sum(np.sin(2 * np.pi * 220 * 2 ** (1 / 12) * k * t) / k for k in range(1, 20))
    track = pitch(low, RATE)
    assert np.median(track[track > 0]) == pytest.approx(220, rel=0.005)
    errors = pitch_errors(track, pitch(high, RATE))
    assert errors.cents == pytest.approx(100, abs=3)
    assert errors.voicing is not None and errors.voicing < 0.05


def test_voicing_error_by_hand() -> None:
    reference, estimate = np.array([0.0, 100, 100, 100, 0]), np.array([0.0, 100, 200, 0, 100])
    errors = pitch_errors(reference, estimate)
    assert errors.voicing == pytest.approx(2 / 5)
    assert errors.cents == pytest.approx(600), "median of 0 and one octave"
    assert pitch_errors(np.zeros(5), estimate).voicing is None
    assert pitch_errors(reference, np.zeros(5)).cents is None


class MeanAndPower:
    rate = 8000

    def __call__(self, mono: np.ndarray) -> np.ndarray:
        return np.array([mono.mean(), np.sqrt(np.mean(mono**2))])


def test_embedding_distance_is_the_mean_square_over_windows() -> None:
    reference, estimate = np.full((2, 160000), 0.5), np.full((2, 160000), 0.2)
    assert embedding_distance(MeanAndPower(), reference, estimate, 8000) == pytest.approx(0.09, rel=1e-6)
    assert embedding_distance(MeanAndPower(), np.zeros((1, 8000)), estimate[:1, :8000], 8000) is None


def test_missing_weights_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InvalidOptions, match="laion/larger_clap_music"):
        Clap(tmp_path)
