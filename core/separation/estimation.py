"""Batches of a third-party waveform separator: one pass, all stems; two channels per row.

Channels are separated in pairs of opposites, as in the network's training. A single one is input to both, and gets the
mean of both outputs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.audio.resample import resample
from core.audio.types import Wav
from core.card import Card
from core.nets.estimator import Estimator
from core.separation.level import chunk_long
from core.separation.line import Active
from core.separation.request import ChunkRequest, ChunkResult
from core.separation.transfer import Transfer, Upload


@dataclass(eq=False)
class Estimated(Active):
    """Two channels of a chunk. audio: `[1, 2, T]` a full chunk; stems: `[S, 2, T]` its separation."""

    pair: tuple[int, int]
    audio: Upload
    stems: Tensor = field(default_factory=lambda: torch.zeros(0))


class Estimation:
    """A Method of core.separation.method; a request's steps have no effect.

    On a GPU the network computes in bfloat16 where that is precise enough (autocast).
    """

    def __init__(self, estimator: Estimator, card: Card, transfer: Transfer) -> None:
        self.estimator, self.card, self._transfer = estimator, card, transfer
        self.half = transfer.device.type == "cuda"
        self._order = [estimator.stems.index(stem) for stem in card.stems[:-1]]

    def prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> list[Estimated]:
        """A row for each pair of channels."""
        return [self._row(request, pair, should_stop) for pair in request.pairs()]

    def _row(self, request: ChunkRequest, pair: tuple[int, int], should_stop: Callable[[], bool]) -> Estimated:
        started = time.perf_counter()
        audio = chunk_long(request.model_input[list(pair)], self.card.samples_per_chunk)
        row = Estimated(request, should_stop, 1, pair=pair, audio=self._transfer.upload(audio[None]))
        row.seconds = time.perf_counter() - started
        return row

    def record(self, largest: int) -> int:
        """Nothing to record."""
        return largest

    def limit(self, largest: int) -> None:
        """Nothing depends on the batch size."""

    def enter(self, rows: Sequence[Estimated]) -> None:
        """There is no preparation before the one step."""

    def step(self, rows: Sequence[Estimated]) -> None:
        """Separate."""
        audio = torch.cat([row.audio.take() for row in rows])
        with torch.autocast(audio.device.type, torch.bfloat16, enabled=self.half):
            stems = self.estimator(audio)[:, self._order].float()
        for row, separated in zip(rows, stems, strict=True):
            row.stems, row.step = separated, row.step + 1

    def results(self, rows: Sequence[Estimated]) -> list[Callable[[], Wav]]:
        """The stems `[S, 2, m]`."""
        return [self._transfer.download(row.stems[..., : row.request.model_input.shape[1]]) for row in rows]

    def render(self, request: ChunkRequest, rows: Sequence[Estimated], results: Sequence[Wav]) -> ChunkResult:
        """The waveforms at the mixture's rate; channels without a row are silent."""
        names, samples = self.card.stems[:-1], request.mixture.shape[1]
        wavs = np.zeros((len(names), *request.model_input.shape), np.float32)
        for row, separated in zip(rows, results, strict=True):
            if row.pair[0] == row.pair[1]:
                wavs[:, row.pair[0]] = separated.mean(axis=1)
            else:
                wavs[:, list(row.pair)] = separated
        rates = self.card.sample_rate, request.rate
        return ChunkResult({name: resample(wav, *rates, samples) for name, wav in zip(names, wavs, strict=True)})
