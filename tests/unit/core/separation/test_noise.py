import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.separation.noise import noise


@given(
    seed=st.integers(0, 2**63 - 1),
    step=st.integers(0, 1000),
    first=st.integers(0, 10**6),
    shift=st.integers(0, 30),
)
def test_overlapping_stretches_see_the_same_noise(seed: int, step: int, first: int, shift: int) -> None:
    here = noise(seed, step, first, 40, 16)
    there = noise(seed, step, first + shift, 40, 16)
    np.testing.assert_array_equal(here[:, shift:], there[:, : 40 - shift])


def test_it_is_standard_normal_and_white() -> None:
    field = noise(7, 0, 0, 4000, 128)
    assert abs(field.mean()) < 0.01
    assert abs(field.std() - 1) < 0.01
    assert abs(np.mean(field**4) - 3) < 0.1
    between_dims = np.corrcoef(field)
    assert np.abs(between_dims - np.eye(128)).max() < 0.1
    assert abs(np.mean(field[:, 1:] * field[:, :-1])) < 0.01


def test_seeds_and_steps_are_independent() -> None:
    base = noise(1, 0, 0, 500, 16).ravel()
    for other in (noise(2, 0, 0, 500, 16), noise(1, 1, 0, 500, 16)):
        assert abs(np.corrcoef(base, other.ravel())[0, 1]) < 0.05


def test_a_dimension_that_is_no_multiple_of_the_block_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        noise(0, 0, 0, 10, 6)
