"""Conditioner A, likely the paper's [I]: a copy of the codec's encoder on the mixture, pooled to each injected level.

Frozen in the paper's first stage and trained at a lower rate in its second [P]. It gives the generator features without
an estimate, so sampling must start from noise (`t_start` = 1 in the card's presets).

[P], [C], [I] and [D]: docs/method.md.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.nets.conditioner import Encode
from core.nets.config import NetConfig

DECODER_PARTS = ("decoder", "head", "head_norm")


class EncoderConditioner(nn.Module):
    """`codec` is copied, without its decoder."""

    def __init__(self, config: NetConfig, codec: nn.Module) -> None:
        super().__init__()
        self.codec = copy.deepcopy(codec)
        for name in DECODER_PARTS:
            if hasattr(self.codec, name):
                delattr(self.codec, name)
        self.reductions = config.reductions

    def forward(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        """Audio `[B, H, T]`, of which only the first channel is used, to (zeros as the estimate `[B, D, F]`,
        pooled latents per level)."""
        latents = encode(mixture[:, :1], self.codec)
        return torch.zeros_like(latents), [functional.avg_pool1d(latents, factor) for factor in self.reductions]

    def learn(
        self,
        mixture: Tensor,
        vocals: Tensor,  # noqa: ARG002
        encode: Encode,
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        """No separate loss: it learns through the generator."""
        estimate, features = self(mixture, encode)
        return estimate.new_zeros(()), features, lambda: estimate

    def fit(self, mixture: Tensor) -> None:
        """Nothing to measure: the model's latent norm serves."""
