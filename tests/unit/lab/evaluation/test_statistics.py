import numpy as np
import pytest
from scipy.stats import binom

from lab.evaluation.statistics import holm, median_interval, paired_wilcoxon


def test_the_interval_is_close_to_that_of_order_statistics() -> None:
    """The exact distribution-free interval of a median has binomial ranks."""
    values = np.sort(np.random.default_rng(1).normal(5, 2, 101))
    interval = median_interval(list(values))
    low_rank = int(binom.ppf(0.025, 101, 0.5))
    assert interval is not None and interval.n == 101 and interval.median == values[50]
    assert interval.low == pytest.approx(values[low_rank], abs=0.25)
    assert interval.high == pytest.approx(values[100 - low_rank], abs=0.25)


def test_the_interval_has_its_nominal_coverage() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        interval = median_interval(list(rng.exponential(1.0, 40)))
        assert interval is not None
        hits += interval.low <= np.log(2) <= interval.high
    assert 0.89 <= hits / 200 <= 0.99


def test_missing_values_are_ignored() -> None:
    interval = median_interval([1.0, None, 3.0, None, 2.0])
    assert interval is not None and interval.median == 2.0 and interval.n == 3
    assert median_interval([None, None]) is None
    one = median_interval([4.0])
    assert one is not None and one.low == one.high == 4.0


def test_wilcoxon_by_hand() -> None:
    """Five positive differences: p = 2 / 2^5."""
    test = paired_wilcoxon([2.0, 4.0, 6.0, 8.0, 10.0, None], [1.0, 2.0, 3.0, 4.0, 5.0, 9.0])
    assert test is not None and test.n == 5 and test.difference == 3.0
    assert test.p == pytest.approx(2 / 32)
    same = paired_wilcoxon([1.0, 2.0], [1.0, 2.0])
    assert same is not None and same.p == 1.0
    assert paired_wilcoxon([None], [1.0]) is None


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
