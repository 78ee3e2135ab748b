"""Recipes of training runs: recipes/*.toml, validated by pydantic into frozen dataclasses. Unknown fields are refused.

[model]       name, architecture and codec
[data]        the pool and the mixtures drawn from it
[validation]  clips and score that select the best weights
[codec]       training of the codec; absent if a trained or the publisher's codec is used
[[leg]]       legs of the networks' training, in order
"""

import json
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter, ValidationError

from core.errors import InvalidOptions
from core.nets.config import Size
from lab.training.codec import CodecRecipe
from lab.training.diffusion import DiffusionRecipe
from lab.training.loop import Pace


@dataclass(frozen=True)
class ModelRecipe:
    """The [model] table.

    preset: sizes of the networks (core.nets.config).
    conditioner: mask (Voicelift's); encoder and autoencoder are conditioners A and B of the paper and its companion.
    codec: spectral, encodec (the publisher's weights), seanet (EnCodec's shape, trained here) or spectrogram (nothing
        learned).
    inject: levels of the generator that receive the features of the mixture; empty: those of the preset.
    gate, mask_exponents: of the masked stems (core.card.Card); 0 and empty for none.
    """

    name: str = "voicelift-small"
    version: str = "0.1.0"
    preset: Size = "small"
    conditioner: Literal["mask", "encoder", "autoencoder"] = "mask"
    codec: Literal["spectral", "encodec", "seanet", "spectrogram"] = "spectral"
    inject: tuple[int, ...] = ()
    gate: Annotated[float, Field(ge=0, lt=1)] = 0.0
    mask_exponents: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class DataRecipe:
    """The [data] table.

    mixtures: all pools, or only those that are free for any use (open). workers: processes that prepare batches.
    """

    pool: str = "runs/pool"
    mixtures: Literal["all", "open"] = "all"
    target: str = "vocals"
    workers: NonNegativeInt = 1


@dataclass(frozen=True)
class ValidationRecipe:
    """The [validation] table: every `every` steps, at most `clips` dev clips of `seconds` per pool are scored.

    The score that selects the best weights is the mean over `pools` of the median SDR of the masked vocals, minus two
    penalties, each summed over pools:
        leak_weight times the mean excess of the leakage over -25 dB, in the accompaniments of the pools `silent`;
        drop_weight times the share of clips whose voice is dropped.
    """

    every: PositiveInt = 500
    pools: tuple[str, ...] = ("musdb7", "mir1k")
    clips: PositiveInt = 20
    seconds: float = 12.0
    silent: tuple[str, ...] = ("instrumental", "played")
    leak_weight: float = 0.05
    drop_weight: float = 10.0


@dataclass(frozen=True)
class RunRecipe:
    """The recipe of a run."""

    # Applies to the nested dataclasses too.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    model: ModelRecipe = field(default_factory=ModelRecipe)
    data: DataRecipe = field(default_factory=DataRecipe)
    validation: ValidationRecipe = field(default_factory=ValidationRecipe)
    codec: CodecRecipe | None = None
    leg: tuple[DiffusionRecipe, ...] = ()

    def __post_init__(self) -> None:
        for number, leg in enumerate(self.leg):
            if leg.stage == "estimate" and self.model.conditioner == "encoder":
                raise ValueError(f"leg.{number}.stage cannot be estimate: the conditioner `encoder` has no estimate")

    def pace(self, minutes: float | None = None) -> Pace:
        """Intervals for a command that stops in `minutes`; None: at the end of the run."""
        return Pace(check=self.validation.every, deadline=None if minutes is None else time.monotonic() + 60 * minutes)


_FORMAT = TypeAdapter(RunRecipe)
# Replacements for messages of pydantic that refer to dataclasses instead of files.
_MESSAGES = {"unexpected_keyword_argument": "unknown field", "missing": "is required"}


def read_recipe(path: Path, changes: Iterable[str] = ()) -> RunRecipe:
    """Read a recipe file and apply `changes` such as `leg.0.steps=100` or `data.pool="runs/pool"` to it.

    Raises:
        InvalidOptions: the file does not exist or is not TOML, a field is unknown, or a value is invalid; the message
            names the field.
    """
    try:
        data = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise InvalidOptions(f"{path} does not exist. The recipes of this repository are in recipes/.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidOptions(f"{path} is not TOML: {error}") from error
    for change in changes:
        _apply(data, change)
    try:
        # In JSON, strict validation accepts arrays as tuples.
        return _FORMAT.validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise InvalidOptions(f"The recipe {path} is not valid. {' '.join(map(_describe, error.errors()))}") from error


def _describe(error: Any) -> str:
    """An error of pydantic as a sentence, e.g. "leg.0.steps: Input should be a valid integer (given: 'many')."."""
    name = ".".join(map(str, error["loc"])) or "file"
    message = _MESSAGES.get(error["type"], error["msg"].removeprefix("Value error, "))
    given = f" (given: {error['input']!r})" if isinstance(error["input"], str | int | float) else ""
    return f"{name}: {message}{given}."


def _apply(data: dict[str, Any], change: str) -> None:
    name, equals, text = change.partition("=")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string
    place: Any = data
    *parents, last = name.strip().split(".")
    try:
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
        if not equals or not isinstance(place, dict):
            raise KeyError
    except (KeyError, IndexError, ValueError, AttributeError):
        raise InvalidOptions(f"--set {change} names no field; write it as leg.0.steps=100.") from None
    place[last] = value
