import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.resample import StreamResampler, fit, resample, scaled_length

PAIRS = [
    (44100, 24000),
    (8000, 24000),
    (12345, 24000),
    (96000, 48000),
    (44101, 48000),
    (384000, 24000),
    (24000, 24000),
]


@settings(max_examples=50, deadline=None)
@given(
    rates=st.sampled_from(PAIRS),
    channels=st.sampled_from([1, 2, 6]),
    samples=st.integers(0, 30000),
    sizes=st.lists(st.integers(0, 4000), min_size=1, max_size=5).filter(any),
)
def test_blocks_do_not_matter_and_the_length_is_exact(
    rates: tuple[int, int], channels: int, samples: int, sizes: list[int]
) -> None:
    wav = np.random.default_rng(samples).standard_normal((channels, samples)).astype(np.float32)
    stream = StreamResampler(*rates, channels)
    out, position = [], 0
    while position < samples:
        for size in sizes:
            out.append(stream.process(wav[:, position : position + size]))
            position += size
    out.append(stream.finish())
    streamed = np.concatenate(out, axis=1)
    assert streamed.dtype == np.float32
    assert streamed.shape == (channels, scaled_length(samples, *rates))
    assert np.array_equal(streamed, resample(wav, *rates))


def test_a_tone_keeps_its_pitch_phase_and_level() -> None:
    t_in, t_out = np.arange(44100) / 44100, np.arange(24000) / 24000
    out = resample(np.sin(2 * np.pi * 440 * t_in)[None].astype(np.float32), 44100, 24000)[0]
    error = out - np.sin(2 * np.pi * 440 * t_out)
    assert np.abs(error[1000:-1000]).max() < 1e-4


def test_equal_rates_change_nothing() -> None:
    wav = np.random.default_rng(0).standard_normal((2, 100)).astype(np.float32)
    assert np.array_equal(resample(wav, 48000, 48000), wav)


@pytest.mark.parametrize("length", [10, 12000, 30000])
def test_a_requested_length_is_kept(length: int) -> None:
    assert resample(np.ones((2, 44100), np.float32), 44100, 24000, length).shape == (2, length)


def test_fit_cuts_or_fills_with_silence() -> None:
    wav = np.ones((1, 3), np.float32)
    assert fit(wav, 2).tolist() == [[1, 1]]
    assert fit(wav, 4).tolist() == [[1, 1, 1, 0]]


def test_a_short_sound_keeps_at_least_one_sample() -> None:
    assert scaled_length(1, 96000, 24000) == 1
    assert scaled_length(0, 96000, 24000) == 0
    assert scaled_length(44100, 44100, 48000) == 48000
