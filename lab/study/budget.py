"""The training budget of a study."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.nets.config import Size


@dataclass(frozen=True)
class Budget:
    """Training settings shared by all networks of a study.

    pool: output of `voicelift train pool`.
    preset: sizes of the networks (core.nets.config).
    steps: training steps of a network over all its legs; None: the default of the study.
    batch: segments per batch; frames: latent frames per segment.
    seed: of weights, data and noise.
    """

    pool: Path = Path("runs/pool")
    preset: Size = "compact"
    steps: int | None = None
    batch: int = 8
    frames: int = 256
    learning_rate: float = 1e-3
    seed: int = 0

    def quick(self) -> "Budget":
        """The budget of the quick form: two steps of a tiny network."""
        return replace(self, preset="tiny", steps=2, batch=2, frames=16)

    def facts(self) -> dict[str, Any]:
        """All settings, for JSON."""
        return {**asdict(self), "pool": str(self.pool)}
