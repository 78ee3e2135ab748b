"""The interfaces of third-party separators: for the engine, and of the adapter that reads their files.

An adapter is one module of core.nets; `core.checkpoint.ESTIMATORS` names it by the `kind` in a card's `estimator`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

Find = Callable[[str], Path]  # a publisher's file by its name; raises CheckpointError if missing


class Estimator(Protocol):
    """Maps stereo at its sample rate to a waveform of each stem. `segment_s`: the length of its training segments."""

    stems: tuple[str, ...]
    sample_rate: int
    segment_s: float

    def __call__(self, mixture: Tensor, /) -> Tensor:
        """Maps a chunk `[B, 2, T]`, at its original level, to `[B, S, 2, T]` in the order of `stems`."""

    def to(self, device: Any) -> "Estimator":
        """Move to a device, as torch.nn.Module."""


@dataclass(frozen=True)
class Published:
    """A publisher's description of a model. `repository`: on the publisher's hub; `packages`: required to read it."""

    description: str
    licence: str
    commercial_use: bool
    credits: tuple[str, ...]
    repository: str
    packages: tuple[str, ...]


class Adapter(Protocol):
    """A module. `MODELS`: by the publisher's names."""

    MODELS: dict[str, Published]

    def take(self, name: str, find: Find, folder: Path) -> tuple[str, list[str], dict[str, Any]]:
        """Write the weights of a model into `folder` as safetensors; returns its version, the files, and facts for its
        card.

        Raises CheckpointError for a file that is not the publisher's."""

    def load(self, files: Sequence[Path], facts: dict[str, Any]) -> Estimator:
        """The network of a card's files and its `estimator`. Raises CheckpointError for invalid files or a missing
        package."""
