import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import chunks
from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.resample import resample, scaled_length
from core.card import Geometry
from core.errors import EmptyAudio

SMALL = Geometry(frames=12, stride=9)  # 0.16 s, every 0.12 s
MODEL_RATE = 24000


def noise(channels: int, samples: int) -> np.ndarray:
    return np.random.default_rng(samples).standard_normal((channels, samples)).astype(np.float32)


def divide(wav: np.ndarray, sizes: list[int]) -> Iterator[np.ndarray]:
    position = 0
    while position < wav.shape[1]:
        for size in sizes:
            yield wav[:, position : position + size]
            position += size


def cut(wav: np.ndarray, sizes: list[int], rate: int, geometry: Geometry = SMALL) -> list[ChunkAudio]:
    return list(iter_chunks(divide(wav, sizes), rate, geometry, MODEL_RATE))


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from([8000, 11025, 12345, 24000, 44100, 96000]),
    channels=st.sampled_from([1, 2, 6, 8]),
    samples=st.integers(1, 20000),
    sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=6).filter(any),
)
def test_the_division_into_blocks_does_not_matter(rate: int, channels: int, samples: int, sizes: list[int]) -> None:
    wav = noise(channels, samples)
    whole, divided = cut(wav, [samples], rate), cut(wav, sizes, rate)
    assert [c.chunk for c in whole] == [c.chunk for c in divided]
    for one, other in zip(whole, divided, strict=True):
        assert np.array_equal(one.mixture, other.mixture)
        assert np.array_equal(one.model_input, other.model_input)
        assert one.final == other.final


@settings(max_examples=60, deadline=None)
@given(rate=st.sampled_from([8000, 11025, 12345, 44100, 96000, 384000]), samples=st.integers(1, 200_000))
def test_chunks_follow_the_plan(rate: int, samples: int) -> None:
    wav = noise(2, samples)
    got = cut(wav, [3000], rate)
    assert [c.chunk for c in got] == [
        chunks.chunk(k, samples, rate, SMALL) for k in range(chunks.count(samples, rate, SMALL))
    ]
    assert [c.final for c in got] == [False] * (len(got) - 1) + [True]
    resampled = resample(wav, rate, MODEL_RATE)
    full = SMALL.frames * MODEL_RATE // 75
    for chunk in got:
        assert np.array_equal(chunk.mixture, wav[:, chunk.chunk.start : chunk.chunk.stop])
        first = chunk.chunk.first_frame * MODEL_RATE // 75
        assert np.array_equal(chunk.model_input, resampled[:, first : first + full])
        assert chunk.model_input.dtype == chunk.mixture.dtype == np.float32
        assert chunk.model_input.shape[1] == full or chunk.final
        assert chunk.model_input.shape[1] > 0
    assert resampled.shape[1] == scaled_length(samples, rate, MODEL_RATE)


@pytest.mark.parametrize(("extra", "number"), [(-1, 3), (0, 3), (1, 4)])
def test_exact_multiples(extra: int, number: int) -> None:
    rate = 44100
    samples = (2 * SMALL.stride + SMALL.frames) * rate // 75 + extra
    assert len(cut(noise(1, samples), [1000], rate)) == number


@pytest.mark.parametrize("samples", [1, 4410])
def test_short_clips_are_one_chunk(samples: int) -> None:
    (only,) = cut(noise(2, samples), [samples], 44100, Geometry())
    assert only.final
    assert only.mixture.shape == (2, samples)
    assert only.model_input.shape == (2, scaled_length(samples, 44100, MODEL_RATE))


def test_chunks_share_no_memory_with_later_ones() -> None:
    wav = noise(1, 20000)
    first = next(iter_chunks(divide(wav, [500]), 44100, SMALL, MODEL_RATE))
    before = first.mixture.copy()
    wav[:] = 0
    assert np.array_equal(first.mixture, before)


@pytest.mark.parametrize("stream", [[], [np.zeros((2, 0), np.float32)]])
def test_no_sample_is_an_error(stream: list[np.ndarray]) -> None:
    with pytest.raises(EmptyAudio, match="is empty"):
        list(iter_chunks(stream, 44100, SMALL, MODEL_RATE))


def test_memory_does_not_grow_with_the_track() -> None:
    def peak(seconds: int) -> int:
        tracemalloc.start()
        blocks = (np.zeros((2, 8000), np.float32) for _ in range(seconds))
        number = sum(1 for _ in iter_chunks(blocks, 8000, Geometry(), MODEL_RATE))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert number == chunks.count(8000 * seconds, 8000, Geometry())
        return highest

    assert peak(600) < 1.2 * peak(60)
