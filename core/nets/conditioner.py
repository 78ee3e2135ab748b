"""The conditioner: from the mixture, features for the generator and its own estimate of the vocals.

The companion pulls its conditioner toward the target with auxiliary losses [C]. Here that estimate is an output in its
own right [D]: trials showed a regressor ahead of a generator of the same size at small compute, so the generator is
given the estimate and sampling may start from it, noised. The estimate is a mask on a spectrum of the mixture with a
window four times as long as the codec's, because there the harmonics of a voice lie apart; what is masked is encoded
as any audio is, so this conditioner serves every codec.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from core.nets.config import NetConfig
from core.nets.mask import MaskNet
from core.nets.spectrum import Spectrum

TAIL = 64  # bins whose mean stands for what lies above the mask's last bin
FLOOR = 1e-4  # of magnitudes, before their logarithm
QUIET = 0.002  # energy, as a part of the mixture's, below which an error no longer counts: -27 dB


class Encode(Protocol):
    """Audio `[B, C, T]` to normalised latents `[B, D, F]`, by the model's codec or by another of its latents."""

    def __call__(self, wav: Tensor, codec: nn.Module | None = None, /) -> Tensor: ...


class Conditions(Protocol):
    """What every conditioner does; `encode` takes audio `[B, C, T]` to normalised latents `[B, D, F]`."""

    def __call__(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        """Mixture audio `[B, C, T]` to (estimate `[B, D, F]`, features of the generator's deepest levels)."""

    def learn(
        self, mixture: Tensor, vocals: Tensor, encode: Encode
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        """(its own loss, features, what makes the estimate) on a batch of mixtures and their vocals `[B, C, T]`."""


class Conditioner(nn.Module):
    """A mask on the mixture's spectrum, and the features that it was made from."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config.mask
        self.spectrum = Spectrum(config.mask.n_fft, config.mask.hop)
        self.net = MaskNet(config.mask, config.conditioner)

    def forward(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        spectra = self.spectrum(mixture)
        mask, levels = self.net(self.log_magnitude(spectra))
        return encode(self._voice(mask, spectra)), levels

    def learn(
        self, mixture: Tensor, vocals: Tensor, encode: Encode
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        spectra, target = self.spectrum(mixture), self.spectrum(vocals)
        mask, levels = self.net(self.log_magnitude(spectra))
        loss = mask_loss(self._whole(mask), spectra, target)
        return loss, levels, lambda: encode(self._voice(mask.detach(), spectra))

    def fit(self, mixture: Tensor) -> None:
        """Measure the input's statistics on representative mixtures `[B, C, T]`."""
        self.net.fit(self.log_magnitude(self.spectrum(mixture)))

    def log_magnitude(self, spectra: Tensor) -> Tensor:
        """Complex `[B, C, n_fft / 2 + 1, F]` to log10 magnitudes of the channels' mean `[B, bins, F]`."""
        return (spectra.mean(1)[:, : self.config.bins].abs() + FLOOR).log10()

    def _whole(self, mask: Tensor) -> Tensor:
        """`[B, bins, F]` extended to every bin of the spectrum, `[B, 1, n_fft / 2 + 1, F]`."""
        missing = self.config.n_fft // 2 + 1 - mask.shape[1]
        tail = mask[:, -TAIL:].mean(1, keepdim=True).expand(-1, missing, -1)
        return torch.cat([mask, tail], dim=1)[:, None]

    def _voice(self, mask: Tensor, spectra: Tensor) -> Tensor:
        return self.spectrum.inverse(self._whole(mask) * spectra)


def mask_loss(mask: Tensor, mixture: Tensor, target: Tensor) -> Tensor:
    """The error-to-target ratio in bels, which is SDR's, and an L1 distance of compressed magnitudes.

    The first rules the energy, the second the quiet parts. All `[B, C or 1, bins, F]`, the last two complex. Errors
    below -27 dB of the mixture no longer count, so that silent targets do not rule.
    """
    mix, wanted, error = (_power(x) for x in (mixture, target, mask * mixture - target))
    floor = QUIET * mix.sum((1, 2, 3)) + 1e-6
    ratio = (error.sum((1, 2, 3)) + floor).log10() - (wanted.sum((1, 2, 3)) + floor).log10()
    compressed = mask.clamp_min(1e-6).pow(0.3) * (mix + 1e-6).pow(0.15) - (wanted + 1e-6).pow(0.15)
    return ratio.mean() + compressed.abs().mean()


def _power(spectra: Tensor) -> Tensor:
    return spectra.real.square() + spectra.imag.square()
