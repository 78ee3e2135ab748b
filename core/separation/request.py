"""Request and result of the engine for one chunk."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.audio.channels import opposites
from core.audio.stems import MASKED
from core.audio.types import Wav
from core.card import VOCALS, Render

QUIETEST = 1e-5  # peak below which a channel is silence


@dataclass(frozen=True, eq=False)
class ChunkRequest:
    """One chunk to separate.

    Attributes:
        mixture: `[C, n]` at the source's `rate`.
        model_input: `[C, m]` the same stretch at the model's rate; at most a full chunk.
        first_frame: of the chunk in the track, in frames of 1/75 s.
        tenant: whose chunk it is; tenants take turns.
        index: of the chunk in its job; a job's first chunks go ahead of later ones of all jobs.
        layout: of the channels, by FFmpeg's name; "" the usual one of as many.
    """

    mixture: Wav
    model_input: Wav
    rate: int
    first_frame: int
    steps: int
    eta: float = 0.0
    t_start: float = 1.0
    seed: int = 0
    render: Render = "masked"
    tenant: str = ""
    index: int = 0
    layout: str = ""

    def views(self) -> "dict[View, list[int]]":
        """The parts to separate, and the channels of each.

        Silent channels and an LFE are in none. Equal channels are separated once, and a channel with a silent opposite
        is separated without context.
        """
        wavs, views = self.model_input, dict[View, list[int]]()
        silent = [not wav.size or float(np.abs(wav).max()) < QUIETEST for wav in wavs]
        for channel, opposite in enumerate(opposites(self.layout, len(wavs))):
            if opposite is None or silent[channel]:
                continue
            if np.array_equal(wavs[channel], wavs[opposite]):
                view = View(min(channel, opposite), min(channel, opposite))
            else:
                view = View(channel, channel if silent[opposite] else opposite)
            views.setdefault(view, []).append(channel)
        return views

    def pairs(self) -> list[tuple[int, int]]:
        """Channels that are separated together: each with its opposite, which may be itself.

        Without an LFE and pairs of silent channels.
        """
        pairs = []
        for channel, opposite in enumerate(opposites(self.layout, len(self.model_input))):
            if opposite is None or opposite < channel:
                continue
            if self.model_input.size and np.abs(self.model_input[[channel, opposite]]).max() >= QUIETEST:
                pairs.append((channel, opposite))
        return pairs


class View(NamedTuple):
    """A channel to separate and its neighbour, which may be itself."""

    channel: int
    neighbour: int


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """Stems `[C, n]` at the source's rate.

    Attributes:
        separated: the model's stems but the last, in its order.
        generated: generated vocals that replace the separated ones, if requested.
        confidence: of the vocals, by segment of 3.2 s (core.separation.confidence); empty when unknown.
        seconds: compute time of this chunk; a batch's time is divided among its chunks.
    """

    separated: dict[str, Wav]
    generated: Wav | None = None
    confidence: tuple[float | None, ...] = ()
    seconds: float = 0.0

    @property
    def arrays(self) -> dict[str, Wav]:
        """The arrays as stored, and joined with those of the next chunk; core.audio.stems.Parts.of reads them."""
        if self.generated is None:
            return self.separated
        return {**self.separated, VOCALS: self.generated, MASKED: self.separated[VOCALS]}

    @property
    def masked(self) -> Wav:
        """The vocals as part of the mixture."""
        return self.separated[VOCALS]

    @property
    def vocals(self) -> Wav:
        """The vocals as output."""
        return self.masked if self.generated is None else self.generated
