"""The generator over batches of any size, on a GPU as one launch each: sizes are rounded up to a few buckets, and each
bucket's forward pass is recorded once as a CUDA graph over fixed memory.

Recording needs no compiler, which the worker's image lacks; so it is not `torch.compile`. Rows beyond the batch hold
old values: samples do not affect each other.

The recording has never run: there was no GPU. The bucketing is tested on a CPU, without recording.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from core.checkpoint import Model
from core.nets.blocks import ChannelNorm
from core.nets.mask import MaskNet
from core.nets.unet import UNet

WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.Linear, ChannelNorm)


class BucketedVelocity:
    """v(z, t, estimate, features) for batches of up to the largest of `sizes`.

    Args:
        generator: called as `generator(z, t, estimate, features)`.
        record: use CUDA graphs; otherwise each call runs the generator directly on the same fixed memory.
    """

    def __init__(self, generator: nn.Module, sizes: Sequence[int], record: bool) -> None:
        self._generator, self._record = generator, record
        self.sizes = sorted(sizes)
        self._inputs: list[Tensor] = []
        self._recorded: dict[int, tuple[Any, Tensor]] = {}

    def warm(self, *example: Tensor) -> int:
        """Allocate memory for inputs like `example` (one row each: z, t, estimate, then the features) and record.

        Returns the largest batch that fits; larger sizes are dropped.

        Raises:
            torch.cuda.OutOfMemoryError: there is none even for one.
        """
        self._inputs = [row.new_zeros((self.sizes[-1], *row.shape[1:])) for row in example]
        if not self._record:
            return self.sizes[-1]
        for size in list(self.sizes):
            try:
                self._recorded[size] = self._recording(size)
            except torch.cuda.OutOfMemoryError:
                if size == self.sizes[0]:
                    raise
                self.limit(self.sizes[self.sizes.index(size) - 1])
                break
        return self.sizes[-1]

    def limit(self, largest: int) -> None:
        """Drop the recordings for batches larger than `largest`."""
        self.sizes = [size for size in self.sizes if size <= largest] or self.sizes[:1]
        for size in [size for size in self._recorded if size > self.sizes[-1]]:
            del self._recorded[size]

    def bucket(self, rows: int) -> int:
        """The smallest size that holds `rows`. Raises ValueError when none does."""
        for size in self.sizes:
            if size >= rows:
                return size
        raise ValueError(f"a batch of {rows} is larger than {self.sizes[-1]}")

    def __call__(self, z: Tensor, t: Tensor, estimate: Tensor, features: Sequence[Tensor]) -> Tensor:
        """`[B, D, F]`; valid until the next call."""
        rows, size = len(z), self.bucket(len(z))
        for place, value in zip(self._inputs, (z, t, estimate, *features), strict=True):
            place[:rows].copy_(value)
        if size not in self._recorded:
            return self._run(size)[:rows]
        graph, output = self._recorded[size]
        graph.replay()
        return output[:rows]

    def _run(self, size: int) -> Tensor:
        z, t, estimate, *features = (place[:size] for place in self._inputs)
        velocity: Tensor = self._generator(z, t, estimate, features)
        return velocity

    def _recording(self, size: int) -> tuple[Any, Tensor]:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries choose kernels and allocate workspace in their first calls
            for _ in range(2):
                self._run(size)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # Other threads upload meanwhile: only this thread's calls belong to the graph.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            output = self._run(size)
        return graph, output


class InBfloat16(nn.Module):
    """A network that computes in bfloat16 with float32 inputs and outputs.

    Everything around the networks stays float32: transforms (MDCT, STFT), the latent norm's sinh and asinh, time and
    its embedding, the generator's head, each step's z, and the whole codec, whose decoder exponentiates. Inside,
    autocast converts inputs to bfloat16, and weights are stored in it; batch norm keeps its statistics.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, WEIGHTED):
                module.to(torch.bfloat16)

    def forward(self, x: Tensor, *others: Any) -> tuple[Tensor, list[Tensor]]:
        with torch.autocast(x.device.type, torch.bfloat16):
            out, levels = self.network(x, *others)
        return out.float(), [level.float() for level in levels]


def halve(model: Model) -> None:
    """The model's networks compute in bfloat16 from now on."""
    for part in (model.generator, model.conditioner):
        for name, child in list(part.named_children()):
            if isinstance(child, UNet | MaskNet):
                setattr(part, name, InBfloat16(child))
