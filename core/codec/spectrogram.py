"""A raw spectrogram behind the codec's interface: the baseline for the paper's codec, without learned parts [D].

    z = the n_fft / 2 + 1 complex bins of a short-time Fourier transform, as n_fft real numbers a frame

Twice redundant and exact: a sine window before and after the transform, frames centred on their hops. A network over it
sees 640 dims where EnCodec and the spectral codec have 128. The latent norm (core.codec.normalise) compresses the
magnitudes, as diffusion on spectrograms needs (Richter et al. 2023).

[P], [C], [I] and [D]: docs/method.md.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from core.codec.base import Codec


class SpectrogramCodec(Codec):
    """24 kHz mono, 75 frames a second. Real parts come first, then the imaginary parts that are not always zero."""

    window: Tensor
    sample_rate, channels, hop = 24000, 1, 320
    dim = n_fft = 2 * hop

    def __init__(self) -> None:
        super().__init__()
        places = (torch.arange(self.n_fft, dtype=torch.float64) + 0.5) / self.n_fft
        # Squared and overlapped by half it sums to one, so the same window serves both ways.
        self.register_buffer("window", torch.sin(math.pi * places).float(), persistent=False)

    @property
    def card_entry(self) -> dict[str, Any]:
        return {"kind": "spectrogram"}

    def encode(self, wav: Tensor) -> Tensor:
        self.check_input(wav)
        half = self.hop // 2
        frames = functional.pad(wav[:, 0], (half, half)).unfold(-1, self.n_fft, self.hop) * self.window
        spectra = torch.fft.rfft(frames, norm="ortho")
        return torch.cat([spectra.real, spectra.imag[..., 1:-1]], dim=-1).transpose(1, 2).contiguous()

    def decode(self, z: Tensor) -> Tensor:
        """The first and last half hop lack a neighbour, and fade; the overlap of chunks hides it."""
        real, imaginary = z.float().transpose(1, 2).split([self.n_fft // 2 + 1, self.n_fft // 2 - 1], dim=-1)
        spectra = torch.complex(real.contiguous(), functional.pad(imaginary, (1, 1)))
        halves = (torch.fft.irfft(spectra, n=self.n_fft, norm="ortho") * self.window).unflatten(-1, (2, self.hop))
        first, second = (functional.pad(halves[:, :, side], (0, 0, side, 1 - side)) for side in (0, 1))
        half = self.hop // 2
        return (first + second).flatten(1)[:, None, half:-half]
