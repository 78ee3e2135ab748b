"""The engine: one thread owns the model; many threads hand it chunks and wait.

v-diffusion takes t per sample, so chunks at different steps share a batch: the loop admits waiting chunks, advances
every active one by a step, lets finished ones leave. On a CPU the batch is one chunk, padded to one fixed shape, so a
result does not depend on what else was running; on a GPU the batch is larger and the bound is measured.

    caller threads             engine thread
    separate() --queue-->      admit: encode, condition, noise
        |                      step:  generator, DDIM      (every active chunk once)
        |   <--voice--         leave: decode
    render to the source's rate and channels
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.card import GRID_RATE, Card
from core.checkpoint import Model, load_model
from core.codec.base import Codec
from core.diffusion.samplers import ddim_step, times
from core.diffusion.velocity import noised
from core.errors import Stopped
from core.separation.noise import noise
from core.separation.render import generative, masked

Wav = NDArray[np.float32]
LEVEL = 0.1  # RMS that the model hears every chunk at
QUIETEST = 1e-5  # peak below which a chunk is silence, and so is its voice
CPU_BATCH, GPU_BATCH = 1, 16


@dataclass(frozen=True)
class ChunkRequest:
    """One chunk to separate.

    Attributes:
        mixture: `[C, n]` at the source's `rate`.
        model_input: `[m]` the same stretch, mono at the model's rate; at most a full chunk.
        first_frame: of the chunk in the track, in frames of 1/75 s.
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


@dataclass(frozen=True)
class ChunkResult:
    """Stems `[C, n]` at the source's rate; `masked` is `vocals` itself when that was the rendering asked for.

    seconds: of computation spent on this chunk.
    """

    vocals: Wav
    masked: Wav
    seconds: float


@dataclass
class _Active:
    """A chunk inside the engine."""

    request: ChunkRequest
    should_stop: Callable[[], bool]
    future: "Future[tuple[Wav, float]]"
    step: int = 0
    seconds: float = 0.0
    gain: float = 1.0
    schedule: Tensor = field(default_factory=lambda: torch.zeros(0))
    z: Tensor = field(default_factory=lambda: torch.zeros(0))
    estimate: Tensor = field(default_factory=lambda: torch.zeros(0))
    features: list[Tensor] = field(default_factory=list)


