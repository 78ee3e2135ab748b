import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import chunks
from core.audio.overlap import fade_in, join, piece_from
from core.card import Geometry

GEOMETRIES = [Geometry(frames=12, stride=9), Geometry(frames=6, stride=3), Geometry(frames=96, stride=84)]


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, samples)).astype(np.float32)


@given(st.integers(1, 5000))
def test_weights_rise_and_sum_to_one_with_their_mirror_image(length: int) -> None:
    w = fade_in(length)
    assert w.dtype == np.float32
    assert np.all(np.diff(w) >= 0)
    assert 0 <= w[0] <= w[-1] <= 1
    assert np.allclose(w + w[::-1], 1, atol=1e-7)


def test_joining_equal_chunks_is_exact_and_the_ends_follow_either_side() -> None:
    a, b = noise(2, 3000), noise(2, 3000, seed=1)
    assert np.array_equal(join(a, a), a)
    joined = join(a, b)
    assert joined.dtype == np.float32
    assert np.allclose(joined[:, 0], a[:, 0], atol=1e-5)
    assert np.allclose(joined[:, -1], b[:, -1], atol=1e-5)
    assert join(a[:, :0], b[:, :0]).shape == (2, 0)


@settings(max_examples=80, deadline=None)
@given(
    rate=st.sampled_from([4000, 8000, 11025, 12345, 44100]),
    geometry=st.sampled_from(GEOMETRIES),
    samples=st.integers(1, 40000),
)
def test_an_identity_separation_returns_the_mixture(rate: int, geometry: Geometry, samples: int) -> None:
    wav = noise(2, samples)
    number = chunks.count(samples, rate, geometry)
    tail, pieces = None, []
    for index in range(number):
        here = chunks.chunk(index, samples, rate, geometry)
        final = index == number - 1
        piece, tail = piece_from(tail, wav[:, here.start : here.stop], index, rate, geometry, final)
        start, stop = chunks.piece(index, samples, rate, geometry)
        assert piece.shape[1] == stop - start
        pieces.append(piece)
    assert tail is None
    assert np.array_equal(np.concatenate(pieces, axis=1), wav)


def test_a_piece_owns_its_memory() -> None:
    wav = noise(2, 12 * 588)
    piece, tail = piece_from(None, wav, 0, 44100, GEOMETRIES[0], final=False)
    assert tail is not None
    kept = piece.copy(), tail.copy()
    wav[:] = 0
    assert np.array_equal(piece, kept[0])
    assert np.array_equal(tail, kept[1])


@pytest.mark.parametrize(
    ("length", "tail", "index", "final"),
    [
        (7055, 0, 0, False),  # not the last, and too short
        (7057, 0, 0, True),  # longer than a chunk
        (7056, 0, 1, False),  # no tail for it
        (7056, 99, 0, False),  # a tail for the first
        (1764, 1764, 1, True),  # a last chunk is longer than its fade
    ],
)
def test_lengths_other_than_the_chunks_are_errors(length: int, tail: int, index: int, final: bool) -> None:
    with pytest.raises(ValueError, match="chunk"):
        piece_from(noise(1, tail) if tail else None, noise(1, length), index, 44100, GEOMETRIES[0], final)
