"""The 1-D U-Net that both networks share, and the generator: velocity from noisy latents.

    level 0 --down--> level 1 --down--> ... deepest      each level: [inject] -> blocks -> attention
       |                 |                     |
       +--- skip ------- + ---- skip -- ... ---+--up-->  each level: merge skip -> [inject] -> blocks -> attention

The mixture reaches the generator as features of the conditioner, merged by concatenation and a 1x1 convolution at
the levels in `inject`, on the way down and on the way up. Deeper levels only is the paper's most sensitive choice
[P]: at every level, accompaniment bleeds through.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from core.diffusion.velocity import alpha_sigma
from core.nets.blocks import Attention, ChannelNorm, Stage, TimeEmbedding, zeroed
from core.nets.config import NetConfig, UNetConfig


class UNet(nn.Module):
    """`[B, inputs, F]` to features `[B, channels[0], F]`; F a multiple of config.reduction.

    Args:
        inject: level -> channels of the features merged there.
    """

    def __init__(
        self, config: UNetConfig, inputs: int, time_dim: int = 0, inject: dict[int, int] | None = None
    ) -> None:
        super().__init__()
        self.config, inject = config, inject or {}
        channels = config.channels
        previous = (inputs, *channels[:-1])
        self.down = nn.ModuleList(
            nn.Conv1d(before, width, 3, padding=1) if factor == 1 else nn.Conv1d(before, width, factor, stride=factor)
            for before, width, factor in zip(previous, channels, config.factors, strict=True)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose1d(width, before, factor, stride=factor)
            for before, width, factor in zip(previous[1:], channels[1:], config.factors[1:], strict=True)
        )
        self.merge = nn.ModuleList(nn.Conv1d(2 * width, width, 1) for width in channels[:-1])
        self.inject_down, self.inject_up = (
            nn.ModuleDict({str(i): nn.Conv1d(channels[i] + extra, channels[i], 1) for i, extra in inject.items()})
            for _ in range(2)
        )
        self.stages_down, self.stages_up = (
            nn.ModuleList(
                Stage(
                    width,
                    config.blocks[i],
                    Attention(width, config.heads, config.head_dim) if i in config.attention else None,
                    time_dim,
                )
                for i, width in enumerate(channels)
            )
            for _ in range(2)
        )

    def forward(
        self, x: Tensor, time: Tensor | None = None, features: Mapping[int, Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Returns the top level's output and every level's output on the way up, level 0 first.

        `features[i]` is `[B, extra, F / reduction of level i]` for every injected level i.
        """
        features, skips = features or {}, []
        for level, (down, stage) in enumerate(zip(self.down, self.stages_down, strict=True)):
            x = stage(_inject(self.inject_down, level, down(x), features), time)
            skips.append(x)
        outputs: list[Tensor] = []
        for level in reversed(range(len(self.down))):
            if level < len(self.down) - 1:
                x = self.merge[level](torch.cat([self.up[level](x), skips[level]], dim=1))
            x = self.stages_up[level](_inject(self.inject_up, level, x, features), time)
            outputs.append(x)
        return x, outputs[::-1]


def _inject(merges: nn.ModuleDict, level: int, x: Tensor, features: Mapping[int, Tensor]) -> Tensor:
    if str(level) not in merges:
        return x
    merged: Tensor = merges[str(level)](torch.cat([x, features[level]], dim=1))
    return merged


class Generator(nn.Module):
    """v from (z_t, t), the conditioner's estimate of z_0 and its features.

    The estimate is a second input at the top level: it is already vocals, so it adds no accompaniment [D]. The network
    adds to the part of v that follows from the estimate: with z_0 = estimate + an error of variance S in each dim, the
    mean of z_0 given z_t yields

        v = sigma (alpha z_t (1 - S) - estimate) / (sigma^2 + S alpha^2)

    so an untrained generator returns the estimate, as with preconditioning in Karras et al. 2022 [D]. Without an
    estimate (zero, S = 1) that part is zero, and the network is the paper's.
    """

    error: Tensor

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config, widths = config, config.feature_widths
        self.time = TimeEmbedding(config.time_dim)
        self.unet = UNet(
            config.generator,
            2 * config.dim,
            config.time_dim,
            {level: widths[max(0, level - config.first_conditioned)] for level in config.inject},
        )
        self.norm = ChannelNorm(config.generator.channels[0])
        self.head = zeroed(nn.Conv1d(config.generator.channels[0], config.dim, 1))
        self.register_buffer("error", torch.ones(config.dim, 1))

    def forward(self, z_t: Tensor, t: Tensor, estimate: Tensor, features: Sequence[Tensor]) -> Tensor:
        """z_t, estimate `[B, D, F]` (normalised), t `[B]` in [0, 1], features of the deepest levels; v `[B, D, F]`."""
        first = self.config.first_conditioned
        by_level = {
            level: features[max(0, level - first)].repeat_interleave(self.config.repeats(level), dim=-1)
            for level in self.config.inject
        }
        out, _ = self.unet(torch.cat([z_t, estimate], dim=1), self.time(t), by_level)
        alpha, sigma = alpha_sigma(t[:, None, None])
        known = sigma * (alpha * z_t * (1 - self.error) - estimate) / (sigma.square() + self.error * alpha.square())
        velocity: Tensor = self.head(self.norm(out)) + known
        return velocity

    @torch.no_grad()
    def observe(self, error: Tensor) -> None:
        """Let `error` follow the estimate's mean squared error of each dim in training, `[D]`."""
        self.error.lerp_(error[:, None].clamp_min(0.01), 0.05)
