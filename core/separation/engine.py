"""The engine: one model, and lanes that go over it; many threads hand it chunks and wait.

v-diffusion takes t per sample, so chunks at different steps share a batch: a lane admits waiting chunks, advances
every active one of its own by a step, lets finished ones leave. On a GPU there is one lane; its batches are large, and
the bound between companies is measured. On a CPU there are several side by side (docs/decisions/0015-lanes.md), and a
batch is one chunk, filled up to one fixed shape, so a result does not depend on what else was running.

    caller threads                     a lane's thread
    separate()  level, noise, upload --line-->  enter: encode, condition, noise    (a batch of those that join)
        |                                       step:  generator, DDIM             (every active chunk once)
        |   <------------- download ----------  leave: decode                      (a batch of those that are done)
    render to the source's rate and channels

What goes wrong with a chunk is its caller's; a batch that fails is tried again chunk by chunk, and one that is too
large for the device's memory by halves, from then on. What breaks the engine itself ends it: every caller is told, and
`on_fault` may end the process.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from core.audio.types import Wav
from core.card import GRID_RATE, Card
from core.checkpoint import Model, load_model
from core.codec.base import Codec
from core.diffusion.samplers import ddim_step, times
from core.diffusion.velocity import noised
from core.errors import Stopped
from core.separation.batches import BucketedVelocity, halve
from core.separation.device import find_device, lost, set_up, share_out
from core.separation.level import normalising_gain
from core.separation.line import Active, Line
from core.separation.noise import noise
from core.separation.render import renderings
from core.separation.request import ChunkRequest, ChunkResult
from core.separation.transfer import Transfer

CPU_BATCH, GPU_BATCHES = 1, (1, 2, 4, 8, 16)
RENDERS = 2  # at once: rendering holds several spectra of its chunk in memory

logger = logging.getLogger(__name__)


class Engine:
    """A resident model that separates chunks. Use `Engine.load`; `close` when done."""

    def __init__(
        self,
        model: Model,
        card: Card,
        device: torch.device,
        on_fault: Callable[[BaseException], None] = lambda _: None,
        lanes: int = 1,
    ) -> None:
        self.model, self.card, self.device = model, card, device
        self.codec: Codec = model.codec
        self.max_batch = CPU_BATCH
        self.steps_run = self.rows_run = 0  # batches stepped, and chunks in them: how full batches are
        self._velocity: BucketedVelocity | None = None
        if device.type == "cuda":
            self.max_batch = GPU_BATCHES[-1]
            self._velocity = BucketedVelocity(model.generator, GPU_BATCHES, record=True)
        self._on_fault, self._transfer, self._line = on_fault, Transfer(device), Line()
        self._changed = threading.Condition()  # guards _line, _closed, _open, _busy and the counters
        self._closed: BaseException | None = None
        self._renders = threading.BoundedSemaphore(RENDERS)
        self._open, self._busy = lanes, 0
        self._lanes = [threading.Thread(target=self._run, name=f"lane {n}", daemon=True) for n in range(lanes)]
        for lane in self._lanes:
            lane.start()

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
            threads: CPU threads, part of what "the same result" means; None takes all cores.
            on_fault: called when the engine breaks, after its callers were told; a worker ends its process there.

        Raises:
            CheckpointError: see core.checkpoint.load_model.
            InvalidOptions: there is no such device on this machine.
        """
        chosen = find_device(device)
        lanes, each = share_out(threads) if chosen.type == "cpu" else (1, threads)
        set_up(each)
        model, card = load_model(model_dir, chosen)
        if chosen.type == "cuda":
            halve(model)
        return cls(model, card, chosen, on_fault, lanes)

    @property
    def at_once(self) -> int:
        """How many chunks it works on at the same time."""
        return len(self._lanes) * self.max_batch

    @property
    def waiting(self) -> int:
        """Chunks that have not been admitted to a batch yet."""
        with self._changed:
            return len(self._line)

    def warm_up(self) -> None:
        """One chunk of noise through everything, so that the first real chunk is not the slow one."""
        wav = np.random.default_rng(0).normal(0, 0.1, self.card.samples_per_chunk).astype(np.float32)
        self.separate(ChunkRequest(wav[None], wav, self.card.sample_rate, 0, steps=1), lambda: False)

    def separate(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> ChunkResult:
        """Separate one chunk; blocks. `should_stop` is asked between denoising steps.

        Raises:
            Stopped: should_stop said so, or the engine was closed.
            ValueError: more input than a chunk holds, or steps that cannot be.
        """
        if len(request.model_input) > self.card.samples_per_chunk:
            raise ValueError("model_input is longer than a chunk")
        if request.silent:
            silence = np.zeros_like(request.mixture)
            return ChunkResult(silence, silence, 0.0)
        try:
            chunk = self._prepare(request, should_stop)
            with self._changed:
                if self._closed is not None:
                    raise Stopped("the engine is closed") from self._closed
                self._line.join(chunk)
                self._changed.notify()
            arrive, seconds = chunk.future.result()
            voice = arrive()
        except torch.AcceleratorError as error:  # a GPU tells its faults to whoever asks next
            if not lost(error):
                raise
            self._close(error)
            raise Stopped("the device is lost") from error
        return self._render(request, voice, seconds)

    def _render(self, request: ChunkRequest, voice: Wav, seconds: float) -> ChunkResult:
        with self._renders:
            began = time.perf_counter()
            stretch = (voice, self.card.sample_rate, request.mixture, request.rate)
            generative, masked = renderings(*stretch, self.codec.phase_below, self.card.gate, self.device)
            vocals = generative if request.render == "generative" else masked
            return ChunkResult(vocals, masked, seconds + time.perf_counter() - began)

    def close(self) -> None:
        """Stop the lanes; chunks inside raise Stopped."""
        self._close(Stopped("the engine was closed"))
        for lane in self._lanes:
            lane.join()

    def _close(self, reason: BaseException) -> None:
        with self._changed:
            self._closed = self._closed or reason
            self._changed.notify_all()

    def _prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> Active:
        """What can be done in the caller's thread: the input at its level, the first noise, the schedule."""
        began = time.perf_counter()
        gain = normalising_gain(request.model_input, self.codec.level)
        # A chunk that the track does not fill goes on mirrored (docs/decisions/0017-a-short-chunk-goes-on-mirrored.md).
        there_and_back = np.concatenate([request.model_input, request.model_input[::-1]])
        audio = np.resize(there_and_back, self.card.samples_per_chunk) * np.float32(gain)
        chunk = Active(
            request,
            should_stop,
            gain,
            audio=self._transfer.upload(np.repeat(audio[None, None], self.codec.channels, axis=1)),
            noise=self._transfer.upload(self._noise(request, 0)),
            times=self._transfer.upload(times(request.steps, request.t_start).numpy()),
        )
        chunk.seconds = time.perf_counter() - began
        return chunk

    def _noise(self, request: ChunkRequest, step: int) -> Wav:
        """The field for a step of the chunk, `[1, D, F]`."""
        codec = self.codec
        first = request.first_frame * codec.frame_rate // GRID_RATE
        return noise(request.seed, step, first, self.card.samples_per_chunk // codec.hop, codec.dim)[None]

    def _run(self) -> None:
        active: list[Active] = []
        try:
            with self._transfer.computing(), torch.inference_mode():
                self._record()
                while self._wait(active):
                    self._drop_stopped(active)
                    self._advance(active)
        except BaseException as error:
            logger.exception("the engine is broken")
            self._close(error)
        for chunk in active:
            chunk.fail(Stopped("the engine was closed"))
        with self._changed:
            self._open -= 1
            if self._open:
                return
            left, self._line = self._line.waiting(), Line()
        for chunk in left:
            chunk.fail(Stopped("the engine was closed"))
        if self._closed is not None and not isinstance(self._closed, Stopped):
            self._on_fault(self._closed)

    def _wait(self, active: Sequence[Active]) -> bool:
        """Wait until there is something to do. False: closed."""
        with self._changed:
            while not (active or len(self._line) or self._closed):
                self._changed.wait()
            return self._closed is None

    def _drop_stopped(self, active: list[Active]) -> None:
        """Ask all, also those that still wait: a cancelled chunk must not stand in line for its turn to say so."""
        with self._changed:
            waiting = self._line.waiting()
        gone = [chunk for chunk in waiting if chunk.stopped()]
        with self._changed:
            self._line.leave(gone)
        active[:] = [chunk for chunk in active if not chunk.stopped()]

    def _advance(self, active: list[Active]) -> None:
        """Admit while there is room, one step of every active chunk; the finished ones leave."""
        with self._changed:
            joining = self._line.take(self.max_batch - len(active))
            self._busy += 1
        active += joining  # at once: should the engine break, they are told, too
        try:
            self._in_batches(self._enter, joining)
            self._in_batches(self._step, [chunk for chunk in active if not chunk.future.done()])
            self._in_batches(self._leave, [chunk for chunk in active if chunk.sampled and not chunk.future.done()])
        finally:
            with self._changed:
                self._busy -= 1
        active[:] = [chunk for chunk in active if not chunk.future.done()]
        self._transfer.pace()

    def _in_batches(self, work: Callable[[Sequence[Active]], None], chunks: Sequence[Active]) -> None:
        """`work` on all chunks, no more than max_batch at a time; the callers of those that fail are told.

        Work that raises has changed nothing, so it may be tried again on fewer chunks.
        """
        left = list(chunks)
        while left:
            batch = left[: self.max_batch]
            began, lanes = time.perf_counter(), self._busy
            try:
                work(batch)
            except torch.cuda.OutOfMemoryError:
                if len(batch) > 1:
                    self._limit(len(batch) // 2)
                    continue
                batch[0].fail(MemoryError("one chunk is too large for the device's memory"))
            except Exception as error:
                if lost(error):
                    raise
                if len(batch) == 1:
                    batch[0].fail(error)
                else:
                    logger.warning("a batch failed and is tried chunk by chunk", exc_info=error)
                    for chunk in batch:
                        self._in_batches(work, [chunk])
            else:
                for chunk in batch:
                    chunk.seconds += (time.perf_counter() - began) / len(batch) / lanes
            left = left[len(batch) :]

    def _limit(self, batch: int) -> None:
        """The device has no memory for more than `batch` chunks at once."""
        self.max_batch = batch
        logger.warning("out of device memory", extra={"max_batch": batch})
        if self._velocity is not None:
            self._velocity.limit(batch)
        torch.cuda.empty_cache()

    def _record(self) -> None:
        """On a GPU: record the step for every size of batch there is memory for."""
        if self._velocity is None:
            return
        shape = (1, self.codec.channels, self.card.samples_per_chunk)
        estimate, features = self.model.condition(torch.zeros(shape, device=self.device))
        t = torch.zeros(1, device=self.device)
        self.max_batch = self._velocity.warm(estimate, t, estimate, *features)

    def _enter(self, chunks: Sequence[Active]) -> None:
        """Encode the mixtures, estimate, and noise the estimates to each schedule's first time."""
        audio, noises = (torch.cat([getattr(c, name).take() for c in chunks]) for name in ("audio", "noise"))
        schedules = [chunk.times.take() for chunk in chunks]
        estimates, features = self.model.condition(audio)
        z = noised(estimates, noises, torch.stack([schedule[0] for schedule in schedules])[:, None, None])
        for row, chunk in enumerate(chunks):
            here = slice(row, row + 1)
            chunk.z, chunk.estimate, chunk.features = z[here], estimates[here], [level[here] for level in features]
            chunk.schedule, chunk.eta = schedules[row], torch.full((), chunk.request.eta, device=self.device)

    def _step(self, chunks: Sequence[Active]) -> None:
        """Advance the chunks by one denoising step, in one batch."""
        t, s = (torch.stack([c.schedule[c.step + ahead] for c in chunks])[:, None, None] for ahead in (0, 1))
        z, estimate = (torch.cat([getattr(c, name) for c in chunks]) for name in ("z", "estimate"))
        features = [torch.cat(level) for level in zip(*(c.features for c in chunks), strict=True)]
        v = (self._velocity or self.model.generator)(z, t[:, 0, 0], estimate, features)
        fresh = None
        if any(c.request.eta > 0 for c in chunks):
            fresh = torch.cat([self._transfer.upload(self._noise(c.request, c.step + 1)).take() for c in chunks])
        eta = torch.stack([c.eta for c in chunks])[:, None, None]
        for chunk, row in zip(chunks, ddim_step(z, v, t, s, eta, fresh).split(1), strict=True):
            chunk.z, chunk.step = row, chunk.step + 1
        with self._changed:
            self.steps_run, self.rows_run = self.steps_run + 1, self.rows_run + len(chunks)

    def _leave(self, chunks: Sequence[Active]) -> None:
        """The finished latents as voices `[m]`, each at the level it came in."""
        began, lanes = time.perf_counter(), self._busy
        voices = self.model.decode(torch.cat([chunk.z for chunk in chunks])).mean(1)
        arriving = [
            self._transfer.download(voice[: len(chunk.request.model_input)] / chunk.gain)
            for voice, chunk in zip(voices, chunks, strict=True)
        ]
        share = (time.perf_counter() - began) / len(chunks) / lanes
        for chunk, arrive in zip(chunks, arriving, strict=True):
            chunk.finish(arrive, chunk.seconds + share)
