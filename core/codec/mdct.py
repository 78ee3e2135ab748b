"""The modified discrete cosine transform as one matrix: linear, critically sampled, exactly invertible.

With a sine window w of 2N samples and hop N, frame f of the signal x (N = hop):

    c[k, f] = sqrt(2 / N) * sum_n w[n] x[f N + n - N / 2] cos(pi / N (n + 1/2 + N / 2) (k + 1/2))

The transpose of that matrix, overlap-added, gives x back (Princen, Johnson, Bradley 1987). Frames are centred
on their hop (half a hop of padding on each side), so F frames stand for F * N samples; the first and last N / 2
samples of the signal lack a neighbour and keep an alias, which the overlap of chunks hides.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Mdct(nn.Module):
    """The `bands` lowest of `hop` MDCT coefficients."""

    basis: Tensor

    def __init__(self, hop: int, bands: int) -> None:
        super().__init__()
        self.hop = hop
        n = torch.arange(2 * hop, dtype=torch.float64)[None]
        k = torch.arange(bands, dtype=torch.float64)[:, None]
        window = torch.sin(math.pi * (n + 0.5) / (2 * hop))
        cosine = torch.cos(math.pi / hop * (n + 0.5 + hop / 2) * (k + 0.5))
        basis = (math.sqrt(2 / hop) * window * cosine).float()[:, None]
        self.register_buffer("basis", basis, persistent=False)

    def forward(self, wav: Tensor) -> Tensor:
        """`[B, 1, T]` to `[B, bands, T / hop]`."""
        half = self.hop // 2
        return functional.conv1d(functional.pad(wav, (half, half)), self.basis, stride=self.hop)

    def inverse(self, coefficients: Tensor) -> Tensor:
        """`[B, bands, F]` to `[B, 1, F * hop]`: the part of the signal below the highest band kept."""
        half = self.hop // 2
        return functional.conv_transpose1d(coefficients, self.basis, stride=self.hop)[..., half:-half]
