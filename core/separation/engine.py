"""The engine: one model, and lanes that execute it; many threads submit chunks and wait.

How a model separates is its Method's (core/separation/method.py): diffusion.py for the project's own networks,
combination.py for several of them, estimation.py for those of others, refinement.py for those with a generator. A
method divides a chunk into parts, channels that are computed by themselves; below, a chunk is one such part. Chunks at
different steps share a batch: a lane admits waiting chunks, advances each of its active chunks by one step, and
releases the finished ones. A GPU has one lane with large batches; how far a result depends on the rest of its batch is
measured. A CPU has several lanes in parallel (docs/decisions/0015-lanes.md), and a batch is one chunk, padded to a
fixed shape, so a result does not depend on other chunks.

    caller threads             a lane's thread          diffusion                   estimation
    separate()  prepare --line-->  enter                encode, condition, noise                   (those that join)
        |                          step                 generator, DDIM             the network    (all, once)
        |   <------ download ----  finish               decode                                     (those that are done)
    render to the source's rate and channels

An error in a chunk goes to its caller. A failed batch is retried chunk by chunk, and a batch too large for the device's
memory is halved from then on. An error of the engine itself ends it: every caller gets the error, and `on_fault` may
end the process.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.audio.types import Wav
from core.card import Card, load_card
from core.checkpoint import Model
from core.errors import InvalidOptions, SeparationFailed, Stopped
from core.separation.device import find_device, lost, set_up, share_out
from core.separation.diffusion import Diffusion
from core.separation.line import Active, Line
from core.separation.method import Method
from core.separation.methods import load_method
from core.separation.request import ChunkRequest, ChunkResult
from core.separation.transfer import Transfer

CPU_BATCH, GPU_BATCHES = 1, (1, 2, 4, 8, 16)
RENDERS = 2  # concurrent: rendering holds several spectra of its chunk in memory

logger = logging.getLogger(__name__)


class Engine:
    """A resident model that separates chunks. Use `Engine.load`; `close` when done."""

    def __init__(
        self,
        method: Method[Any],
        card: Card,
        transfer: Transfer,
        on_fault: Callable[[BaseException], None] = lambda _: None,
        lanes: int = 1,
    ) -> None:
        self.method, self.card, self.device = method, card, transfer.device
        self.max_batch = GPU_BATCHES[-1] if self.device.type == "cuda" else CPU_BATCH
        self.steps_run = self.rows_run = 0  # batches and chunks per step: the occupancy of batches
        self._on_fault, self._transfer, self._line = on_fault, transfer, Line()
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
            device: "cpu", "cuda", "cuda:1", or "auto" (a GPU if there is one).
            threads: CPU threads, which affect the result; None: all cores.
            on_fault: called when the engine breaks, after its callers got the error; a worker ends its process there.

        Raises:
            CheckpointError: see core.checkpoint.load_model.
            InvalidOptions: the device does not exist.
        """
        chosen = find_device(device)
        lanes, each = share_out(threads) if chosen.type == "cpu" else (1, threads)
        set_up(each)
        card, transfer = load_card(model_dir), Transfer(chosen)
        return cls(load_method(model_dir, card, transfer, GPU_BATCHES), card, transfer, on_fault, lanes)

    @property
    def model(self) -> Model:
        """The project's own networks. Raises InvalidOptions for any other model."""
        if isinstance(self.method, Diffusion):
            return self.method.model
        raise InvalidOptions(
            f"This command supports single networks of Voicelift only; {self.card.name} is another kind of model."
        )

    @property
    def at_once(self) -> int:
        """Number of concurrent chunks."""
        return len(self._lanes) * self.max_batch

    @property
    def waiting(self) -> int:
        """Chunks that are not in a batch yet."""
        with self._changed:
            return len(self._line)

    def warm_up(self) -> None:
        """Compute one chunk of noise, so that the first real chunk is not slow."""
        wav = np.random.default_rng(0).normal(0, 0.1, self.card.samples_per_chunk).astype(np.float32)
        self.separate(ChunkRequest(wav[None], wav[None], self.card.sample_rate, 0, steps=1), lambda: False)

    def separate(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> ChunkResult:
        """Separate one chunk; blocks. `should_stop` is checked between denoising steps.

        Raises:
            Stopped: should_stop returned true, or the engine was closed.
            SeparationFailed: the model returned non-finite values.
            ValueError: more input than a chunk, or invalid steps.
        """
        if request.model_input.shape[1] > self.card.samples_per_chunk:
            raise ValueError("model_input is longer than a chunk")
        abandoned = threading.Event()
        results, total = list[Wav](), 0.0
        try:

            def stopped() -> bool:
                return abandoned.is_set() or should_stop()

            rows: list[Active] = self.method.prepare(request, stopped)
            if not rows:
                return self.method.render(request, rows, results)
            with self._changed:
                if self._closed is not None:
                    raise Stopped("the engine is closed") from self._closed
                self._line.join(rows)
                self._changed.notify_all()
            for row in rows:
                arrive, seconds = row.future.result()
                results.append(arrive())
                total += seconds
        except torch.AcceleratorError as error:  # a GPU reports its errors at a later call
            if not lost(error):
                raise
            self._close(error)
            raise Stopped("the device is lost") from error
        finally:
            abandoned.set()
        return self._render(request, rows, results, total)

    def _render(self, request: ChunkRequest, rows: list[Active], results: list[Wav], seconds: float) -> ChunkResult:
        with self._renders:
            started = time.perf_counter()
            result = self.method.render(request, rows, results)
            if not all(np.isfinite(wav).all() for wav in (*results, *result.arrays.values())):
                raise SeparationFailed("The model produced invalid samples for part of the recording.")
            return replace(result, seconds=seconds + time.perf_counter() - started)

    def close(self) -> None:
        """Stop the lanes; chunks in the engine raise Stopped."""
        self._close(Stopped("the engine was closed"))
        for lane in self._lanes:
            lane.join()

    def _close(self, reason: BaseException) -> None:
        with self._changed:
            self._closed = self._closed or reason
            self._changed.notify_all()

    def _run(self) -> None:
        active: list[Active] = []
        try:
            with self._transfer.computing(), torch.inference_mode():
                if self.device.type == "cuda":
                    self.max_batch = self.method.record(self.max_batch)
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
        """Wait for chunks. False: closed."""
        with self._changed:
            while not (active or len(self._line) or self._closed):
                self._changed.wait()
            return self._closed is None

    def _drop_stopped(self, active: list[Active]) -> None:
        """Check all chunks, also waiting ones: a canceled chunk must not wait for its turn."""
        with self._changed:
            waiting = self._line.waiting()
        canceled = [chunk for chunk in waiting if chunk.stopped()]
        with self._changed:
            self._line.remove(canceled)
        active[:] = [chunk for chunk in active if not chunk.stopped()]

    def _advance(self, active: list[Active]) -> None:
        """Admit chunks while there is room, advance every active chunk by one step, and release the finished ones."""
        with self._changed:
            joining = self._line.take(self.max_batch - len(active))
            self._busy += 1
        active += joining  # at once, so that they get the error if the engine breaks
        try:
            self._in_batches(self.method.enter, joining)
            self._in_batches(self._step, [chunk for chunk in active if not (chunk.sampled or chunk.future.done())])
            self._in_batches(self._finish, [chunk for chunk in active if chunk.sampled and not chunk.future.done()])
        finally:
            with self._changed:
                self._busy -= 1
        active[:] = [chunk for chunk in active if not chunk.future.done()]
        self._transfer.pace()

    def _in_batches(self, work: Callable[[Sequence[Active]], None], chunks: Sequence[Active]) -> None:
        """Call `work` on all chunks, at most max_batch of one kind at a time; callers of failed ones get the error.

        A failed call has changed nothing, so it may be repeated on fewer chunks.
        """
        left = list(chunks)
        while left:
            batch = [chunk for chunk in left if chunk.kind == left[0].kind][: self.max_batch]
            started, lanes = time.perf_counter(), self._busy
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
                    logger.warning("a batch failed; retrying chunk by chunk", exc_info=error)
                    for chunk in batch:
                        self._in_batches(work, [chunk])
            else:
                for chunk in batch:
                    chunk.seconds += (time.perf_counter() - started) / len(batch) / lanes
            left = [chunk for chunk in left if chunk not in batch]

    def _limit(self, batch: int) -> None:
        """The device has no memory for more than `batch` chunks at once."""
        self.max_batch = batch
        logger.warning("out of device memory", extra={"max_batch": batch})
        self.method.limit(batch)
        torch.cuda.empty_cache()

    def _step(self, chunks: Sequence[Active]) -> None:
        self.method.step(chunks)
        with self._changed:
            self.steps_run, self.rows_run = self.steps_run + 1, self.rows_run + len(chunks)

    def _finish(self, chunks: Sequence[Active]) -> None:
        started, lanes = time.perf_counter(), self._busy
        arriving = self.method.results(chunks)
        share = (time.perf_counter() - started) / len(chunks) / lanes
        for chunk, arrive in zip(chunks, arriving, strict=True):
            chunk.finish(arrive, chunk.seconds + share)
