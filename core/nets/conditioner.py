"""The conditioner: from the mixture, features for the generator and its own estimate of the vocals' latent.

The companion pulls its conditioner toward the target with auxiliary losses [C]. Here that estimate is an output in
its own right [D]: trials showed a regressor ahead of a generator of the same size at small compute, so the generator
is given the estimate and sampling may start from it, noised. Unlike the companion's autoencoder this U-Net has skips,
without which the estimate could not keep its detail.

On dims where the codec is linear, mixture = vocals + accompaniment holds in the latent itself, so the estimate there
is a mask on the mixture plus a correction; elsewhere it is the correction alone.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from core.nets.blocks import ChannelNorm, zeroed
from core.nets.config import NetConfig
from core.nets.unet import UNet


class Scale(Protocol):
    """From the codec's scale to the model's by a call, and back by `inverse`: see core.codec.normalise."""

    def __call__(self, z: Tensor, /) -> Tensor: ...
    def inverse(self, x: Tensor, /) -> Tensor: ...


class Conditioner(nn.Module):
    """Mixture to (estimate `[B, D, F]`, features per level)."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.linear_dims = config.linear_dims
        width = config.conditioner.channels[0]
        self.unet = UNet(config.conditioner, config.dim + config.feature_dim)
        self.norm = ChannelNorm(width)
        self.head = zeroed(nn.Conv1d(width, config.dim + config.linear_dims, 1))

    def forward(self, mixture: Tensor, features: Tensor | None, latent_norm: Scale) -> tuple[Tensor, list[Tensor]]:
        """`mixture` `[B, D, F]` normalised latents, `features` `[B, feature_dim, F]` or None."""
        inputs = mixture if features is None else torch.cat([mixture, features], dim=1)
        out, levels = self.unet(inputs)
        head = self.head(self.norm(out))
        correction, gate = head[:, : mixture.shape[1]], head[:, mixture.shape[1] :]
        if not self.linear_dims:
            return correction, levels
        masked = latent_norm.inverse(mixture)
        masked = torch.cat([masked[:, : self.linear_dims] * gate.sigmoid(), masked[:, self.linear_dims :]], dim=1)
        linear = latent_norm(masked)[:, : self.linear_dims]
        padding = correction.new_zeros(len(linear), correction.shape[1] - self.linear_dims, linear.shape[2])
        return correction + torch.cat([linear, padding], dim=1), levels
