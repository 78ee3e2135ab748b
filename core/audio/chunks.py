"""The grid: the samples of each chunk and of each piece. Integers only.

Frame f of the model (75 per second) starts at sample floor(f * rate / 75) of the source, so all code computes the same
boundaries, at any rate. Chunks overlap, pieces do not:

    chunk k-1  |----------------------------|
    chunk k                          |----------------------------|
    piece k-1  |---------------------|                    (the last piece ends at the track's end)
    piece k                          |--fade-|--------------------
"""

from dataclasses import dataclass

from core.card import Geometry

FRAME_RATE = 75


@dataclass(frozen=True)
class Chunk:
    """Samples [start, stop) of the track at the source's rate; `first_frame` is the model's frame at `start`."""

    index: int
    first_frame: int
    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


def sample_of_frame(frame: int, rate: int) -> int:
    """First sample of model frame `frame` at `rate` Hz."""
    return frame * rate // FRAME_RATE


def count(total: int, rate: int, geometry: Geometry) -> int:
    """Number of chunks of a track of `total` samples: the fewest that reach its end, at least 1.

    So the last chunk is always longer than its overlap with the previous one.
    """
    chunks = max(1, (total * FRAME_RATE // rate - geometry.frames) // geometry.stride)  # a close lower bound
    while _nominal(chunks - 1, rate, geometry).stop < total:
        chunks += 1
    return chunks


def chunk(index: int, total: int | None, rate: int, geometry: Geometry) -> Chunk:
    """Chunk `index`; with `total` None (unknown) its nominal, full extent.

    Raises:
        IndexError: the track has no such chunk.
    """
    nominal = _nominal(index, rate, geometry)
    if total is None:
        return nominal
    if not 0 <= index < count(total, rate, geometry):
        raise IndexError(f"chunk {index} of a track of {total} samples")
    return Chunk(index, nominal.first_frame, nominal.start, min(nominal.stop, total))


def piece(index: int, total: int, rate: int, geometry: Geometry) -> tuple[int, int]:
    """(start, stop) in samples of piece `index`; the pieces of a track partition it.

    Raises:
        IndexError: the track has no such piece.
    """
    here = chunk(index, total, rate, geometry)
    last = index == count(total, rate, geometry) - 1
    return here.start, total if last else _nominal(index + 1, rate, geometry).start


def fade_length(index: int, rate: int, geometry: Geometry) -> int:
    """Samples at the head of piece `index` that are cross-faded with the previous chunk (0 in the first)."""
    if index == 0:
        return 0
    return _nominal(index - 1, rate, geometry).stop - _nominal(index, rate, geometry).start


def _nominal(index: int, rate: int, geometry: Geometry) -> Chunk:
    first_frame = geometry.stride * index
    start = sample_of_frame(first_frame, rate)
    return Chunk(index, first_frame, start, sample_of_frame(first_frame + geometry.frames, rate))
