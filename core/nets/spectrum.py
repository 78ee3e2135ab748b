"""A short-time Fourier transform and its inverse, frames centred on their hops."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Spectrum(nn.Module):
    """Hann-windowed STFT of `n_fft` samples every `hop` (a divisor of it); zero-padded at the ends."""

    window: Tensor

    def __init__(self, n_fft: int, hop: int) -> None:
        super().__init__()
        self.n_fft, self.hop, self.pad = n_fft, hop, (n_fft - hop) // 2
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, wav: Tensor) -> Tensor:
        """Audio `[B, C, T]` (T a multiple of hop) to complex `[B, C, n_fft / 2 + 1, T / hop]`."""
        flat = functional.pad(wav.flatten(0, 1), (self.pad, self.pad))
        spectra = torch.stft(flat, self.n_fft, self.hop, window=self.window, center=False, return_complex=True)
        return spectra.unflatten(0, wav.shape[:2])

    def inverse(self, spectra: Tensor) -> Tensor:
        """Complex `[B, C, n_fft / 2 + 1, F]` to audio `[B, C, F * hop]`, least squares (Griffin and Lim 1984)."""
        frames = torch.fft.irfft(spectra.flatten(0, 1), n=self.n_fft, dim=1) * self.window[:, None]
        weight = self.window.square()[None, :, None].expand(1, -1, frames.shape[-1])
        wav = self._overlap(frames) / self._overlap(weight)
        return wav[:, self.pad : self.pad + frames.shape[-1] * self.hop].unflatten(0, spectra.shape[:2])

    def _overlap(self, frames: Tensor) -> Tensor:
        length = (frames.shape[-1] - 1) * self.hop + self.n_fft
        return functional.fold(frames, output_size=(1, length), kernel_size=(1, self.n_fft), stride=(1, self.hop))[
            :, 0, 0
        ]
