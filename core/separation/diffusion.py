"""Batches of the project's networks: estimate, denoising, vocals; one channel per row.

Without steps the estimate is the result: it never passes through the codec (lab/notes/0028-the-estimate-guides.md).

A chunk is separated channel by channel, each with its opposite as context.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from torch import Tensor

from core.audio.types import Wav
from core.card import GRID_RATE, VOCALS, Card
from core.checkpoint import Model
from core.diffusion.samplers import times
from core.diffusion.velocity import noised
from core.nets.conditioner import Conditioner
from core.separation.batches import BucketedVelocity
from core.separation.confidence import by_segment, expected_sdr
from core.separation.denoising import advance
from core.separation.level import chunk_long, normalising_gain, without_offset
from core.separation.line import Active
from core.separation.noise import noise
from core.separation.render import renderings
from core.separation.request import ChunkRequest, ChunkResult, View
from core.separation.transfer import Transfer, Upload


@dataclass(eq=False)
class Denoised(Active):
    """One view of a chunk, for `channels`.

    audio: `[1, H, T]` a full chunk at the codec's level, noise: `[1, D, F]`, times: on their way to the device.
    voice: `[T]` at the codec's level, when it is there; of those with steps,
    schedule: `[steps + 1]` times, on the device; z, estimate: `[1, D, F]`; features: `[1, channels, frames]` each.
    """

    channels: list[int]
    gain: float
    audio: Upload
    noise: Upload
    times: Upload
    voice: Tensor = field(default_factory=lambda: torch.zeros(0))
    schedule: Tensor = field(default_factory=lambda: torch.zeros(0))
    eta: Tensor = field(default_factory=lambda: torch.zeros(0))
    z: Tensor = field(default_factory=lambda: torch.zeros(0))
    estimate: Tensor = field(default_factory=lambda: torch.zeros(0))
    features: list[Tensor] = field(default_factory=list)


class Diffusion:
    """A Method of core.separation.method. `batches`: the sizes that are recorded on a GPU; none elsewhere."""

    def __init__(self, model: Model, card: Card, transfer: Transfer, batches: Sequence[int] = ()) -> None:
        self.model, self.card, self._transfer, self._device = model, card, transfer, transfer.device
        self.velocity = BucketedVelocity(model.generator, batches, record=True) if batches else None

    def prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> list[Denoised]:
        """A row for each view: the input at its level, the first noise, the schedule."""
        return [self._row(request, view, channels, should_stop) for view, channels in request.views().items()]

    def _row(self, request: ChunkRequest, view: View, channels: list[int], should_stop: Callable[[], bool]) -> Denoised:
        started = time.perf_counter()
        wav = chunk_long(request.model_input[list(view)], self.card.samples_per_chunk)[
            : self.model.config.input_channels
        ]
        audio = without_offset(wav)
        gain = normalising_gain(audio[:1], self.model.codec.level)
        row = Denoised(
            request,
            should_stop,
            request.steps,
            channels=channels,
            gain=gain,
            audio=self._transfer.upload(audio[None] * np.float32(gain)),
            noise=self._transfer.upload(self._noise(request, 0) if request.steps else np.zeros(0, np.float32)),
            times=self._transfer.upload(self._times(request)),
        )
        row.seconds = time.perf_counter() - started
        return row

    def _times(self, request: ChunkRequest) -> Wav:
        """The schedule; none without steps. Raises ValueError for a model that gives no estimate to do without."""
        if request.steps:
            return times(request.steps, request.t_start).numpy()
        if not isinstance(self.model.conditioner, Conditioner):
            raise ValueError("this model returns no waveform estimate: steps must be at least 1")
        return np.zeros(0, np.float32)

    def _noise(self, request: ChunkRequest, step: int) -> Wav:
        """The field for a step of the chunk, `[1, D, F]`."""
        codec = self.model.codec
        first = request.first_frame * codec.frame_rate // GRID_RATE
        return noise(request.seed, step, first, self.card.samples_per_chunk // codec.hop, codec.dim)[None]

    def record(self, largest: int) -> int:
        """Record the step for every size of batch there is memory for."""
        if self.velocity is None:
            return largest
        shape = (1, self.model.config.input_channels, self.card.samples_per_chunk)
        estimate, features = self.model.condition(torch.zeros(shape, device=self._device))
        t = torch.zeros(1, device=self._device)
        return self.velocity.warm(estimate, t, estimate, *features)

    def limit(self, largest: int) -> None:
        """Drop the recordings for larger batches."""
        if self.velocity is not None:
            self.velocity.limit(largest)

    def enter(self, rows: Sequence[Denoised]) -> None:
        """Estimate; with steps, encode the estimates and noise them to each schedule's first time."""
        if alone := [row for row in rows if not row.request.steps]:
            conditioner = cast(Conditioner, self.model.conditioner)
            for row, voice in zip(
                alone, conditioner.voice(torch.cat([row.audio.take() for row in alone])), strict=True
            ):
                row.voice = voice[0]
        if sampled := [row for row in rows if row.request.steps]:
            self._condition(sampled)

    def _condition(self, rows: Sequence[Denoised]) -> None:
        audio, noises = (torch.cat([getattr(row, name).take() for row in rows]) for name in ("audio", "noise"))
        schedules = [row.times.take() for row in rows]
        estimates, features = self.model.condition(audio)
        z = noised(estimates, noises, torch.stack([schedule[0] for schedule in schedules])[:, None, None])
        for place, row in enumerate(rows):
            here = slice(place, place + 1)
            row.z, row.estimate, row.features = z[here], estimates[here], [level[here] for level in features]
            row.schedule, row.eta = schedules[place], torch.full((), row.request.eta, device=self._device)

    def step(self, rows: Sequence[Denoised]) -> None:
        """Advance the rows by one denoising step."""
        noises = None
        if any(row.request.eta > 0 for row in rows):
            noises = (self._transfer.upload(self._noise(row.request, row.step + 1)) for row in rows)
        advance(self.velocity or self.model.generator, rows, [row.step for row in rows], noises)
        for row in rows:
            row.step += 1

    def results(self, rows: Sequence[Denoised]) -> list[Callable[[], Wav]]:
        """The vocals `[m]`, each at its input level."""
        if sampled := [row for row in rows if row.request.steps]:
            for row, voice in zip(sampled, self.model.decode(torch.cat([row.z for row in sampled])), strict=True):
                row.voice = voice[0]
        return [self._transfer.download(row.voice[: row.request.model_input.shape[1]] / row.gain) for row in rows]

    def render(self, request: ChunkRequest, rows: Sequence[Denoised], results: Sequence[Wav]) -> ChunkResult:
        """The vocals, masked and, if requested, generated."""
        if not rows:
            silence = np.zeros_like(request.mixture)
            return ChunkResult({VOCALS: silence}, silence if request.render == "generative" else None)
        voices = np.zeros_like(request.model_input)
        for row, voice in zip(rows, results, strict=True):
            voices[row.channels] = voice
        stretch = (voices, self.card.sample_rate, request.mixture, request.rate)
        phase_below = (
            self.model.codec.phase_below if request.steps else math.inf
        )  # the estimate has the mixture's phase
        exponents = self.card.mask_exponents
        generated, masked, sums = renderings(*stretch, phase_below, self.card.gate, self._device, exponents)
        generative = request.render == "generative"
        return ChunkResult({VOCALS: masked}, generated if generative else None, self._confidence(request, sums))

    def _confidence(self, request: ChunkRequest, sums: Wav) -> tuple[float | None, ...]:
        """It is calibrated for vocals masked by the estimate."""
        curve = self.card.confidence
        if curve is None or request.steps or request.render == "generative":
            return ()
        return by_segment(expected_sdr(sums, request.rate, request.mixture.shape[1]), curve)
