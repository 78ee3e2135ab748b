"""The engine: one thread owns the model; many threads hand it chunks and wait.

v-diffusion takes t per sample, so chunks at different steps share a batch: the loop admits waiting chunks, advances
every active one by a step, lets finished ones leave. On a CPU the batch is one chunk, padded to one fixed shape, so a
result does not depend on what else was running; on a GPU the batch is larger and the bound is measured.

    caller threads             engine thread
    separate() --waiting-->    admit: encode, condition, noise
        |                      step:  generator, DDIM      (every active chunk once)
        |   <--voice--         leave: decode
    render to the source's rate and channels

What goes wrong with a chunk is its caller's; a batch that fails is tried again chunk by chunk, and one that is too
large for the device's memory by halves. What breaks the engine itself ends it: every caller is told, and `on_fault`
may end the process.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.audio.types import Wav
from core.card import GRID_RATE, Card
from core.checkpoint import Model, load_model
from core.codec.base import Codec
from core.diffusion.samplers import ddim_step, times
from core.diffusion.velocity import noised
from core.errors import InvalidOptions, Stopped
from core.separation.level import normalising_gain
from core.separation.noise import noise
from core.separation.render import generative, masked

QUIETEST = 1e-5  # peak below which a chunk is silence, and so is its voice
CPU_BATCH, GPU_BATCH = 1, 16
RENDERS = 2  # at once: rendering holds several spectra of its chunk in memory

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """Stems `[C, n]` at the source's rate; `masked` is `vocals` itself when that was the rendering asked for.

    seconds: of computation spent on this chunk.
    """

    vocals: Wav
    masked: Wav
    seconds: float


@dataclass(eq=False)
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

    def stopped(self) -> bool:
        """Whether its caller no longer wants it; if so, the caller is told."""
        try:
            if not self.should_stop():
                return False
            self.future.set_exception(Stopped("told to stop"))
        except Exception as error:  # noqa: BLE001 - the caller's own question failed
            self.future.set_exception(error)
        return True


def find_device(name: str) -> torch.device:
    """The device a person named; "auto" is a GPU when there is one. Raises InvalidOptions when it is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InvalidOptions(
            f"There is no device {name!r} here. Take auto, cpu, or cuda on a machine with a GPU."
        ) from error
    return device


