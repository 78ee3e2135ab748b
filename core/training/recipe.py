"""A run in one file: recipes/*.toml, read into frozen dataclasses; what they do not know is refused.

[model]       what is trained, and its name
[data]        the pool and how mixtures are drawn from it
[validation]  on what the best weights are chosen
[codec]       how the codec is trained; left out where one is given or the publisher's is used
[[leg]]       one leg of the networks after another
"""

import dataclasses
import time
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.errors import InvalidOptions
from core.nets.config import Size
from core.training.codec import CodecRecipe
from core.training.diffusion import DiffusionRecipe
from core.training.loop import Pace


@dataclass(frozen=True)
class ModelRecipe:
    """`preset` names sizes (core.nets.config); `inject` the generator levels that hear the mixture, empty: its own.

    conditioner: mask is ours; encoder and autoencoder are conditioners A and B of the paper and its companion.
    codec: spectral, encodec (the publisher's weights), seanet (EnCodec's shape with weights of its own) or spectrogram
        (nothing learned).
    gate: of the masked stems (core.card.Card.gate); 0 for none.
    """

    name: str = "voicelift-small"
    version: str = "0.1.0"
    preset: Size = "small"
    conditioner: Literal["mask", "encoder", "autoencoder"] = "mask"
    codec: Literal["spectral", "encodec", "seanet", "spectrogram"] = "spectral"
    inject: tuple[int, ...] = ()
    gate: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.gate < 1:
            raise ValueError("gate must be at least 0 and below 1")


@dataclass(frozen=True)
class DataRecipe:
    """`mixtures`: from all pools, or from those that may be used for anything (open). `workers` make batches ahead."""

    pool: str = "runs/pool"
    mixtures: Literal["all", "open"] = "all"
    target: str = "vocals"
    workers: int = 1

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ValueError("workers must be at least 0")


@dataclass(frozen=True)
class ValidationRecipe:
    """Dev clips that are rendered and scored: at most `clips` of `seconds` from each pool; `every` in steps.

    The best weights are those with the highest mean over `pools` of the median SDR of masked rendering, less
    `leak_weight` for every dB by which what the model hears where nobody sings, in the accompaniments of each of the
    pools `silent`, lies above -25 dB of the input, on average.
    """

    every: int = 500
    pools: tuple[str, ...] = ("musdb7", "mir1k")
    clips: int = 20
    seconds: float = 12.0
    silent: tuple[str, ...] = ("instrumental", "played")
    leak_weight: float = 0.05

    def __post_init__(self) -> None:
        if min(self.every, self.clips) < 1:
            raise ValueError("every and clips must be at least 1")


@dataclass(frozen=True)
class RunRecipe:
    """A whole run."""

    model: ModelRecipe = field(default_factory=ModelRecipe)
    data: DataRecipe = field(default_factory=DataRecipe)
    validation: ValidationRecipe = field(default_factory=ValidationRecipe)
    codec: CodecRecipe | None = None
    leg: tuple[DiffusionRecipe, ...] = ()

    def __post_init__(self) -> None:
        for number, leg in enumerate(self.leg):
            if leg.seed < 0:
                raise ValueError(f"leg.{number}.seed must be at least 0")
            if any(min(frames, batch) < 1 for _, frames, batch in leg.curriculum):
                raise ValueError(f"leg.{number}.curriculum's frames and batches must be at least 1")
            if leg.stage == "estimate" and self.model.conditioner == "encoder":
                raise ValueError(f"leg.{number}.stage cannot be estimate: a conditioner `encoder` gives none to train")
        if self.codec is not None and (self.codec.seed < 0 or min(self.codec.steps, self.codec.batch) < 1):
            raise ValueError("codec.seed must be at least 0, codec.steps and codec.batch at least 1")

    def pace(self, minutes: float | None = None) -> Pace:
        """For one command: `minutes` from now it is to stop, whatever it is at."""
        return Pace(check=self.validation.every, deadline=None if minutes is None else time.monotonic() + 60 * minutes)


def read_recipe(path: Path, changes: typing.Iterable[str] = ()) -> RunRecipe:
    """The recipe of a file, with `changes` such as `leg.0.steps=100` or `data.pool="runs/pool"` made to it.

    Raises:
        InvalidOptions: not TOML, a field that does not exist, or a value that does not fit it; the message names it.
    """
    try:
        data = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise InvalidOptions(f"There is no recipe {path}. The frozen ones are in recipes/.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidOptions(f"{path} is not TOML: {error}") from error
    for change in changes:
        _apply(data, change)
    recipe: RunRecipe = _build(RunRecipe, data, "")
    return recipe


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


def _build(kind: Any, data: Any, where: str) -> Any:
    """`data` as `kind`: a dataclass, a tuple, a literal or a plain type; `where` is its name for messages."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, data, where)
    if origin is types.UnionType:
        return _build(next(option for option in inner if option is not type(None)), data, where)
    if origin is tuple and isinstance(data, list):
        if inner[-1] is Ellipsis:
            return tuple(_build(inner[0], item, f"{where}.{i}") for i, item in enumerate(data))
        if len(inner) == len(data):
            return tuple(_build(k, item, f"{where}.{i}") for i, (k, item) in enumerate(zip(inner, data, strict=True)))
    if origin is Literal and data in inner:
        return data
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if isinstance(kind, type) and type(data) is kind:
        return data
    wanted = " or ".join(map(str, inner)) if origin is Literal else getattr(kind, "__name__", str(kind))
    if origin is tuple:
        wanted = f"a list of {len(inner)}" if inner[-1] is not Ellipsis else "a list"
    raise InvalidOptions(f"The recipe's {where} cannot be {data!r}: it must be {wanted}.")


def _build_dataclass(kind: Any, data: Any, where: str) -> Any:
    hints, named = typing.get_type_hints(kind), where or "file"
    if not isinstance(data, dict):
        raise InvalidOptions(f"The recipe's {named} must be a table of fields.")
    if unknown := sorted(set(data) - set(hints)):
        raise InvalidOptions(
            f"The recipe's {named} has no field {', '.join(unknown)}. It knows: {', '.join(sorted(hints))}."
        )
    required = {f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING}
    if absent := sorted(required - set(data)):
        raise InvalidOptions(f"The recipe's {named} lacks {', '.join(absent)}.")
    values = {key: _build(hints[key], value, f"{where}.{key}".lstrip(".")) for key, value in data.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise InvalidOptions(f"The recipe's {named}: {error}.") from error
