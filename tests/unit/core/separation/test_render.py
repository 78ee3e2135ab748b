from typing import Any

import numpy as np
import pytest

from core.audio.resample import resample
from core.separation.render import renderings

MODEL_RATE = 24000


def masked(*args: Any, **options: Any) -> np.ndarray:
    return renderings(*args, **options).masked


def white(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (channels, samples)).astype(np.float32)


def resampled(wav: np.ndarray, rate: int) -> np.ndarray:
    """The output of a perfect model for `wav`: its channels at the model's rate."""
    return resample(wav, rate, MODEL_RATE)


@pytest.mark.parametrize("rate", [8000, 11025, 24000, 44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("samples", [1, 100, 30001])
def test_the_output_has_the_shape_of_the_mixture(rate: int, channels: int, samples: int) -> None:
    mixture = white(channels, samples)
    voice = resampled(mixture, rate)
    for stem in renderings(voice, MODEL_RATE, mixture, rate, gate=0.6)[:2]:
        assert stem.shape == mixture.shape
        assert stem.dtype == np.float32
        assert np.isfinite(stem).all()


def test_the_mixture_as_guide_returns_the_mixture() -> None:
    mixture = np.repeat(white(1, 24000), 2, axis=0)
    np.testing.assert_allclose(masked(mixture, MODEL_RATE, mixture, MODEL_RATE), mixture, atol=1e-5)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_nothing_is_lost_at_the_top_of_the_band(rate: int) -> None:
    mixture = white(1, 2 * rate)
    spectrum, kept = (
        np.abs(np.fft.rfft(wav[0])) ** 2
        for wav in (mixture, masked(resampled(mixture, rate), MODEL_RATE, mixture, rate))
    )
    for low in np.linspace(0.5, 0.98, 25):
        band = slice(int(low * len(spectrum)), int((low + 0.02) * len(spectrum)))
        assert 10 * np.log10(kept[band].sum() / spectrum[band].sum()) > -1.0, f"{low:.2f} of Nyquist"


def test_a_generated_phase_does_not_reduce_the_mask() -> None:
    mixture = white(1, 48000)
    spectrum = np.fft.rfft(mixture[0])
    upper = np.fft.rfftfreq(48000, 1 / MODEL_RATE) > 3600
    spectrum[upper] *= -1
    voice = np.fft.irfft(spectrum, 48000).astype(np.float32)[None]

    def above(phase_below: float) -> float:
        stem = masked(voice, MODEL_RATE, mixture, MODEL_RATE, phase_below)
        return float((np.abs(np.fft.rfft(stem[0])[upper]) ** 2).sum() / (np.abs(spectrum[upper]) ** 2).sum())

    assert above(3600.0) > 0.9
    assert above(float("inf")) < 0.05


def test_a_silent_guide_gives_silence() -> None:
    mixture = white(2, 44100)
    assert np.abs(masked(np.zeros((2, 24000), np.float32), MODEL_RATE, mixture, 44100)).max() < 1e-6


def decibels(wav: np.ndarray, than: np.ndarray) -> float:
    return float(10 * np.log10(np.square(wav).sum() / np.square(than).sum()))


def test_uncertain_parts_are_attenuated() -> None:
    mixture = white(1, 10 * MODEL_RATE)
    guide = np.float32(0.3) * mixture
    assert decibels(masked(guide, MODEL_RATE, mixture, MODEL_RATE), guide) == pytest.approx(0, abs=0.1)
    # Certain to 0.3 of 0.4, so 2.5 dB less certain than it need be; four times as much comes off, but never over 20 dB.
    for gate, loss in ((0.4, -10), (0.6, -20), (0.9, -20)):
        for stem in renderings(guide, MODEL_RATE, mixture, MODEL_RATE, gate=gate)[:2]:
            assert decibels(stem, guide) == pytest.approx(loss, abs=0.2)


def test_a_faint_but_certain_voice_is_not_attenuated() -> None:
    t = np.arange(10 * MODEL_RATE) / MODEL_RATE
    voice = (0.003 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)[None]
    band = (0.2 * np.sin(2 * np.pi * 3000 * t)).astype(np.float32)
    mixture = voice + band
    for stem in renderings(voice, MODEL_RATE, mixture, MODEL_RATE, gate=0.6)[:2]:
        assert decibels(stem, voice) == pytest.approx(0, abs=0.1)


def test_the_gate_uses_a_window_centred_on_each_time() -> None:
    mixture = white(1, 20 * MODEL_RATE)
    guide = mixture.copy()
    uncertain = slice(10 * MODEL_RATE, None)
    guide[:, uncertain] *= 0.3
    middle, later = slice(MODEL_RATE, 7 * MODEL_RATE), slice(13 * MODEL_RATE, 19 * MODEL_RATE)
    for stem in renderings(guide, MODEL_RATE, mixture, MODEL_RATE, gate=0.6)[:2]:
        np.testing.assert_allclose(stem[0, middle], mixture[0, middle], atol=1e-4)
        assert decibels(stem[:, later], guide[:, later]) < -19


@pytest.mark.parametrize("samples", [100, 30001])
def test_silence_and_clips_shorter_than_the_gates_window_pass(samples: int) -> None:
    mixture = white(2, samples)
    np.testing.assert_allclose(
        masked(resampled(mixture, 48000), MODEL_RATE, mixture, 48000, gate=0.6),
        masked(resampled(mixture, 48000), MODEL_RATE, mixture, 48000),
        atol=1e-4,
    )
    silence = np.zeros((2, samples), np.float32)
    assert not masked(resampled(silence, 48000), MODEL_RATE, silence, 48000, gate=0.6).any()


def test_a_tone_is_separated_from_another() -> None:
    t = np.arange(44100) / 44100
    low, high = (0.2 * np.sin(2 * np.pi * f * t).astype(np.float32) for f in (440.0, 3000.0))
    mixture = np.stack([low + high, low + 0.5 * high])
    guide = np.repeat(resample(low[None], 44100, MODEL_RATE), 2, axis=0)
    stem = masked(guide, MODEL_RATE, mixture, 44100)
    middle = slice(4000, -4000)
    assert np.abs(stem[0] - low)[middle].max() < 0.01
    assert np.abs(stem[1] - low)[middle].max() < 0.01


def test_above_the_guides_band_the_mask_follows_its_upper_bands() -> None:
    rate = 48000
    mixture = white(1, rate)
    everything = masked(resampled(mixture, rate), MODEL_RATE, mixture, rate)
    nothing = masked(np.zeros((1, 24000), np.float32), MODEL_RATE, mixture, rate)

    def above(wav: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(wav[0])) ** 2
        return float(spectrum[13000:].sum())

    assert above(everything) > 0.9 * above(mixture)
    assert above(nothing) < 1e-6 * above(mixture)


def test_generative_is_the_voice_in_each_channel() -> None:
    voice = white(2, 12000)
    stem = renderings(voice, MODEL_RATE, white(2, 24000, seed=1), 48000).generative
    np.testing.assert_array_equal(stem, resample(voice, MODEL_RATE, 48000, 24000))


def test_a_mask_follows_the_voice_in_its_channel() -> None:
    voice, band = white(1, 48000), white(1, 48000, seed=1)
    mixture = np.concatenate([voice, band])
    stem = masked(np.concatenate([voice, 0 * voice]), MODEL_RATE, mixture, MODEL_RATE)
    np.testing.assert_allclose(stem[0], voice[0], atol=1e-4)
    assert np.abs(stem[1]).max() < 1e-6


@pytest.mark.parametrize("gate", [0.0, 0.6])
def test_equal_channels_get_the_stem_of_mono(gate: float) -> None:
    mixture, voice = white(1, 48000), 0.5 * white(1, 48000, seed=1)
    one = masked(voice, MODEL_RATE, mixture, MODEL_RATE, gate=gate)
    both = masked(np.repeat(voice, 2, axis=0), MODEL_RATE, np.repeat(mixture, 2, axis=0), MODEL_RATE, gate=gate)
    np.testing.assert_allclose(both, np.repeat(one, 2, axis=0), atol=1e-6)


def test_the_gate_judges_all_channels_together() -> None:
    """Otherwise a voice would move to its clearer side."""
    sure, doubtful = white(1, 10 * MODEL_RATE), white(1, 10 * MODEL_RATE, seed=1)
    guides = np.concatenate([sure, 0.3 * doubtful])
    stems = masked(guides, MODEL_RATE, np.concatenate([sure, doubtful]), MODEL_RATE, gate=0.99)
    losses = [decibels(stem, guide) for stem, guide in zip(stems, guides, strict=True)]
    assert losses[0] == pytest.approx(losses[1], abs=0.1)
    assert losses[0] < -1


def test_exponents_lift_the_gains_at_their_frequencies_alone() -> None:
    mixture = white(1, 48000)
    guide = 0.25 * mixture
    stem = masked(guide, MODEL_RATE, mixture, MODEL_RATE, exponents=((2000.0, 1.0), (4000.0, 0.5)))
    spectra = [np.abs(np.fft.rfft(wav[0])) ** 2 for wav in (stem, mixture)]
    hertz = np.fft.rfftfreq(48000, 1 / MODEL_RATE)

    def gain(low: float, high: float) -> float:
        band = (hertz >= low) & (hertz < high)
        return float(np.sqrt(spectra[0][band].sum() / spectra[1][band].sum()))

    assert gain(100, 1900) == pytest.approx(0.25, rel=0.02)
    assert gain(2800, 2860) == pytest.approx(0.25**0.75, rel=0.05), "half an octave further, half of the change"
    assert gain(4200, 10000) == pytest.approx(0.5, rel=0.02)


def test_exponents_leave_silence_silent_and_the_generative_stem_as_it_is() -> None:
    mixture, voice = white(2, 24000), np.zeros((2, 24000), np.float32)
    stems = renderings(voice, MODEL_RATE, mixture, MODEL_RATE, exponents=((1000.0, 0.5),))
    assert np.abs(stems.masked).max() < 1e-6
    assert not stems.generative.any()
