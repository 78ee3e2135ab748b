"""Conditioner B, after the companion's [C]: an autoencoder on the mixture's latent, pulled toward the target's.

    latent -> level 0 -> ... -> deepest -> + -> transformer -> deepest -> ... -> level 0 -> estimate
                 |                ^
                 +-- 1x1, pooled -+           (instead of U-Net skips)

Blocks of three convolutions, each after PReLU and a norm; each decoder level's output is injected into the generator;
two auxiliary L2 losses through 1x1 heads, on the bottleneck and on the decoder's output. The companion's GroupNorm runs
over time; here it is per frame (core.nets.blocks.ChannelNorm) [D]. The output's head is also the estimate for the
generator [D].

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.nets.blocks import Attention, ChannelNorm, zeroed
from core.nets.conditioner import Encode
from core.nets.config import NetConfig

LAYERS = 6  # of the transformer in the bottleneck [C]


class TripleBlock(nn.Module):
    """Three convolutions, each after PReLU and a norm, with a residual; then attention, if any."""

    def __init__(self, channels: int, attention: Attention | None) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            *(
                nn.Sequential(nn.PReLU(), ChannelNorm(channels), nn.Conv1d(channels, channels, 3, padding=1))
                for _ in range(3)
            )
        )
        self.attention = attention

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.convs(x)
        return x if self.attention is None else self.attention(x)


class TransformerLayer(nn.Module):
    """Self-attention with rotary positions, then an MLP; each with a norm and a residual."""

    def __init__(self, channels: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.attention = Attention(channels, heads, head_dim)
        self.mlp = nn.Sequential(
            ChannelNorm(channels),
            nn.Conv1d(channels, 4 * channels, 1),
            nn.GELU(),
            zeroed(nn.Conv1d(4 * channels, channels, 1)),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(x)
        return x + self.mlp(x)


class AutoencoderConditioner(nn.Module):
    """Mixture to (estimate `[B, D, F]`, features of the generator's deepest levels)."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        unet, self.reductions = config.conditioner, config.reductions
        channels, first = unet.channels, config.reductions[0]

        def block(level: int) -> nn.Module:
            attends = level in unet.attention
            return nn.Sequential(
                *(TripleBlock(channels[level], None) for _ in range(unet.blocks[level] - 1)),
                TripleBlock(
                    channels[level], Attention(channels[level], unet.heads, unet.head_dim) if attends else None
                ),
            )

        levels = range(len(channels))
        factors = (first, *unet.factors[1:])
        widths = (config.dim, *channels)
        self.down = nn.ModuleList(
            nn.Conv1d(widths[i], channels[i], 3, padding=1)
            if factors[i] == 1
            else nn.Conv1d(widths[i], channels[i], factors[i], stride=factors[i])
            for i in levels
        )
        self.encoder = nn.ModuleList(block(i) for i in levels)
        self.to_bottleneck = nn.ModuleList(nn.Conv1d(channels[i], channels[-1], 1) for i in levels[:-1])
        self.transformer = nn.Sequential(
            *(TransformerLayer(channels[-1], unet.heads, unet.head_dim) for _ in range(LAYERS))
        )
        self.bottleneck_head = nn.Conv1d(channels[-1], config.dim, 1)
        self.decoder = nn.ModuleList(block(i) for i in levels)
        self.up = nn.ModuleList(
            nn.ConvTranspose1d(channels[i], channels[i - 1], factors[i], stride=factors[i]) for i in levels[1:]
        )
        self.norm = ChannelNorm(channels[0])
        self.head = nn.ConvTranspose1d(channels[0], config.dim, first, stride=first)

    def forward(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        _, estimate, features = self._run(encode(mixture[:, :1]))
        return estimate, features

    def learn(
        self, mixture: Tensor, vocals: Tensor, encode: Encode
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        """The two auxiliary losses, on normalised latents."""
        with torch.no_grad():
            target = encode(vocals)
        bottleneck, estimate, features = self._run(encode(mixture[:, :1]))
        coarse = functional.avg_pool1d(target, self.reductions[-1])
        loss = (estimate - target).square().mean() + (bottleneck - coarse).square().mean()
        return loss, features, estimate.detach

    def fit(self, mixture: Tensor) -> None:
        """Nothing to measure: the model's latent norm serves."""

    def _run(self, x: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """(the bottleneck's estimate at its rate, the estimate, features), the estimates in float32."""
        gathered = []
        for level, (down, block) in enumerate(zip(self.down, self.encoder, strict=True)):
            x = block(down(x))
            if level < len(self.to_bottleneck):
                ratio = self.reductions[-1] // self.reductions[level]
                gathered.append(functional.avg_pool1d(self.to_bottleneck[level](x), ratio))
        x = self.transformer(torch.stack([x, *gathered]).sum(0))
        bottleneck = self.bottleneck_head(x).float()
        features: list[Tensor] = []
        for level in reversed(range(len(self.decoder))):
            x = self.decoder[level](x)
            features.append(x)
            x = self.up[level - 1](x) if level else x
        return bottleneck, self.head(self.norm(x)).float(), features[::-1]
