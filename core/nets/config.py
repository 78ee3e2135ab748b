"""Sizes of the networks, and their presets.

[P], [C], [I] and [D]: docs/method.md.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Size = Literal["tiny", "compact", "small", "S", "M", "L"]  # the keys of PRESETS


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
class MaskConfig:
    """The conditioner's spectrum and the 2-D blocks around its U-Net.

    n_fft, hop: in samples at the codec's rate; hop is a whole number of latent frames. bins: number of the spectrum's
    lowest bins with a separate mask. channels: of the finer and the coarser 2-D blocks; each runs over `folded` times
    fewer bands than the one before. blocks: consecutive 2-D blocks at each of the four places. stereo: whether the
    network reads the relation of two channels per bin, in addition to one channel.
    """

    n_fft: int = 2560
    hop: int = 640
    bins: int = 1024
    channels: tuple[int, int] = (16, 32)
    blocks: int = 1
    folded: int = 4
    stereo: bool = False

    def __post_init__(self) -> None:
        if self.bins % self.folded**2 or self.bins > self.n_fft // 2 + 1:
            raise ValueError("bins must divide by folded twice and lie within the spectrum")
        if self.n_fft % self.hop or (self.n_fft - self.hop) % 2:
            raise ValueError("hop must divide n_fft, and leave an even rest")


@dataclass(frozen=True)
class NetConfig:
    """Generator and conditioner over latents of `dim` dims.

    conditioner: its levels are the generator's deepest ones, and run at the same rates.
    conditioner_kind: encoder and autoencoder are conditioners A and B, mask is this project's; with an estimator
        another project's network estimates. Encoders and estimators have no levels, and return the codec's latents at
        the rates of all of the generator's.
    inject: generator levels that receive the conditioner's features. Deeper levels only is the paper's choice [P];
        range(all levels) is its counter-example (levels above a mask's or an autoencoder's get its finest features,
        repeated; of an encoder, level 0 gets the mixture's latents whole).
    """

    generator: UNetConfig
    conditioner: UNetConfig
    inject: tuple[int, ...]
    mask: MaskConfig = MaskConfig()
    dim: int = 128
    time_dim: int = 128
    conditioner_kind: Literal["mask", "encoder", "autoencoder", "estimator"] = "mask"

    def __post_init__(self) -> None:
        if len(self.conditioner.channels) > len(self.generator.channels):
            raise ValueError("the conditioner must not have more levels than the generator")
        if not self.pooled and self.generator.factors[self.first_conditioned + 1 :] != self.conditioner.factors[1:]:
            raise ValueError("the conditioner's factors must be those of the generator's deepest levels")
        if any(level not in range(len(self.generator.channels)) for level in self.inject):
            raise ValueError("inject names a level that does not exist")

    @property
    def first_conditioned(self) -> int:
        """The first generator level that the conditioner has features for."""
        return len(self.generator.channels) - len(self.conditioner.channels) if not self.pooled else 0

    @property
    def reductions(self) -> tuple[int, ...]:
        """Latent frames that one frame of the conditioner's features stands for, per level."""
        factors, first = self.generator.factors, self.first_conditioned
        return tuple(math.prod(factors[: level + 1]) for level in range(first, len(factors)))

    @property
    def feature_widths(self) -> tuple[int, ...]:
        """Channels of the conditioner's features, per level."""
        return (self.dim,) * len(self.generator.channels) if self.pooled else self.conditioner.channels

    @property
    def input_channels(self) -> int:
        """Channels of the network's input: the one to separate, and its neighbour if used."""
        return (
            2 if self.conditioner_kind == "estimator" or (self.conditioner_kind == "mask" and self.mask.stereo) else 1
        )

    @property
    def pooled(self) -> bool:
        """Whether the conditioner's features are the codec's latents of the mixture."""
        return self.conditioner_kind in ("encoder", "estimator")

    @property
    def estimates(self) -> bool:
        """Whether the conditioner gives an estimate; without one, sampling must start from noise (t_start = 1)."""
        return self.conditioner_kind != "encoder"

    def repeats(self, level: int) -> int:
        """How many frames of a generator level one frame of the features meant for it stands for."""
        return math.prod(self.generator.factors[level + 1 : self.first_conditioned + 1])

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "NetConfig":
        """From a card's `net`. Raises TypeError or ValueError on unknown or impossible fields."""
        unets = {
            name: UNetConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in data[name].items()})  # type: ignore[arg-type]
            for name in ("generator", "conditioner")
        }
        mask = MaskConfig(**{**data["mask"], "channels": tuple(data["mask"]["channels"])})
        return cls(**{**data, **unets, "mask": mask, "inject": tuple(data["inject"])})


def _paper(channels: tuple[int, ...], blocks: tuple[int, ...]) -> NetConfig:
    generator = UNetConfig(channels, (1, 2, 2, 2, 2), blocks, attention=(2, 3, 4), heads=8, head_dim=64)
    conditioner = UNetConfig(channels[1:], (1, 2, 2, 2), blocks[1:], attention=(1, 2, 3), heads=8, head_dim=64)
    return NetConfig(generator, conditioner, inject=(2, 3, 4), mask=MaskConfig(channels=(32, 64)), time_dim=1024)


# `small` and `compact` are what the repository ships, `tiny` what its tests run on; S, M, L follow the paper [I/D].
PRESETS: dict[str, NetConfig] = {
    "tiny": NetConfig(
        generator=UNetConfig((32, 48), (1, 2), (1, 1), attention=(1,), heads=2, head_dim=16),
        conditioner=UNetConfig((64,), (1,), (1,), attention=(0,), heads=2, head_dim=16),
        inject=(1,),
        mask=MaskConfig(channels=(4, 8), stereo=True),
        time_dim=32,
    ),
    "small": NetConfig(
        generator=UNetConfig((96, 128, 160, 192), (1, 2, 2, 2), (1, 1, 1, 1), attention=(2, 3)),
        conditioner=UNetConfig((224, 256, 288), (1, 2, 2), (1, 1, 1), attention=(1, 2)),
        inject=(1, 2, 3),
        mask=MaskConfig(blocks=2, stereo=True),
    ),
    "compact": NetConfig(
        generator=UNetConfig((48, 64, 80, 96), (1, 2, 2, 2), (1, 1, 1, 1), attention=(2, 3)),
        conditioner=UNetConfig((144, 160, 176), (1, 2, 2), (1, 1, 1), attention=(1, 2)),
        inject=(1, 2, 3),
        mask=MaskConfig(stereo=True),
    ),
    "S": _paper((128, 128, 256, 256, 384), (1, 1, 2, 2, 2)),
    "M": _paper((256, 256, 512, 512, 512), (1, 1, 2, 2, 2)),
    "L": _paper((256, 512, 512, 1024, 1024), (1, 2, 2, 2, 2)),
}
