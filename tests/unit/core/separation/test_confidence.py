"""The SDR that masks expect second by second, and the confidence of segments."""

import numpy as np
import pytest

from core.audio.types import Wav
from core.card import Confidence
from core.separation.confidence import by_segment, expected_sdr
from core.separation.render import renderings

RATE = 24000
SECOND = RATE * 16 // 15


def white(channels: int, samples: int) -> Wav:
    return np.random.default_rng(0).normal(0, 0.1, (channels, samples)).astype(np.float32)


def expected(mixture: Wav, masks: list[float]) -> list[float | None]:
    """Of vocals that are these shares of the mixture, second by second."""
    gains = np.repeat(np.array(masks, np.float32), SECOND)[: mixture.shape[1]]
    return expected_sdr(renderings(mixture * gains, RATE, mixture, RATE).sums, RATE, mixture.shape[1])


@pytest.mark.parametrize("channels", [1, 2])
def test_it_is_the_ratio_of_passed_energy_and_remaining_variance(channels: int) -> None:
    masks = [0.5, 0.9, 0.2]
    known = expected(white(channels, 3 * SECOND), masks)
    assert known == pytest.approx([10 * np.log10(mask / (1 - mask)) for mask in masks], abs=0.4)


def test_a_certain_channel_outweighs_a_quiet_uncertain_one() -> None:
    mixture = white(2, SECOND) * np.array([[1], [0.1]], np.float32)
    sums = renderings(mixture * np.array([[0.95], [0.3]], np.float32), RATE, mixture, RATE).sums
    assert expected_sdr(sums, RATE, SECOND) == pytest.approx([12.6], abs=0.2)


def test_silence_has_none() -> None:
    mixture = white(1, 4 * SECOND)
    mixture[:, SECOND - 2000 : 2 * SECOND + 2000] *= 0  # no mixture, nor in windows across its edges
    mixture[:, 3 * SECOND :] *= 1e-4  # an inaudible one
    known = expected(mixture, [0.9, 0.9, 0.01, 0.9])  # in the third no vocals
    assert [value is None for value in known] == [False, True, True, True]


@pytest.mark.parametrize(("samples", "seconds"), [(1, 1), (SECOND, 1), (SECOND + 1, 2), (4 * SECOND + 9000, 5)])
def test_every_second_that_has_begun_counts(samples: int, seconds: int) -> None:
    assert len(expected(white(1, samples), [0.5] * 5)) == seconds


def test_the_probability_grows_from_0_to_1() -> None:
    curve = Confidence(offset=-1.0, slope=0.5)
    assert curve.probability(2.0) == 0.5
    values = [curve.probability(db) for db in range(-60, 80)]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.001 < 0.999 < values[-1] <= 1


def test_a_segment_has_the_mean_over_its_seconds_with_vocals() -> None:
    curve = Confidence(offset=0.0, slope=np.log(3))  # 1 dB: 3 / 4, -1 dB: 1 / 4
    assert by_segment([1.0, -1.0, -1.0, 1.0, None, None, None, None, None, -1.0], curve) == (0.42, 0.75, None, 0.25)
    assert by_segment([], curve) == ()
