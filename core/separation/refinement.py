"""Another project's separator, and a generator that refines its vocals if that rendering is requested.

The stems that sum to the mixture are the separator's waveforms. The generative vocals, at the codec's rate, start from
them, as diffusion.py's start from the conditioner's estimate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.card import GRID_RATE, VOCALS, Card
from core.checkpoint import Model
from core.diffusion.samplers import times
from core.diffusion.velocity import noised
from core.nets.outside import OutsideConditioner, resampled
from core.separation.denoising import advance
from core.separation.estimation import Estimated, Estimation
from core.separation.level import chunk_long, normalising_gain, without_offset
from core.separation.noise import noise
from core.separation.request import ChunkRequest, ChunkResult
from core.separation.transfer import Transfer, Upload


@dataclass
class State:
    """The latents of two channels (core.separation.denoising.Latents)."""

    z: Tensor
    estimate: Tensor
    features: list[Tensor]
    schedule: Tensor
    eta: Tensor


@dataclass(eq=False)
class Refined(Estimated):
    """A row whose vocals are refined: kind 1 once they are separated. gains: of its channels; mixture: `[2, 1, T]` at
    the codec's rate and level; voices: `[2, n]` at that rate."""

    gains: Tensor = field(default_factory=lambda: torch.zeros(0))
    mixture: Upload = field(default_factory=lambda: Upload(torch.zeros(0)))
    noise: Upload = field(default_factory=lambda: Upload(torch.zeros(0)))
    times: Upload = field(default_factory=lambda: Upload(torch.zeros(0)))
    state: State | None = None
    voices: Callable[[], Wav] = field(default=lambda: np.zeros((2, 0), np.float32))


class Refinement(Estimation):
    """A Method of core.separation.method."""

    def __init__(self, model: Model, card: Card, transfer: Transfer) -> None:
        self.model, self.conditioner = model, cast(OutsideConditioner, model.conditioner)
        super().__init__(self.conditioner.vocals.estimator.to(transfer.device), card, transfer)
        codec, reduction = model.codec, model.config.generator.reduction
        wanted = -(-card.geometry.frames * codec.frame_rate // GRID_RATE)
        self._frames = -(-wanted // reduction) * reduction

    def _row(self, request: ChunkRequest, pair: tuple[int, int], should_stop: Callable[[], bool]) -> Estimated:
        row = super()._row(request, pair, should_stop)
        if request.render != "generative" or not request.steps:
            return row
        codec = self.model.codec
        low = resample(request.model_input[list(pair)], self.card.sample_rate, codec.sample_rate)
        mixture = without_offset(chunk_long(low, self._frames * codec.hop))
        gains = np.array([normalising_gain(wav[None], codec.level) for wav in mixture], np.float32)
        upload = self._transfer.upload
        return Refined(
            request,
            should_stop,
            1 + request.steps,
            pair=pair,
            audio=row.audio,
            gains=torch.from_numpy(gains)[:, None],
            mixture=upload((mixture * gains[:, None])[:, None]),
            noise=upload(self._noise(request, 0)),
            times=upload(times(request.steps, request.t_start).numpy()),
            seconds=row.seconds,
        )

    def _noise(self, request: ChunkRequest, step: int) -> Wav:
        codec = self.model.codec
        first = request.first_frame * codec.frame_rate // GRID_RATE
        return noise(request.seed, step, first, self._frames, codec.dim)[None]

    def step(self, rows: Sequence[Estimated]) -> None:
        """Separate, or one step of denoising."""
        if rows[0].kind:
            return self._denoise([row for row in rows if isinstance(row, Refined)])
        super().step(rows)
        for row in rows:
            row.kind = int(isinstance(row, Refined))
        return None

    def _denoise(self, rows: Sequence[Refined]) -> None:
        states = [row.state or self._noised(row) for row in rows]
        noises = None
        if any(row.request.eta > 0 for row in rows):
            noises = (self._transfer.upload(self._noise(row.request, row.step)) for row in rows)
        advance(self.model.generator, states, [row.step - 1 for row in rows], noises)
        for row, state in zip(rows, states, strict=True):
            row.state, row.step = state, row.step + 1

    def _noised(self, row: Refined) -> State:
        """Encode the separated vocals, and noise them to the first time."""
        codec, mixture, schedule = self.model.codec, row.mixture.take(), row.times.take()
        vocals = resampled(row.stems[self.card.stems.index(VOCALS)], self.card.sample_rate, codec.sample_rate)
        whole = functional.pad(vocals[:, None], (0, mixture.shape[-1] - vocals.shape[-1]), mode="reflect")
        estimate = self.model.latents(whole * row.gains.to(mixture.device)[:, None])
        features = self.conditioner.features(mixture, self.model.latents)
        eta = torch.full((), row.request.eta, device=estimate.device)
        return State(noised(estimate, row.noise.take(), schedule[:1, None, None]), estimate, features, schedule, eta)

    def results(self, rows: Sequence[Estimated]) -> list[Callable[[], Wav]]:
        """The stems `[S, 2, m]`; refined vocals travel with their rows."""
        for row in rows:
            if isinstance(row, Refined) and row.state is not None:
                voices = self.model.decode(row.state.z)[:, 0] / row.gains.to(row.state.z.device)
                row.voices = self._transfer.download(voices)
        return super().results(rows)

    def render(self, request: ChunkRequest, rows: Sequence[Estimated], results: Sequence[Wav]) -> ChunkResult:
        """The stems, and the generated vocals if requested."""
        result = super().render(request, rows, results)
        if request.render != "generative":
            return result
        if not request.steps:
            return replace(result, generated=result.separated[VOCALS])
        samples, rate = request.mixture.shape[1], self.model.codec.sample_rate
        generated = np.zeros_like(request.mixture)
        for row in rows:
            assert isinstance(row, Refined)
            voices = fit(resample(row.voices(), rate, request.rate), samples)
            generated[list(row.pair)] = voices if row.pair[0] != row.pair[1] else voices.mean(axis=0)
        return replace(result, generated=generated)
