"""The card of a model: what it is, who may use it, and the geometry and presets that every process needs.

Light on purpose: cpu workers and the API read the card without importing torch.
"""

import json
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import CheckpointError

CARD_NAME = "card.json"
GRID_RATE = 75  # frames per second of the chunk plan, whatever the codec's own frame rate
GRID_FRAMES = 3  # chunk starts are multiples of 3 frames (40 ms): whole samples at every common rate

Quality = Literal["draft", "standard", "high"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Geometry(Frozen):
    """Chunks in frames of 1/75 s: `frames` long, starting every `stride` frames."""

    frames: int = Field(default=1024, gt=0)
    stride: int = Field(default=960, gt=0)

    @model_validator(mode="after")
    def _on_the_grid(self) -> "Geometry":
        if self.stride % GRID_FRAMES:
            raise ValueError(f"stride must be a multiple of {GRID_FRAMES} frames")
        if not 0 < self.overlap <= self.stride:
            raise ValueError("overlap (frames - stride) must be positive and at most the stride")
        return self

    @property
    def overlap(self) -> int:
        return self.frames - self.stride


class Preset(Frozen):
    """How a quality samples: `steps` denoising steps with stochasticity `eta`, starting at t = `t_start`.

    t_start = 1 is pure generation from noise (the paper's setting); below 1 the sampler starts from the
    conditioner's noised estimate.
    """

    steps: int = Field(ge=1, description="Denoising steps.")
    eta: float = Field(default=0.0, ge=0.0, le=1.0, description="Noise added per step: 0 none, 1 all of it.")
    t_start: float = Field(default=1.0, gt=0.0, le=1.0, description="Where the sampler starts: 1 is pure noise.")


class Leg(BaseModel):
    """One leg of training, as it was run."""

    model_config = ConfigDict(frozen=True, extra="allow")

    stage: str
    steps: int
    seconds: float


class Card(Frozen):
    """card.json beside the weights. `files` maps each weight file to its sha256."""

    name: str
    version: str
    description: str
    licence: str
    commercial_use: bool
    credits: list[str] = []
    sample_rate: int = 24000
    geometry: Geometry = Geometry()
    quality: dict[Quality, Preset]
    gate: float = Field(default=0.0, ge=0.0, lt=1.0, description="Stems less certain than this are turned down.")
    codec: dict[str, Any]
    net: dict[str, Any]
    files: dict[str, str]
    training: list[Leg] = []

    @field_validator("quality")
    @classmethod
    def _every_quality(cls, quality: dict[Quality, Preset]) -> dict[Quality, Preset]:
        if missing := set(get_args(Quality)) - set(quality):
            raise ValueError(f"presets are missing: {', '.join(sorted(missing))}")
        return quality

    def sampling(
        self, quality: Quality, steps: int | None = None, eta: float | None = None, t_start: float | None = None
    ) -> Preset:
        """The preset of a quality, with the caller's own values where given."""
        chosen = {"steps": steps, "eta": eta, "t_start": t_start}
        return self.quality[quality].model_copy(update={k: v for k, v in chosen.items() if v is not None})

    @property
    def samples_per_chunk(self) -> int:
        """Samples of a full chunk at the model's rate."""
        return self.geometry.frames * self.sample_rate // GRID_RATE


def load_card(model_dir: Path) -> Card:
    """Read and validate the card in `model_dir`.

    Raises:
        CheckpointError: the card is absent or does not describe a model that this version can read.
    """
    path = model_dir / CARD_NAME
    try:
        return Card.model_validate(json.loads(path.read_text()))
    except FileNotFoundError:
        raise CheckpointError(
            f"No model in {model_dir}: {CARD_NAME} is missing. Name another with --model or VOICELIFT_MODEL_DIR."
        ) from None
    except (ValidationError, ValueError) as error:
        raise CheckpointError(f"{path} is not a model card this version can read: {error}") from error
