"""Metrics of one pair of signals, against analytic cases and public implementations."""

import fast_bss_eval
import numpy as np
import pytest
import torch
from auraloss.freq import MultiResolutionSTFTLoss

from lab.evaluation import metrics

RATE = 24000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_sdr_of_half_the_voice_is_six_decibels(rng: np.random.Generator) -> None:
    voice = rng.standard_normal((2, RATE))
    assert metrics.sdr(voice, 0.5 * voice) == pytest.approx(20 * np.log10(2), abs=1e-6)


def test_sdr_counts_all_channels_and_its_epsilon(rng: np.random.Generator) -> None:
    voice, noise = rng.standard_normal((2, RATE)), 0.1 * rng.standard_normal((2, RATE))
    by_hand = 10 * np.log10((np.sum(voice**2) + 1e-7) / (np.sum(noise**2) + 1e-7))
    assert metrics.sdr(voice, voice + noise) == pytest.approx(by_hand)
    assert metrics.sdr(voice, voice) == pytest.approx(10 * np.log10((np.sum(voice**2) + 1e-7) / 1e-7))


def test_silence_has_no_sdr() -> None:
    silence = np.zeros((1, RATE))
    assert metrics.sdr(silence, silence + 0.1) is None
    assert metrics.si_sdr(silence, silence + 0.1) is None
    assert metrics.log_spectral_distance(silence, silence + 0.1) is None
    assert metrics.mel_mae(silence, silence + 0.1, RATE) is None
    assert metrics.multi_resolution_stft(silence, silence + 0.1) is None
    assert metrics.octave_distances(silence, silence + 0.1, RATE) == {}


def test_si_sdr_equals_fast_bss_eval_and_ignores_gain(rng: np.random.Generator) -> None:
    voice = rng.standard_normal((1, RATE))
    guess = 0.3 * voice + 0.1 * rng.standard_normal((1, RATE))
    public = float(fast_bss_eval.si_sdr(voice, guess)[0])
    assert metrics.si_sdr(voice, guess) == pytest.approx(public, abs=1e-4)
    assert metrics.si_sdr(voice, 7 * guess) == pytest.approx(public, abs=1e-4)


@pytest.mark.parametrize("gain", [0.5, 0.9, 2.0])
def test_spectral_distances_of_a_gain_equal_the_gain(rng: np.random.Generator, gain: float) -> None:
    voice = rng.standard_normal((2, RATE))  # white: no bin near the 80 dB floor
    decibels = abs(20 * np.log10(gain))
    assert metrics.log_spectral_distance(voice, gain * voice) == pytest.approx(decibels, abs=0.02)
    assert metrics.mel_mae(voice, gain * voice, RATE) == pytest.approx(decibels, abs=0.02)
    for distance in metrics.octave_distances(voice, gain * voice, RATE).values():
        assert distance == pytest.approx(decibels, abs=0.02)


def test_octave_distances_locate_an_error(rng: np.random.Generator) -> None:
    assert metrics.octave_edges(24000) == [
        (125, 250), (250, 500), (500, 1000), (1000, 2000), (2000, 4000), (4000, 8000), (8000, 12000)
    ]  # fmt: skip
    assert metrics.octave_edges(16000)[-1] == (4000, 8000)
    voice = rng.standard_normal(RATE)
    spectrum = np.fft.rfft(voice)
    spectrum[np.fft.rfftfreq(RATE, 1 / RATE) >= 8000] *= 0.1
    distances = metrics.octave_distances(voice, np.fft.irfft(spectrum, RATE), RATE)
    assert distances["lsd_8000"] == pytest.approx(20, abs=0.5)
    assert distances["lsd_1000"] < 0.5


def test_multi_resolution_stft_is_auraloss(rng: np.random.Generator) -> None:
    voice = rng.standard_normal((2, RATE)).astype(np.float32)
    guess = voice + 0.5 * rng.standard_normal((2, RATE)).astype(np.float32)

    def mono(signal: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(signal.mean(axis=0))[None, None]

    public = float(MultiResolutionSTFTLoss()(mono(guess), mono(voice)))
    assert metrics.multi_resolution_stft(voice, guess) == pytest.approx(public, rel=1e-5)
    assert metrics.multi_resolution_stft(voice, voice) == pytest.approx(0, abs=1e-6)


def test_leakage_is_measured_only_where_the_voice_is_silent(rng: np.random.Generator) -> None:
    voice = rng.standard_normal((2, 4 * RATE))
    voice[:, 2 * RATE :] = 0
    band = rng.standard_normal((2, 4 * RATE))
    mixture = voice + band
    estimate = voice + np.where(np.arange(4 * RATE) < 2 * RATE, 5.0, 0.1) * band
    assert metrics.silence_leakage(voice, estimate, mixture, RATE) == pytest.approx(-20, abs=0.01)
    assert metrics.silence_leakage(voice, mixture, mixture, RATE) == pytest.approx(0, abs=1e-9)
    assert metrics.silence_leakage(voice, voice, mixture, RATE) == metrics.EXACT_DB
    assert metrics.silence_leakage(band, estimate, mixture, RATE) is None, "never silent"


def test_leakage_ignores_blocks_with_a_silent_mixture(rng: np.random.Generator) -> None:
    mixture = np.zeros((1, 2 * RATE))
    mixture[:, :RATE] = rng.standard_normal((1, RATE))
    silence = np.zeros_like(mixture)
    assert metrics.silence_leakage(silence, 0.1 * mixture, mixture, RATE) == pytest.approx(-20, abs=1e-6)


def test_null_error(rng: np.random.Generator) -> None:
    mixture = rng.standard_normal((2, RATE))
    vocals = 0.5 * mixture
    assert metrics.null_error(mixture, vocals, mixture - vocals) == metrics.EXACT_DB
    assert metrics.null_error(mixture, vocals, 0.49 * mixture) == pytest.approx(-40, abs=1e-6)
