"""The level of the model's input: an offset does not count."""

import numpy as np
import pytest

from core.separation.level import normalising_gain, rms, without_offset

RATE = 24000


def tone(hertz: float) -> np.ndarray:
    """A second, in which every integer frequency is in one bin."""
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.float32)


def test_only_the_offset_is_removed_from_every_channel() -> None:
    wav = np.stack([tone(100) + 0.3, tone(700) - 0.1]).astype(np.float32)
    kept = without_offset(wav)
    assert kept.dtype == np.float32
    np.testing.assert_allclose(kept, np.stack([tone(100), tone(700)]), atol=1e-6)
    assert normalising_gain(kept, 0.1) == pytest.approx(1.0 / rms(kept) * 0.1, rel=1e-6)
    assert normalising_gain(kept, 0.1) > 1.5 * normalising_gain(wav, 0.1), "an offset does not make a song louder"


@pytest.mark.parametrize("hertz", [10, 30, 100, 1000, 11000])
def test_audible_frequencies_including_rumble_are_kept(hertz: float) -> None:
    """The network of 0.6.0 treats a recording without rumble as a solo voice: lab/notes/0021."""
    wav = tone(hertz)[None]
    np.testing.assert_allclose(without_offset(wav), wav, atol=1e-6)
