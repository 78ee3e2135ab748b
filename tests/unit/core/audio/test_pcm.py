import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio.pcm import dequantise, quantise, split


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_integers_survive_the_way_through_floats(bits: int) -> None:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    pcm = np.random.default_rng(0).integers(low, high, (2, 10000), endpoint=True, dtype=np.int32)
    pcm[0, :2] = low, high
    assert np.array_equal(quantise(dequantise(pcm, bits), bits), pcm)


def test_beyond_full_scale_is_limited() -> None:
    assert quantise(np.array([[1.0, 1.5, -1.0, -3.0, 1e6]], np.float32), 16).tolist() == [
        [32767, 32767, -32768, -32768, 32767]
    ]


SAMPLES = st.lists(st.floats(-4, 4, width=32), min_size=3, max_size=3)


@given(mixture=SAMPLES, masked=SAMPLES, bits=st.sampled_from([16, 24]))
def test_stems_add_up_exactly_and_fit(mixture: list[float], masked: list[float], bits: int) -> None:
    m, v = np.array([mixture], np.float32), np.array([masked], np.float32)
    vocals, instrumental = split(m, v, v, bits)
    assert np.array_equal(vocals + instrumental, quantise(m, bits))
    for stem in (vocals, instrumental):
        assert stem.dtype == np.int32
        assert stem.min() >= -(2 ** (bits - 1))
        assert stem.max() < 2 ** (bits - 1)


def test_a_generated_voice_leaves_the_instrumental_to_the_masked_one() -> None:
    m, masked, generated = (np.full((1, 4), level, np.float32) for level in (0.5, 0.25, 0.125))
    vocals, instrumental = split(m, generated, masked, 16)
    assert vocals[0, 0] == 4096
    assert instrumental[0, 0] == 8192
