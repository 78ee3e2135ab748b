"""What a study that trains may spend on each of its networks."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.nets.config import Size


@dataclass(frozen=True)
class Budget:
    """The same for every network of a study: the steps, the batches (their contents too), the learning rate.

    pool: what `voicelift train pool` made.
    preset: sizes (core.nets.config).
    steps: of training, in all of a network's legs together; None: the study's own.
    batch, frames: of segments, in latent frames.
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
        """Two steps of a tiny network: shows that it works."""
        return replace(self, preset="tiny", steps=2, batch=2, frames=16)

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "pool": str(self.pool)}
