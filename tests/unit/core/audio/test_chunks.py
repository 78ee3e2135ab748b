from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio import chunks
from core.card import Geometry

RATES = st.one_of(
    st.sampled_from([4000, 8000, 11025, 12345, 22050, 44100, 44101, 48000, 96000, 384000]),
    st.integers(4000, 384000),
)
GEOMETRIES = st.sampled_from(
    [Geometry(), Geometry(frames=96, stride=84), Geometry(frames=12, stride=9), Geometry(frames=6, stride=3)]
)


@given(rate=RATES, geometry=GEOMETRIES, seconds=st.floats(0, 100), extra=st.integers(1, 3))
def test_pieces_partition_the_track(rate: int, geometry: Geometry, seconds: float, extra: int) -> None:
    total = int(rate * seconds) + extra
    number = chunks.count(total, rate, geometry)
    pieces = [chunks.piece(index, total, rate, geometry) for index in range(number)]
    assert pieces[0][0] == 0
    assert pieces[-1][1] == total
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert all(start < stop for start, stop in pieces)


@given(rate=RATES, geometry=GEOMETRIES, total=st.integers(1, 3_000_000))
def test_chunks_cover_their_pieces_and_overlap_by_the_fade(rate: int, geometry: Geometry, total: int) -> None:
    number = chunks.count(total, rate, geometry)
    for index in range(number):
        here = chunks.chunk(index, total, rate, geometry)
        start, stop = chunks.piece(index, total, rate, geometry)
        fade = chunks.fade_length(index, rate, geometry)
        assert here.start == start
        assert here.stop >= stop
        assert here.first_frame == geometry.stride * index
        if index:
            assert chunks.chunk(index - 1, total, rate, geometry).stop - start == fade > 0
            assert here.length > fade  # also the last one, however short
        if index < number - 1:
            assert here == chunks.chunk(index, None, rate, geometry)


@given(rate=RATES, geometry=GEOMETRIES, total=st.integers(1, 30_000_000))
def test_count_is_the_minimum_that_covers_the_track(rate: int, geometry: Geometry, total: int) -> None:
    number = chunks.count(total, rate, geometry)
    assert chunks.chunk(number - 1, None, rate, geometry).stop >= total
    assert number == 1 or chunks.chunk(number - 2, None, rate, geometry).stop < total


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000])
def test_common_rates_lie_on_the_grid_exactly(rate: int) -> None:
    for index in range(50):
        assert chunks.chunk(index, None, rate, Geometry()).start * 75 == 960 * index * rate


def test_exact_multiples() -> None:
    geometry, rate = Geometry(), 44100
    full = 1024 * 588
    assert chunks.count(full, rate, geometry) == 1
    assert chunks.count(full + 1, rate, geometry) == 2
    assert chunks.count(full + 960 * 588, rate, geometry) == 2
    assert chunks.piece(1, full + 1, rate, geometry) == (960 * 588, full + 1)
    assert chunks.fade_length(1, rate, geometry) == 64 * 588
    assert chunks.fade_length(0, rate, geometry) == 0


def test_the_shortest_track_is_one_chunk() -> None:
    assert chunks.count(1, 44100, Geometry()) == 1
    assert chunks.chunk(0, 1, 44100, Geometry()) == chunks.Chunk(0, 0, 0, 1)


@pytest.mark.parametrize("index", [-1, 1])
def test_a_chunk_outside_the_track_is_an_error(index: int) -> None:
    with pytest.raises(IndexError, match="track of 100 samples"):
        chunks.chunk(index, 100, 44100, Geometry())
