"""A whole track through the engine, chunk by chunk, in constant memory, for the command line and evaluation.

The service executes the same steps as tasks, with the same functions, so its result is bit-identical.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.overlap import piece_from
from core.audio.stems import MASKED, Parts
from core.audio.types import Wav
from core.card import VOCALS, Card, Preset, Render
from core.separation.request import ChunkRequest, ChunkResult


class SeparatesChunks(Protocol):
    """The interface of an engine; studies substitute others for core.separation.engine.Engine."""

    card: Card

    @property
    def at_once(self) -> int:
        """Number of concurrent chunks."""

    def separate(self, request: ChunkRequest, should_stop: Callable[[], bool], /) -> ChunkResult: ...


@dataclass(frozen=True)
class Piece:
    """One playable piece; pieces follow one another without gap or overlap."""

    parts: Parts
    seconds: float

    @property
    def masked(self) -> Wav:
        """The vocals as part of the mixture, `[C, n]`."""
        return self.parts.separated[VOCALS]

    @property
    def vocals(self) -> Wav:
        """The vocals as output, `[C, n]`."""
        return self.masked if self.parts.generated is None else self.parts.generated


def separate_chunks(
    engine: SeparatesChunks,
    chunks: Iterable[ChunkAudio],
    rate: int,
    sampling: Preset,
    seed: int = 0,
    render: Render = "masked",
    should_stop: Callable[[], bool] = lambda: False,
    layout: str = "",
) -> Iterator[Piece]:
    """Separate and join the chunks of one track, in order; as many at once as fit an engine's batch.

    layout: of its channels, by FFmpeg's name; "": the default of that number.

    Raises:
        Stopped: should_stop said so.
    """
    geometry = engine.card.geometry
    tails: dict[str, Wav | None] = {}
    left = threading.Event()

    def separate(audio: ChunkAudio) -> ChunkResult:
        request = ChunkRequest(
            mixture=audio.mixture,
            model_input=audio.model_input,
            rate=rate,
            first_frame=audio.chunk.first_frame,
            steps=sampling.steps,
            eta=sampling.eta,
            t_start=sampling.t_start,
            seed=seed,
            render=render,
            index=audio.chunk.index,
            layout=layout,
        )
        return engine.separate(request, lambda: left.is_set() or should_stop())

    with ThreadPoolExecutor(engine.at_once, "chunk") as pool:
        try:
            for audio, result in _in_order(pool, separate, chunks, engine.at_once):
                arrays: dict[str, Wav] = {}
                for name, wav in {"mixture": audio.mixture, **result.arrays}.items():
                    tail = tails.get(name)
                    arrays[name], tails[name] = piece_from(tail, wav, audio.chunk.index, rate, geometry, audio.final)
                yield Piece(Parts.of(arrays, engine.card.stems), result.seconds)
        finally:
            left.set()


def _in_order(
    pool: ThreadPoolExecutor,
    work: Callable[[ChunkAudio], ChunkResult],
    chunks: Iterable[ChunkAudio],
    ahead: int,
) -> Iterator[tuple[ChunkAudio, ChunkResult]]:
    """Each chunk and its result; `ahead` more are in progress while the caller uses it."""
    started: deque[tuple[ChunkAudio, Future[ChunkResult]]] = deque()
    for audio in chunks:
        started.append((audio, pool.submit(work, audio)))
        if len(started) > ahead:
            first, result = started.popleft()
            yield first, result.result()
    for first, result in started:
        yield first, result.result()


def separate_array(
    engine: SeparatesChunks,
    mixture: Wav,
    rate: int,
    sampling: Preset | None = None,
    seed: int = 0,
    render: Render = "generative",
) -> dict[str, Wav]:
    """Separate `[C, n]` in memory; returns `vocals` in the requested render, `masked`, and the model's other stems,
    `[C, n]` each."""
    chosen = sampling or engine.card.sampling("standard", render=render)
    chunks = iter_chunks([mixture], rate, engine.card.geometry, engine.card.sample_rate)
    pieces = list(separate_chunks(engine, chunks, rate, chosen, seed, render))
    stems = [{**piece.parts.separated, VOCALS: piece.vocals, MASKED: piece.masked} for piece in pieces]
    return {name: np.concatenate([each[name] for each in stems], axis=1) for name in stems[0]}
