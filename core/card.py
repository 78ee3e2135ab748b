"""The card of a model: identity, licence, geometry and presets, as every process needs them.

CPU workers and the API read the card without importing torch.
"""

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import CheckpointError

CARD_NAME = "card.json"
GRID_RATE = 75  # frames per second of the chunk plan, independent of the codec's frame rate
GRID_FRAMES = 3  # chunk starts are multiples of 3 frames (40 ms): whole samples at every common rate

Quality = Literal["draft", "standard", "high"]
Render = Literal["generative", "masked"]

VOCALS, INSTRUMENTAL, OTHER = "vocals", "instrumental", "other"
BOUND_DB = 5.0  # SDR of a second of vocals; confidence is the probability of at least this
LONGEST_STEM = len(INSTRUMENTAL)
Stem = Annotated[str, Field(pattern=f"^[a-z][a-z0-9_]{{0,{LONGEST_STEM - 1}}}$")]  # name of a stem


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
    """Sampling of a quality: `steps` denoising steps with stochasticity `eta`, starting at t = `t_start`.

    t_start = 1 is pure generation from noise (the paper's setting); below 1 the sampler starts from the conditioner's
    noised estimate. Without steps the vocals are the conditioner's estimate itself.
    """

    steps: int = Field(ge=0, description="Denoising steps; 0: the conditioner's estimate alone.")
    eta: float = Field(default=0.0, ge=0.0, le=1.0, description="Share of noise added per step, 0 to 1.")
    t_start: float = Field(default=1.0, gt=0.0, le=1.0, description="Start of the sampler: 1 is pure noise.")


class Confidence(Frozen):
    """The SDR that the masks expect of a second of vocals (core.separation.confidence), mapped to the probability that
    their true SDR is at least BOUND_DB: a logistic curve, fitted by `voicelift study confidence`."""

    offset: float
    slope: float = Field(gt=0)

    def probability(self, expected_db: float) -> float:
        """Of an SDR of at least BOUND_DB, 0 to 1."""
        return 1 / (1 + math.exp(-(self.offset + self.slope * expected_db)))


class Leg(BaseModel):
    """One run of the training loop."""

    model_config = ConfigDict(frozen=True, extra="allow")

    stage: str
    steps: int
    seconds: float


class Card(Frozen):
    """card.json next to the weights. `files` maps each weight file to its sha256."""

    name: str
    version: str
    description: str
    licence: str
    commercial_use: bool
    credits: list[str] = []
    source: str | None = Field(default=None, description="Origin of third-party weights.")
    stems: tuple[Stem, ...] = Field(
        default=(VOCALS, INSTRUMENTAL),
        description="Vocals first; the last stem is the remainder of the mixture.",
    )
    sample_rate: int = 24000
    geometry: Geometry = Geometry()
    quality: dict[Quality, Preset]
    guide: Literal["sample", "estimate"] = Field(
        default="sample",
        description="Source of the masks: a sample of the generator, or the conditioner's estimate alone.",
    )
    gate: float = Field(
        default=0.0, ge=0.0, lt=1.0, description="Threshold of certainty below which stems are attenuated."
    )
    confidence: Confidence | None = Field(
        default=None, description="Calibration of the confidence of segments; without it they have none."
    )
    mask_exponents: tuple[tuple[float, float], ...] = Field(
        default=(),
        description="Points (Hz, exponent): the gains of the masked stems are raised to the exponent; below 1 they "
        "grow.",
    )
    estimator: dict[str, Any] | None = Field(
        default=None,
        description="A third-party network, by `kind` (core.nets.estimator), instead of codec and net; with "
        "them, a generator was trained over it.",
    )
    combined: bool = Field(
        default=False,
        description="Each stem but the last comes from a model in a folder of its name, instead of codec and net.",
    )
    codec: dict[str, Any] = {}
    net: dict[str, Any] = {}
    files: dict[str, str]
    training: list[Leg] = []

    @field_validator("stems")
    @classmethod
    def _add_up(cls, stems: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(stems)) != len(stems) or len(stems) < 2 or stems[0] != VOCALS:
            raise ValueError("stems are two or more, each once, vocals first")
        if INSTRUMENTAL in stems and len(stems) > 2:
            raise ValueError("instrumental is the mixture minus the vocals: it is offered without being listed")
        if {"mixture", "masked"} & set(stems):
            raise ValueError("no stem may be called mixture or masked")
        return stems

    @field_validator("quality")
    @classmethod
    def _every_quality(cls, quality: dict[Quality, Preset]) -> dict[Quality, Preset]:
        if missing := set(get_args(Quality)) - set(quality):
            raise ValueError(f"presets are missing: {', '.join(sorted(missing))}")
        return quality

    @property
    def offered(self) -> tuple[str, ...]:
        """The stems that a job may request."""
        return offered(self.stems)

    @property
    def native(self) -> bool:
        """Whether one network of the project's own separates (core.checkpoint.Model)."""
        return self.estimator is None and not self.combined

    @property
    def renders(self) -> tuple[Render, ...]:
        """The renders of the vocals that a job may request."""
        return get_args(Render) if self.net else ("masked",)

    def sampling(
        self,
        quality: Quality,
        steps: int | None = None,
        eta: float | None = None,
        t_start: float | None = None,
        render: Render = "masked",
    ) -> Preset:
        """The sampling of a quality, with the caller's values where given. Masked stems guided by the estimate need no
        sample, unless the caller gives values."""
        chosen = {"steps": steps, "eta": eta, "t_start": t_start}
        overrides = {name: value for name, value in chosen.items() if value is not None}
        if render == "masked" and self.guide == "estimate" and not overrides:
            return Preset(steps=0)
        return self.quality[quality].model_copy(update=overrides)

    @property
    def samples_per_chunk(self) -> int:
        """Samples of a full chunk at the model's rate."""
        return self.geometry.frames * self.sample_rate // GRID_RATE


def offered(stems: tuple[str, ...]) -> tuple[str, ...]:
    """The stems that a job may request of a model with these stems: these, and instrumental, the mixture minus the
    vocals."""
    return stems if INSTRUMENTAL in stems else (*stems, INSTRUMENTAL)


def load_card(model_dir: Path) -> Card:
    """Read and validate the card in `model_dir`.

    Raises:
        CheckpointError: the card is missing or does not describe a model that this version supports.
    """
    path = model_dir / CARD_NAME
    try:
        return Card.model_validate(json.loads(path.read_text()))
    except FileNotFoundError:
        raise CheckpointError(
            f"No model in {model_dir}: {CARD_NAME} is missing. Models are in the repository and in the images; name a "
            "folder with --model or VOICELIFT_MODEL_DIR."
        ) from None
    except (ValidationError, ValueError) as error:
        raise CheckpointError(f"{path} is not a model card that this version supports: {error}") from error
