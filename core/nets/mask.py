"""From a mixture's log magnitudes to a mask: convolutions over frequency and time around a 1-D U-Net [D].

    log magnitudes -> fold 4 bins -> 2-D block -> fold 4 -> 2-D block -> 1-D U-Net over frames -> back the same way
    stereo cues    -> fold 4 bins -+

Convolutions over frequency process a voice's harmonics equally at any pitch, which helped more than any other change
with few recordings (lab/notes/0009-long-window-mask.md); the U-Net between them sees all frequencies and several
seconds at once, and its levels are the generator's features.

[P], [C], [I] and [D]: docs/method.md.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.nets.blocks import ChannelNorm
from core.nets.config import MaskConfig, UNetConfig
from core.nets.unet import UNet

CUES = 2  # core.nets.conditioner.stereo_cues


class Block2d(nn.Module):
    """Two 3x3 convolutions with batch norm, and a residual. `[B, channels, bands, F]` to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm2.weight)  # no effect at first

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(x + self.norm2(self.conv2(y)))


class MaskNet(nn.Module):
    """Maps `[B, bins, F]` of log magnitudes, and optional stereo cues `[B, 2, bins, F]`, to a mask `[B, bins, F]` in
    (0, 1) and the U-Net's features, per level. Zero cues change nothing."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: MaskConfig, unet: UNetConfig) -> None:
        super().__init__()
        self.config = config
        fine, coarse = config.channels
        rows, width = coarse * config.bins // config.folded**2, unet.channels[0]
        self.register_buffer("mean", torch.zeros(config.bins, 1))
        self.register_buffer("std", torch.ones(config.bins, 1))
        self.enter = nn.Conv2d(config.folded, fine, 3, padding=1)
        self.enter_stereo = nn.Conv2d(CUES * config.folded, fine, 3, padding=1, bias=False) if config.stereo else None
        if self.enter_stereo is not None:
            nn.init.zeros_(self.enter_stereo.weight)  # no effect at first
        self.fine_down, self.fine_up, self.coarse_down, self.coarse_up = (
            nn.Sequential(*(Block2d(channels) for _ in range(config.blocks)))
            for channels in (fine, fine, coarse, coarse)
        )
        self.down = nn.Conv2d(fine, coarse, (config.folded, 1), stride=(config.folded, 1))
        self.into, self.back = nn.Conv1d(rows, width, 1), nn.Conv1d(width, rows, 1)
        self.unet, self.norm = UNet(unet, width), ChannelNorm(width)
        self.merge_coarse, self.merge_fine = nn.Conv2d(2 * coarse, coarse, 1), nn.Conv2d(2 * fine, fine, 1)
        self.up = nn.ConvTranspose2d(coarse, fine, (config.folded, 1), stride=(config.folded, 1))
        self.leave = nn.Conv2d(fine, config.folded, 3, padding=1)
        for parameter in self.leave.parameters():  # a fresh mask is one half everywhere
            nn.init.zeros_(parameter)

    def forward(self, log_magnitude: Tensor, cues: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        entered = self.enter(self._fold(((log_magnitude - self.mean) / self.std)[:, None]))
        if self.enter_stereo is not None and cues is not None:
            entered = entered + self.enter_stereo(self._fold(cues))
        fine = self.fine_down(entered)
        coarse = self.coarse_down(self.down(fine))
        out, levels = self.unet(self.into(coarse.flatten(1, 2)))
        y = self.back(self.norm(out)).unflatten(1, coarse.shape[1:3])
        y = self.up(self.coarse_up(self.merge_coarse(torch.cat([y, coarse], dim=1))))
        y = self.leave(self.fine_up(self.merge_fine(torch.cat([y, fine], dim=1))))
        return y.float().sigmoid().transpose(1, 2).flatten(1, 2), levels

    def _fold(self, planes: Tensor) -> Tensor:
        """`[B, P, bins, F]` to `[B, P * folded, bins / folded, F]`."""
        folded = planes.unflatten(2, (-1, self.config.folded)).transpose(2, 3).flatten(1, 2)
        return folded.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def fit(self, log_magnitude: Tensor) -> None:
        """Measure the statistics of the input, per bin, on representative mixtures `[B, bins, F]`."""
        self.mean.copy_(log_magnitude.mean((0, 2))[:, None])
        self.std.copy_(log_magnitude.std((0, 2))[:, None].clamp_min(0.05))
