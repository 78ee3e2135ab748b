"""A run in one file: recipes/*.toml, validated by pydantic into frozen dataclasses. Unknown fields are refused.

[model]       what is trained, and its name
[data]        the pool and how mixtures are drawn from it
[validation]  on what the best weights are chosen
[codec]       how the codec is trained; left out where one is given or the publisher's is used
[[leg]]       one leg of the networks after another
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
    """`preset` names sizes (core.nets.config); `inject` the generator levels that hear the mixture, empty: its own.

    conditioner: mask is ours; encoder and autoencoder are conditioners A and B of the paper and its companion.
    codec: spectral, encodec (the publisher's weights), seanet (EnCodec's shape with weights of its own) or spectrogram
        (nothing learned).
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
    """`mixtures`: from all pools, or from those that may be used for anything (open). `workers` make batches ahead."""

    pool: str = "runs/pool"
    mixtures: Literal["all", "open"] = "all"
    target: str = "vocals"
    workers: NonNegativeInt = 1


@dataclass(frozen=True)
class ValidationRecipe:
    """Dev clips that are rendered and scored: at most `clips` of `seconds` from each pool; `every` in steps.

    The best weights are those with the highest mean over `pools` of the median SDR of masked rendering, less
    `leak_weight` for every dB by which what the model hears where nobody sings, in the accompaniments of each of the
    pools `silent`, lies above -25 dB of the input, on average, and `drop_weight` times the share of clips whose
    voice is dropped, added up over the pools.
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
    """A whole run."""

    # Holds for the dataclasses inside as well.
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
        """For one command that stops `minutes` from now."""
        return Pace(check=self.validation.every, deadline=None if minutes is None else time.monotonic() + 60 * minutes)


_FORMAT = TypeAdapter(RunRecipe)
# pydantic's words for a dataclass's fields, where they would puzzle the writer of a file.
_MESSAGES = {"unexpected_keyword_argument": "there is no such field", "missing": "is required"}


def read_recipe(path: Path, changes: Iterable[str] = ()) -> RunRecipe:
    """Read a recipe file and apply `changes` such as `leg.0.steps=100` or `data.pool="runs/pool"` to it.

    Raises:
        InvalidOptions: not TOML, an unknown field, or a value that does not fit; the message names the field.
    """
    try:
        data = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise InvalidOptions(f"There is no recipe {path}. The frozen ones are in recipes/.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidOptions(f"{path} is not TOML: {error}") from error
    for change in changes:
        _apply(data, change)
    try:
        # As JSON, whose arrays strict validation takes for tuples.
        return _FORMAT.validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise InvalidOptions(f"The recipe {path} is not valid. {' '.join(map(_describe, error.errors()))}") from error


def _describe(error: Any) -> str:
    """One of pydantic's errors as a sentence, e.g. "leg.0.steps: Input should be a valid integer (given: 'many')."."""
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
