"""What the engine is asked for a chunk, and what it answers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.audio.types import Wav

QUIETEST = 1e-5  # peak below which a chunk is silence


@dataclass(frozen=True, eq=False)
class ChunkRequest:
    """One chunk to separate.

    Attributes:
        mixture: `[C, n]` at the source's `rate`.
        model_input: `[m]` the same stretch, mono at the model's rate; at most a full chunk.
        first_frame: of the chunk in the track, in frames of 1/75 s.
        job: whose chunk it is; jobs take turns.
        index: of the chunk in its job; a job's first chunks go ahead of others' later ones.
    """

    mixture: Wav
    model_input: Wav
    rate: int
    first_frame: int
    steps: int
    eta: float = 0.0
    t_start: float = 1.0
    seed: int = 0
    render: Literal["masked", "generative"] = "masked"
    job: str = ""
    index: int = 0

    @property
    def silent(self) -> bool:
        """Whether nothing sounds in it; then neither does a voice."""
        return not len(self.model_input) or float(np.abs(self.model_input).max()) < QUIETEST


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """Stems `[C, n]` at the source's rate; `masked` is `vocals` itself when that was the rendering asked for.

    seconds: of computation spent on this chunk; a batch's time is shared out among its chunks.
    """

    vocals: Wav
    masked: Wav
    seconds: float