class Engine:
    """A resident model that separates chunks. Use `Engine.load`; `close` when done."""

    def __init__(
        self,
        model: Model,
        card: Card,
        device: torch.device,
        on_fault: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        self.model, self.card, self.device = model, card, device
        self.codec: Codec = model.codec
        self.max_batch = CPU_BATCH if device.type == "cpu" else GPU_BATCH
        self._on_fault = on_fault
        self._waiting: deque[_Active] = deque()
        self._changed = threading.Condition()  # guards _waiting and _closed
        self._closed: BaseException | None = None
        self._renders = threading.BoundedSemaphore(RENDERS)
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @classmethod
    def load(
        cls,
        model_dir: Path,
        device: str = "cpu",
        threads: int | None = None,
        on_fault: Callable[[BaseException], None] = lambda _: None,
    ) -> "Engine":
        """Load a checkpoint and start the engine.

        Args:
            device: "cpu", "cuda", "cuda:1", or "auto" (a GPU when there is one).
            threads: CPU threads for torch, part of what "the same result" means; None takes all cores.
            on_fault: called when the engine breaks, after its callers were told; a worker ends its process there.

        Raises:
            CheckpointError: see core.checkpoint.load_model.
            InvalidOptions: there is no such device on this machine.
        """
        # Said even when it is the default: it keeps the libraries below from choosing another number by themselves.
        torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
        chosen = find_device(device)
        model, card = load_model(model_dir, chosen)
        return cls(model, card, chosen, on_fault)

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
        with self._changed:
            if self._closed is not None:
                raise Stopped("the engine is closed") from self._closed
            self._waiting.append(active)
            self._changed.notify()
        voice, seconds = active.future.result()
        with self._renders:
            began = time.perf_counter()
            guided = masked(voice, self.card.sample_rate, request.mixture, request.rate, self.codec.phase_below)
            vocals = guided
            if request.render == "generative":
                vocals = generative(voice, self.card.sample_rate, request.mixture, request.rate)
            return ChunkResult(vocals, guided, seconds + time.perf_counter() - began)

    def close(self) -> None:
        """Stop the thread; chunks inside raise Stopped."""
        self._close(Stopped("the engine was closed"))
        self._thread.join()

    def _close(self, reason: BaseException) -> None:
        with self._changed:
            self._closed = self._closed or reason
            self._changed.notify()

    def _run(self) -> None:
        active: list[_Active] = []
        try:
            while self._admit(active):
                if active:
                    self._advance(active)
        except BaseException as error:
            logger.exception("the engine is broken")
            self._close(error)
        with self._changed:
            left = [*active, *self._waiting]
            self._waiting.clear()
        for chunk in left:
            chunk.future.set_exception(Stopped("the engine was closed"))
        if self._closed is not None and not isinstance(self._closed, Stopped):
            self._on_fault(self._closed)

    def _admit(self, active: list[_Active]) -> bool:
        """Drop chunks told to stop, take waiting ones while there is room; waits for the first. False: closed."""
        with self._changed:
            while not (active or self._waiting or self._closed):
                self._changed.wait()
            if self._closed is not None:
                return False
            waiting = list(self._waiting)
        # Asked of those that still wait, too: a cancelled chunk must not stand in line for its turn to say so.
        gone = {id(chunk) for chunk in [*active, *waiting] if chunk.stopped()}
        active[:] = [chunk for chunk in active if id(chunk) not in gone]
        with self._changed:
            self._waiting = deque(chunk for chunk in self._waiting if id(chunk) not in gone)
            room = max(0, self.max_batch - len(active))
            joining = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        for chunk in joining:
            began = time.perf_counter()
            try:
                if not len(chunk.schedule):  # else it was here before, and had to leave a batch that was too large
                    self._prepare(chunk)
            except Exception as error:  # noqa: BLE001 - the caller's
                chunk.future.set_exception(error)
                _end_if_broken(error)
                continue
            chunk.seconds += time.perf_counter() - began
            active.append(chunk)
        return True

    def _advance(self, active: list[_Active]) -> None:
        """One step of every active chunk; the finished ones leave."""
        began = time.perf_counter()
        try:
            self._step(active)
        except torch.cuda.OutOfMemoryError:
            if len(active) == 1:
                active.pop().future.set_exception(MemoryError("one chunk is too large for the device's memory"))
                return
            self.max_batch = len(active) // 2
            logger.warning("out of device memory", extra={"max_batch": self.max_batch})
            torch.cuda.empty_cache()
        except Exception as error:
            _end_if_broken(error)
            if len(active) == 1:
                active.pop().future.set_exception(error)
                return
            logger.warning("a batch failed and is tried chunk by chunk", exc_info=error)
            for chunk in list(active):
                alone = [chunk]
                self._advance(alone)
                if not alone:
                    active.remove(chunk)
            return
        if len(active) > self.max_batch:  # the batch did not fit: nothing has advanced, so half of it waits again
            with self._changed:
                self._waiting.extendleft(reversed(active[self.max_batch :]))
            del active[self.max_batch :]
            return
        finished = [chunk for chunk in active if chunk.step == len(chunk.schedule) - 1]
        share = (time.perf_counter() - began) / max(1, len(active))
        for chunk in active:
            chunk.seconds += share
        for chunk in finished:
            active.remove(chunk)
            began = time.perf_counter()
            try:
                voice = self._decode(chunk)
            except Exception as error:  # noqa: BLE001 - the caller's
                chunk.future.set_exception(error)
                _end_if_broken(error)
                continue
            chunk.future.set_result((voice, chunk.seconds + time.perf_counter() - began))

    @torch.inference_mode()
    def _prepare(self, chunk: _Active) -> None:
        """Encode the mixture, estimate, and noise the estimate to the schedule's first time."""
        request = chunk.request
        wav = np.zeros(self.card.samples_per_chunk, dtype=np.float32)
        wav[: len(request.model_input)] = request.model_input
        chunk.gain = normalising_gain(request.model_input, self.codec.level)
        audio = torch.from_numpy(wav * np.float32(chunk.gain)).to(self.device)
        mixture = audio.expand(1, self.codec.channels, -1).contiguous()
        chunk.estimate, chunk.features = self.model.condition(mixture)
        chunk.schedule = times(request.steps, request.t_start)
        start = chunk.schedule[:1].to(self.device)[:, None, None]
        chunk.z = noised(chunk.estimate, self._noise(chunk, 0), start)

    def _noise(self, chunk: _Active, step: int) -> Tensor:
        """The field for a step of the chunk, `[1, D, F]`."""
        request, (_, dim, frames) = chunk.request, chunk.estimate.shape
        first = request.first_frame * self.codec.frame_rate // GRID_RATE
        return torch.from_numpy(noise(request.seed, step, first, frames, dim))[None].to(self.device)

    @torch.inference_mode()
    def _step(self, active: list[_Active]) -> None:
        """Advance every active chunk by one denoising step, in one batch."""
        t, s = (
            torch.stack([c.schedule[c.step + ahead] for c in active]).to(self.device)[:, None, None] for ahead in (0, 1)
        )
        z, estimate = (torch.cat([getattr(c, name) for c in active]) for name in ("z", "estimate"))
        features = [torch.cat(level) for level in zip(*(c.features for c in active), strict=True)]
        v = self.model.generator(z, t[:, 0, 0], estimate, features)
        fresh = None
        if any(c.request.eta > 0 for c in active):
            fresh = torch.cat([self._noise(c, c.step + 1) for c in active])
        eta = torch.tensor([c.request.eta for c in active], device=self.device)[:, None, None]
        for chunk, row in zip(active, ddim_step(z, v, t, s, eta, fresh).split(1), strict=True):
            chunk.z, chunk.step = row, chunk.step + 1

    @torch.inference_mode()
    def _decode(self, chunk: _Active) -> Wav:
        """The finished latent as the voice `[m]`, at the level it came in."""
        wav = self.model.decode(chunk.z)[0].mean(0) / chunk.gain
        return wav[: len(chunk.request.model_input)].cpu().numpy()


def _end_if_broken(error: Exception) -> None:
    """Raises `error` again when it says that the device is lost: then no later chunk can succeed either."""
    if isinstance(error, torch.AcceleratorError) and not isinstance(error, torch.cuda.OutOfMemoryError):
        raise error
