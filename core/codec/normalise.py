"""Latent normalisation: from the codec's scale to standard deviation <= 1 in every dimension.

The paper scales EnCodec's latents to standard deviation <= 1 [P]; whether globally or per dimension is unknown, here it
is per dimension [D]. Latents of music are heavy-tailed: a compression asinh(z / scale) before the affine part made
diffusion trainable immediately [D].

    x = (asinh(z / scale) - mean) / std        z = scale * sinh(std * x + mean)

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

LARGEST = 12.0  # |asinh| beyond which decoding clips: sinh(12) is 81,377 scales, far outside any audio


class LatentNorm(nn.Module):
    """Per-dimension compression and standardisation of latents `[B, D, F]`."""

    scale: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        for name, fill in (("scale", 1.0), ("mean", 0.0), ("std", 1.0)):
            self.register_buffer(name, torch.full((dim, 1), fill))

    def forward(self, z: Tensor) -> Tensor:
        """Codec scale to model scale, `[B, D, F]` both."""
        return (torch.asinh(z / self.scale) - self.mean) / self.std

    def inverse(self, x: Tensor) -> Tensor:
        """Model scale to codec scale, `[B, D, F]` both."""
        return self.scale * torch.sinh((x * self.std + self.mean).clamp(-LARGEST, LARGEST))

    @torch.no_grad()
    def fit(self, latents: Iterable[Tensor], compress: bool = True) -> None:
        """Measure the statistics on latents `[B, D, F]` (codec scale) of representative audio.

        `scale` is a fraction of each dimension's root mean square, so that the bulk of the distribution stays
        near-linear and the tail is compressed; without `compress` the map is affine but for very large values.
        """
        data = torch.cat([z.transpose(1, 2).reshape(-1, z.shape[1]) for z in latents]).float()
        rms = data.square().mean(0).sqrt().clamp_min(1e-6)
        self.scale.copy_((rms * (0.5 if compress else 1e3))[:, None])
        squeezed = torch.asinh(data / self.scale[:, 0])
        self.mean.copy_(squeezed.mean(0)[:, None])
        self.std.copy_(squeezed.std(0).clamp_min(1e-6)[:, None])
