"""Sizes of the networks, and the presets of PAPER.md."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class UNetConfig:
    """A 1-D U-Net over frames.

    Level i runs at 1 / prod(factors[: i + 1]) of the frame rate with channels[i] and blocks[i] residual blocks each
    way; `attention` names the levels with self-attention.
    """

    channels: tuple[int, ...]
    factors: tuple[int, ...]
    blocks: tuple[int, ...]
    attention: tuple[int, ...] = ()
    heads: int = 4
    head_dim: int = 32

    def __post_init__(self) -> None:
        if not len(self.channels) == len(self.factors) == len(self.blocks):
            raise ValueError("channels, factors and blocks must have one entry a level")
        if any(level not in range(len(self.channels)) for level in self.attention):
            raise ValueError("attention names a level that does not exist")

    @property
    def reduction(self) -> int:
        """Frames must be a multiple of this."""
        product = 1
        for factor in self.factors:
            product *= factor
        return product


@dataclass(frozen=True)
class NetConfig:
    """Generator and conditioner over latents of `dim` dims.

    inject: generator levels that receive the conditioner's features. Deeper levels only is the paper's choice [P];
        range(all levels) is its counter-example.
    linear_dims: leading latent dims on which the conditioner may estimate by a mask (see core.codec.base).
    feature_dim: extra conditioner inputs per frame that the codec provides (0: none).
    """

    generator: UNetConfig
    conditioner: UNetConfig
    inject: tuple[int, ...]
    dim: int = 128
    linear_dims: int = 0
    feature_dim: int = 0
    time_dim: int = 128

    def __post_init__(self) -> None:
        if self.generator.factors != self.conditioner.factors:
            raise ValueError("generator and conditioner must share their factors, so that levels match")
        if any(level not in range(len(self.generator.channels)) for level in self.inject):
            raise ValueError("inject names a level that does not exist")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "NetConfig":
        """From a card's `net`. Raises TypeError or ValueError on unknown or impossible fields."""
        unets = {
            name: UNetConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in data[name].items()})  # type: ignore[arg-type]
            for name in ("generator", "conditioner")
        }
        return cls(**{**data, **unets, "inject": tuple(data["inject"])})


def _paper(channels: tuple[int, ...], blocks: tuple[int, ...]) -> NetConfig:
    unet = UNetConfig(channels, (1, 2, 2, 2, 2), blocks, attention=(2, 3, 4), heads=8, head_dim=64)
    return NetConfig(generator=unet, conditioner=unet, inject=(2, 3, 4), time_dim=1024)


# `small` is what the repository ships, `tiny` what its tests run on; S, M, L follow PAPER.md [I/D].
PRESETS: dict[str, NetConfig] = {
    "tiny": NetConfig(
        generator=UNetConfig((32, 48), (1, 2), (1, 1), attention=(1,), heads=2, head_dim=16),
        conditioner=UNetConfig((48, 64), (1, 2), (1, 1), attention=(1,), heads=2, head_dim=16),
        inject=(1,),
        time_dim=32,
    ),
    "small": NetConfig(
        generator=UNetConfig((128, 160, 192, 224), (1, 2, 2, 2), (1, 1, 1, 1), attention=(2, 3)),
        conditioner=UNetConfig((224, 240, 272, 288), (1, 2, 2, 2), (1, 1, 1, 1), attention=(2, 3)),
        inject=(1, 2, 3),
    ),
    "S": _paper((128, 128, 256, 256, 384), (1, 1, 2, 2, 2)),
    "M": _paper((256, 256, 512, 512, 512), (1, 1, 2, 2, 2)),
    "L": _paper((256, 512, 512, 1024, 1024), (1, 2, 2, 2, 2)),
}
