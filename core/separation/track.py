"""A whole track through the engine, chunk by chunk, in constant memory: what the command line and evaluation use.

The service does the same steps as tasks, with the same functions, so its result is the same to the bit.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.overlap import piece_from
from core.audio.types import Wav
from core.card import Preset
from core.separation.engine import ChunkRequest, Engine


@dataclass(frozen=True)
class Piece:
    """One playable stretch, `[C, n]` each; pieces follow one another without gap or overlap."""

    mixture: Wav
    vocals: Wav
    masked: Wav
    seconds: float


def separate_chunks(
    engine: Engine,
    chunks: Iterable[ChunkAudio],
    rate: int,
    sampling: Preset,
    seed: int = 0,
    render: Literal["masked", "generative"] = "masked",
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Piece]:
    """Separate and join the chunks of one track, in order.

    Raises:
        Stopped: should_stop said so.
    """
    geometry = engine.card.geometry
    tails: dict[str, Wav | None] = {"mixture": None, "vocals": None, "masked": None}
    for audio in chunks:
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
        )
        result = engine.separate(request, should_stop)
        parts: dict[str, Wav] = {}
        for name, wav in (("mixture", audio.mixture), ("vocals", result.vocals), ("masked", result.masked)):
            parts[name], tails[name] = piece_from(tails[name], wav, audio.chunk.index, rate, geometry, audio.final)
        if render == "masked":
            parts["vocals"] = parts["masked"]
        yield Piece(seconds=result.seconds, **parts)


def separate_array(
    engine: Engine,
    mixture: Wav,
    rate: int,
    sampling: Preset | None = None,
    seed: int = 0,
    render: Literal["masked", "generative"] = "generative",
) -> dict[str, Wav]:
    """Separate `[C, n]` held in memory; `vocals` in the rendering asked for and `masked`, `[C, n]` each."""
    chosen = sampling or engine.card.quality["standard"]
    chunks = iter_chunks([mixture], rate, engine.card.geometry, engine.card.sample_rate)
    pieces = list(separate_chunks(engine, chunks, rate, chosen, seed, render))
    return {name: np.concatenate([getattr(p, name) for p in pieces], axis=1) for name in ("vocals", "masked")}
