import numpy as np
import pytest

from core.audio.pcm import dequantise, quantise


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_integers_survive_the_conversion_to_float(bits: int) -> None:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    pcm = np.random.default_rng(0).integers(low, high, (2, 10000), endpoint=True, dtype=np.int32)
    pcm[0, :2] = low, high
    assert np.array_equal(quantise(dequantise(pcm, bits), bits), pcm)


def test_beyond_full_scale_is_limited() -> None:
    assert quantise(np.array([[1.0, 1.5, -1.0, -3.0, 1e6]], np.float32), 16).tolist() == [
        [32767, 32767, -32768, -32768, 32767]
    ]
