import numpy as np
import pytest

from core.audio.downmix import DEFAULT_LAYOUTS, to_stereo

LAYOUTS = [*DEFAULT_LAYOUTS.items(), (6, "5.1(side)"), (3, "2.1"), (4, "4.0"), (3, "3 channels")]


@pytest.mark.parametrize(("channels", "layout"), LAYOUTS)
def test_any_layout_becomes_stereo_within_full_scale(channels: int, layout: str) -> None:
    wav = np.ones((channels, 5), np.float32)
    stereo = to_stereo(wav, layout)
    assert stereo.shape == (2, 5)
    assert stereo.dtype == np.float32
    assert 0.3 < stereo.max() <= 1.0001


def test_left_and_right_are_kept_and_the_lfe_is_dropped() -> None:
    wav = np.eye(6, dtype=np.float32)  # FL FR FC LFE BL BR, one after the other
    left, right = to_stereo(wav, "5.1")
    assert list(left > 0) == [True, False, True, False, True, False]
    assert list(right > 0) == [False, True, True, False, False, True]
    assert left[2] == right[2]


def test_a_side_without_channels_is_silent() -> None:
    left, right = to_stereo(np.ones((3, 5), np.float32), "3 channels (FL+LFE+SL)")
    assert left.min() > 0.3
    assert not right.any()


def test_mono_goes_to_both_and_stereo_is_left_alone() -> None:
    wav = np.random.default_rng(0).standard_normal((2, 9)).astype(np.float32)
    assert np.array_equal(to_stereo(wav, "stereo"), wav)
    assert np.array_equal(to_stereo(wav[:1], "mono"), wav[[0, 0]])


def test_it_is_linear() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 6, 50)).astype(np.float32)
    assert np.allclose(to_stereo(a, "5.1") + to_stereo(b, "5.1"), to_stereo(a + b, "5.1"), atol=1e-6)
