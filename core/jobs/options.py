"""Options of a job."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.card import INSTRUMENTAL, VOCALS, Quality, Render, Stem

MAX_SEED = 2**63 - 1
MAX_STEPS = 1000

Format = Literal["auto", "same", "wav16", "wav24", "wav32f", "flac", "mp3", "m4a", "opus"]


class JobOptions(BaseModel):
    """Options of the separation. Equal options and equal bytes give equal files.

    `steps` and `eta`, if given, override those of `quality`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stems: tuple[Stem, ...] = Field(
        default=(VOCALS, INSTRUMENTAL),
        min_length=1,
        max_length=16,
        description="Stems to return, each once. `GET /v1/models` lists the available ones.",
        json_schema_extra={"uniqueItems": True},
    )
    format: Format = Field(
        default="auto",
        description="auto: flac, 16 bit if the source has 16 bit, else 24 bit. same: the source's format if it is "
        "one of these.",
    )
    quality: Quality = Field(
        default="standard",
        description="Number of denoising steps, as defined in the model's card. Only generative vocals depend on it; "
        "masked stems from the model's estimate alone need no steps.",
    )
    steps: int | None = Field(default=None, ge=1, le=MAX_STEPS, description="Denoising steps; overrides quality.")
    eta: float | None = Field(default=None, ge=0.0, le=1.0, description="Share of noise added per step, 0 to 1.")
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="The same seed gives the same result.")
    render: Render = Field(
        default="masked",
        description="masked: stems that sum to the mixture; generative: the vocals as generated. `GET /v1/models` "
        "lists the renders of the model.",
    )

    @field_validator("stems")
    @classmethod
    def _each_once(cls, stems: tuple[Stem, ...]) -> tuple[Stem, ...]:
        if len(set(stems)) != len(stems):
            raise ValueError("each stem may be requested once")
        return stems