class Engine:
    """A resident model that separates chunks. Use `Engine.load`; `close` when done."""

    def __init__(self, model: Model, card: Card, device: torch.device) -> None:
        self.model, self.card, self.device = model, card, device
        self.codec: Codec = model.codec
        self.max_batch = CPU_BATCH if device.type == "cpu" else GPU_BATCH
        self._waiting: queue.Queue[_Active | None] = queue.Queue()
        self._closing = threading.Event()
        self._door = threading.Lock()  # nothing enters after close
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @classmethod
    def load(cls, model_dir: Path, device: str = "cpu", threads: int | None = None) -> "Engine":
        """Load a checkpoint and start the engine.

        Args:
            device: "cpu", "cuda", "cuda:1", or "auto" (a GPU when there is one).
            threads: CPU threads for torch; None leaves torch's choice (all cores).

        Raises:
            CheckpointError: see core.checkpoint.load_model.
        """
        if threads:
            torch.set_num_threads(threads)
        chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        model, card = load_model(model_dir, chosen)
        return cls(model, card, torch.device(chosen))

    def warm_up(self) -> None:
        """One chunk of noise through everything, so that the first real chunk is not the slow one."""
        wav = np.random.default_rng(0).normal(0, 0.1, self.card.samples_per_chunk).astype(np.float32)
        request = ChunkRequest(wav[None], wav, self.card.sample_rate, 0, steps=1)
        self.separate(request, lambda: False)

    def separate(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> ChunkResult:
        """Separate one chunk; blocks. `should_stop` is asked between denoising steps.

        Raises:
            Stopped: should_stop said so, or the engine was closed.
            ValueError: more input than a chunk holds.
        """
        if len(request.model_input) > self.card.samples_per_chunk:
            raise ValueError("model_input is longer than a chunk")
        if not len(request.model_input) or float(np.abs(request.model_input).max()) < QUIETEST:
            silence = np.zeros_like(request.mixture)
            return ChunkResult(silence, silence, 0.0)
        active = _Active(request, should_stop, Future())
        with self._door:
            if self._closing.is_set():
                raise Stopped("the engine is closed")
            self._waiting.put(active)
        voice, seconds = active.future.result()
        began = time.perf_counter()
        guided = masked(voice, self.card.sample_rate, request.mixture, request.rate)
        vocals = guided
        if request.render == "generative":
            vocals = generative(voice, self.card.sample_rate, request.mixture, request.rate)
        return ChunkResult(vocals, guided, seconds + time.perf_counter() - began)

    def close(self) -> None:
        """Stop the thread; chunks inside raise Stopped."""
        with self._door:
            self._closing.set()
            self._waiting.put(None)  # wakes it where it waits
        self._thread.join()

    def _run(self) -> None:
        active: list[_Active] = []
        while True:
            self._admit(active)
            if self._closing.is_set():
                break
            began = time.perf_counter()
            try:
                self._step(active)
                finished = [chunk for chunk in active if chunk.step == len(chunk.schedule) - 1]
                voices = [self._decode(chunk) for chunk in finished]
            except Exception as error:  # noqa: BLE001 - handed to the callers: the thread must outlive a bad chunk
                for chunk in active:
                    chunk.future.set_exception(error)
                active.clear()
                continue
            share = (time.perf_counter() - began) / max(1, len(active))
            for chunk in active:
                chunk.seconds += share
            for chunk, voice in zip(finished, voices, strict=True):
                chunk.future.set_result((voice, chunk.seconds))
                active.remove(chunk)
        self._refuse(active)

    def _admit(self, active: list[_Active]) -> None:
        """Drop the chunks told to stop, take waiting ones while there is room; waits when there is nothing to do."""
        for stopped in [c for c in active if c.should_stop()]:
            stopped.future.set_exception(Stopped("told to stop"))
            active.remove(stopped)
        while len(active) < self.max_batch and not self._closing.is_set():
            try:
                chunk = self._waiting.get(block=not active)
            except queue.Empty:
                break
            if chunk is None:
                break
            if chunk.should_stop():
                chunk.future.set_exception(Stopped("told to stop"))
                continue
            began = time.perf_counter()
            try:
                self._prepare(chunk)
            except Exception as error:  # noqa: BLE001
                chunk.future.set_exception(error)
                continue
            chunk.seconds = time.perf_counter() - began
            active.append(chunk)

    def _refuse(self, active: list[_Active]) -> None:
        while not self._waiting.empty():
            waiting = self._waiting.get()
            if waiting is not None:
                active.append(waiting)
        for chunk in active:
            chunk.future.set_exception(Stopped("the engine was closed"))

    @torch.inference_mode()
    def _prepare(self, chunk: _Active) -> None:
        """Encode the mixture, estimate, and noise the estimate to the schedule's first time."""
        request = chunk.request
        wav = np.zeros(self.card.samples_per_chunk, dtype=np.float32)
        wav[: len(request.model_input)] = request.model_input
        rms = float(np.sqrt(np.mean(np.square(request.model_input, dtype=np.float64))))
        chunk.gain = LEVEL / max(rms, LEVEL / 1000)
        audio = torch.from_numpy(wav * np.float32(chunk.gain)).to(self.device)
        mixture = audio.expand(1, self.codec.channels, -1).contiguous()
        chunk.estimate, chunk.features = self.model.condition(mixture)
        chunk.schedule = times(request.steps, request.t_start)
        start = chunk.schedule[:1].to(self.device)[:, None, None]
        chunk.z = noised(chunk.estimate, self._noise(chunk), start)

    def _noise(self, chunk: _Active) -> Tensor:
        """The field for the chunk's next step, `[1, D, F]`."""
        request, (_, dim, frames) = chunk.request, chunk.estimate.shape
        first = request.first_frame * self.codec.frame_rate // GRID_RATE
        return torch.from_numpy(noise(request.seed, chunk.step, first, frames, dim))[None].to(self.device)

    @torch.inference_mode()
    def _step(self, active: list[_Active]) -> None:
        """Advance every active chunk by one denoising step, in one batch."""
        t, s = (
            torch.stack([c.schedule[c.step + ahead] for c in active]).to(self.device)[:, None, None] for ahead in (0, 1)
        )
        z, estimate = (torch.cat([getattr(c, name) for c in active]) for name in ("z", "estimate"))
        features = [torch.cat(level) for level in zip(*(c.features for c in active), strict=True)]
        v = self.model.generator(z, t[:, 0, 0], estimate, features)
        for chunk in active:
            chunk.step += 1
        fresh = None
        if any(c.request.eta > 0 for c in active):
            fresh = torch.cat([self._noise(c) for c in active])
        eta = torch.tensor([c.request.eta for c in active], device=self.device)[:, None, None]
        for chunk, row in zip(active, ddim_step(z, v, t, s, eta, fresh).split(1), strict=True):
            chunk.z = row

    @torch.inference_mode()
    def _decode(self, chunk: _Active) -> Wav:
        """The finished latent as the voice `[m]`, at the level it came in."""
        wav = self.model.decode(chunk.z)[0].mean(0) / chunk.gain
        return wav[: len(chunk.request.model_input)].cpu().numpy()
