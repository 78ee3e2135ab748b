"""Cut a stream of samples into chunks: the mixture, and the model's input."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from core.audio import chunks
from core.audio.resample import StreamResampler
from core.audio.types import Wav
from core.card import Geometry
from core.errors import EmptyAudio


@dataclass(frozen=True)
class ChunkAudio:
    """One chunk of the track.

    mixture [C, stop - start] at the source's rate; model_input [C, m] at the model's rate: a full chunk except in the
    last, which is not padded. `final` marks the track's last chunk.
    """

    chunk: chunks.Chunk
    mixture: Wav
    model_input: Wav
    final: bool


def iter_chunks(stream: Iterable[Wav], rate: int, geometry: Geometry, model_rate: int) -> Iterator[ChunkAudio]:
    """Cut a stream of blocks [C, n] into chunks; memory is that of one chunk and one block.

    The result does not depend on how the stream is divided into blocks.

    Raises:
        EmptyAudio: the stream has no samples.
    """
    mixture, model_input = _Window(), _Window()
    resampler: StreamResampler | None = None
    index = 0

    def cut(total: int | None, model_total: int | None) -> ChunkAudio:
        here = chunks.chunk(index, total, rate, geometry)
        there = chunks.chunk(index, model_total, model_rate, geometry)
        following = chunks.chunk(index + 1, None, rate, geometry).start
        following_there = chunks.chunk(index + 1, None, model_rate, geometry).start
        return ChunkAudio(
            chunk=here,
            mixture=mixture.take(here.start, here.stop, following),
            model_input=model_input.take(there.start, there.stop, following_there),
            final=total is not None and index == chunks.count(total, rate, geometry) - 1,
        )

    def ready() -> bool:
        # A sample beyond the nominal end proves that this chunk is not the last one.
        return (
            mixture.stop > chunks.chunk(index, None, rate, geometry).stop
            and model_input.stop >= chunks.chunk(index, None, model_rate, geometry).stop
        )

    for block in stream:
        resampler = resampler or StreamResampler(rate, model_rate, channels=len(block))
        for first in range(0, block.shape[1], rate):  # a huge block is processed second by second
            part = block[:, first : first + rate]
            mixture.append(part)
            model_input.append(resampler.process(part))
            while ready():
                yield cut(None, None)
                index += 1
    if resampler is None or mixture.stop == 0:
        raise EmptyAudio("The audio track of the file is empty.")
    model_input.append(resampler.finish())
    while index < chunks.count(mixture.stop, rate, geometry):
        yield cut(mixture.stop, model_input.stop)
        index += 1


class _Window:
    """The samples of a stream from `start` to `stop` that are still needed."""

    def __init__(self) -> None:
        self._blocks: list[Wav] = []
        self._start = 0
        self.stop = 0

    def append(self, block: Wav) -> None:
        self._blocks.append(block)
        self.stop += block.shape[1]

    def take(self, start: int, stop: int, keep: int) -> Wav:
        """Samples [start, stop); those before `keep` are dropped."""
        held = np.concatenate(self._blocks, axis=1)
        keep = min(keep, self.stop)
        taken = held[:, start - self._start : stop - self._start].copy()
        self._blocks = [held[:, keep - self._start :].copy()]
        self._start = keep
        return taken
