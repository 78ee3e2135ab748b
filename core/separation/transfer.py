"""Transfers between host and device: copies in parallel with the computation, and a bound on queued computation.

On a CPU there is nothing to copy and nothing to wait for. On a GPU arrays travel through pinned memory (which PyTorch
caches) on a separate stream; consumers wait on the device, or, for results, in the caller's thread; a lane never waits
for a copy.

The CUDA part has never run: there was no GPU. tests/gpu has its tests.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

AHEAD = 2  # queued steps on the device: it never idles, and a new chunk still joins soon


@dataclass(frozen=True, eq=False)
class Upload:
    """An array in transfer to the device. `arrived` is None without a transfer."""

    tensor: Tensor
    arrived: Any = None

    def take(self) -> Tensor:
        """The tensor, for use on the current stream."""
        if self.arrived is not None:
            stream = torch.cuda.current_stream(self.tensor.device)
            stream.wait_event(self.arrived)
            self.tensor.record_stream(stream)
        return self.tensor


class Transfer:
    """Copies to and from one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        cuda = device.type == "cuda"
        self._compute = torch.cuda.Stream(device) if cuda else None
        self._up, self._down = (torch.cuda.Stream(device) if cuda else None for _ in range(2))
        self._queued: deque[Any] = deque()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """The context of a lane's computation."""
        if self._compute is None:
            yield
            return
        with torch.cuda.device(self.device), torch.cuda.stream(self._compute):
            yield

    def upload(self, array: NDArray[np.float32]) -> Upload:
        """Start a copy to the device; thread-safe."""
        tensor = torch.from_numpy(array)
        if self._up is None:
            return Upload(tensor)
        pinned = tensor.pin_memory()
        with torch.cuda.stream(self._up):
            there = pinned.to(self.device, non_blocking=True)
            return Upload(there, self._up.record_event())

    def download(self, tensor: Tensor) -> Callable[[], NDArray[np.float32]]:
        """Start a copy of a result of the current stream; the function waits for it and returns the array."""
        if self._down is None:
            return tensor.numpy
        self._down.wait_event(torch.cuda.current_stream(self.device).record_event())
        with torch.cuda.stream(self._down):
            pinned = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
            pinned.copy_(tensor, non_blocking=True)
            tensor.record_stream(self._down)
            arrived = self._down.record_event()

        def wait() -> NDArray[np.float32]:
            arrived.synchronize()
            array: NDArray[np.float32] = pinned.numpy()
            return array

        return wait

    def pace(self) -> None:
        """Called after each step: waits until at most AHEAD steps are queued."""
        if self._compute is None:
            return
        self._queued.append(self._compute.record_event())
        if len(self._queued) > AHEAD:
            self._queued.popleft().synchronize()
