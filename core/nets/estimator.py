"""What the engine needs of a separator of waveforms that another project has made and trained.

An adapter is one module here; `core.checkpoint.load_estimator` knows it by the `kind` in a card's `estimator`.
"""

from typing import Any, Protocol

from torch import Tensor


class Estimator(Protocol):
    """Stereo at the card's sample rate in, a waveform of each stem out."""

    stems: tuple[str, ...]

    def __call__(self, mixture: Tensor, /) -> Tensor:
        """A chunk `[B, 2, T]`, at the level it has, to `[B, S, 2, T]` in the order of `stems`."""

    def to(self, device: Any) -> "Estimator":
        """Where it computes, as torch.nn.Module."""
