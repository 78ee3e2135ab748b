"""The interface of another project's separator: what the engine needs of it, and of the adapter that reads its files.

An adapter is one module of core.nets; `core.checkpoint.ESTIMATORS` names it by the `kind` in a card's `estimator`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

Find = Callable[[str], Path]  # a publisher's file by its name; raises CheckpointError where there is none


class Estimator(Protocol):
    """Stereo at its sample rate in, a waveform of each stem out. `segment_s`: the length that it was trained on."""

    stems: tuple[str, ...]
    sample_rate: int
    segment_s: float

    def __call__(self, mixture: Tensor, /) -> Tensor:
        """A chunk `[B, 2, T]`, at the level it has, to `[B, S, 2, T]` in the order of `stems`."""

    def to(self, device: Any) -> "Estimator":
        """Where it computes, as torch.nn.Module."""


@dataclass(frozen=True)
class Published:
    """What a publisher says of a model. `repository`: on the publisher's hub; `packages`: that reading it takes."""

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
        """Put the weights of a model into `folder` as safetensors: its version, their files, and facts for its card.

        Raises CheckpointError: a file is not the publisher's."""

    def load(self, files: Sequence[Path], facts: dict[str, Any]) -> Estimator:
        """The network of a card's files and its `estimator`. Raises CheckpointError: they do not fit, or the package
        is not installed."""
