"""The conditioner: maps the mixture to features for the generator and to an estimate of the vocals.

The companion pulls its conditioner toward the target with auxiliary losses [C]. Here that estimate is a separate output
[D]: in trials at small compute a regressor was better than a generator of the same size, so the generator gets the
estimate, and sampling may start from it, noised. The estimate is a mask on a spectrum of the mixture with a window four
times as long as the codec's, which resolves the harmonics of a voice; the masked audio is encoded like any audio, so
this conditioner serves every codec.

Channels are separated one at a time, each with its neighbour as context [D]: the network reads the magnitudes of the
channel to separate, and for every bin the relation of the two channels (`stereo_cues`). So a mask follows the voice
where it is, swapped channels swap their masks, and a flipped polarity changes nothing
(lab/notes/0021-channel-pairs.md).

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.nets.config import NetConfig
from core.nets.mask import MaskNet
from core.nets.spectrum import Spectrum

TAIL = 64  # bins whose mean replaces everything above the mask's last bin
FLOOR = 1e-4  # of magnitudes, before their logarithm
RATE = 24000  # of the audio for training masks
EDGES = (250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)  # of the bands with equal weight, in Hz
BLOCK = 19  # frames that are summed, half a second
# Energies below which errors are ignored, relative to the voice in that octave, to the whole voice, and to the mixture.
FAINT, FAINT_OF_ALL, SILENT = 0.005, 1e-4, 1e-5
RATIO_WEIGHT, LEVEL_WEIGHT = 0.5, 0.25
QUIET = 0.002  # energy relative to the mixture's below which an error is ignored: -27 dB


class Encode(Protocol):
    """Audio `[B, C, T]` to normalised latents `[B, D, F]`, by the model's codec or by another with the same latents."""

    def __call__(self, wav: Tensor, codec: nn.Module | None = None, /) -> Tensor: ...


class Conditions(Protocol):
    """The interface of all conditioners. `mixture` is audio `[B, H, T]`: the channel to separate, and optionally its
    neighbour; `encode` maps audio `[B, 1, T]` to normalised latents `[B, D, F]`."""

    def __call__(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        """(estimate `[B, D, F]`, features of the generator's deepest levels)."""

    def learn(
        self, mixture: Tensor, vocals: Tensor, encode: Encode
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        """(its loss, features, input of the estimate); `vocals` are those of the first channel `[B, 1, T]`."""


class Conditioner(nn.Module):
    """A mask on the spectrum of one channel of a mixture, and the features behind it."""

    bands: Tensor

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config.mask
        self.spectrum = Spectrum(config.mask.n_fft, config.mask.hop)
        self.net = MaskNet(config.mask, config.conditioner)
        hertz = torch.linspace(0, RATE / 2, config.mask.n_fft // 2 + 1)
        edges = torch.tensor(EDGES)
        bands = torch.bucketize(hertz, edges, right=True)
        self.register_buffer("bands", functional.one_hot(bands, len(EDGES) + 1).float().T, persistent=False)

    def forward(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        voice, levels = self._estimate(mixture)
        return encode(voice), levels

    def voice(self, mixture: Tensor) -> Tensor:
        """The estimate as audio `[B, 1, T]` with the mixture's phase."""
        return self._estimate(mixture)[0]

    def learn(
        self, mixture: Tensor, vocals: Tensor, encode: Encode
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        spectra, target = self.spectrum(mixture), self.spectrum(vocals)
        mask, levels = self.net(*self.inputs(spectra))
        channel, whole = spectra[:, :1], self._whole(mask)
        loss = mask_loss(whole, channel, target) + band_loss(whole, channel, target, self.bands)
        return loss, levels, lambda: encode(self._voice(mask.detach(), channel))

    def fit(self, mixture: Tensor) -> None:
        """Measure the input's statistics on representative mixtures `[B, H, T]`."""
        self.net.fit(self.log_magnitude(self.spectrum(mixture)))

    def inputs(self, spectra: Tensor) -> tuple[Tensor, Tensor | None]:
        """(log magnitudes of the first channel, stereo cues if there is a second) of complex `[B, H, bins, F]`."""
        cues = None
        if self.config.stereo and spectra.shape[1] > 1:
            cues = stereo_cues(*spectra[:, :, : self.config.bins].unbind(1))
        return self.log_magnitude(spectra), cues

    def log_magnitude(self, spectra: Tensor) -> Tensor:
        """Complex `[B, H, n_fft / 2 + 1, F]` to log10 magnitudes of the first channel `[B, bins, F]`."""
        return (spectra[:, 0, : self.config.bins].abs() + FLOOR).log10()

    def _estimate(self, mixture: Tensor) -> tuple[Tensor, list[Tensor]]:
        spectra = self.spectrum(mixture)
        mask, levels = self.net(*self.inputs(spectra))
        return self._voice(mask, spectra[:, :1]), levels

    def _whole(self, mask: Tensor) -> Tensor:
        """`[B, bins, F]` extended to every bin of the spectrum, `[B, 1, n_fft / 2 + 1, F]`."""
        missing = self.config.n_fft // 2 + 1 - mask.shape[1]
        tail = mask[:, -TAIL:].mean(1, keepdim=True).expand(-1, missing, -1)
        return torch.cat([mask, tail], dim=1)[:, None]

    def _voice(self, mask: Tensor, spectra: Tensor) -> Tensor:
        return self.spectrum.inverse(self._whole(mask) * spectra)


def mask_loss(mask: Tensor, mixture: Tensor, target: Tensor) -> Tensor:
    """The error-to-target ratio in bels, which is SDR's, and an L1 distance of compressed magnitudes.

    The first controls the energy, the second the quiet parts. All `[B, C or 1, bins, F]`, the last two complex. Errors
    below -27 dB of the mixture are ignored, so that silent targets do not dominate.
    """
    mix, wanted, error = (_power(x) for x in (mixture, target, mask * mixture - target))
    floor = QUIET * mix.sum((1, 2, 3)) + 1e-6
    ratio = (error.sum((1, 2, 3)) + floor).log10() - (wanted.sum((1, 2, 3)) + floor).log10()
    compressed = mask.clamp_min(1e-6).pow(0.3) * (mix + 1e-6).pow(0.15) - (wanted + 1e-6).pow(0.15)
    return ratio.mean() + compressed.abs().mean()


def band_loss(mask: Tensor, mixture: Tensor, target: Tensor, bands: Tensor) -> Tensor:
    """The error-to-target ratio and the level error of each octave and half second, in bels, with equal weights.

    Shapes as in `mask_loss`; bands `[bands, bins]`. This counts errors that the energy of a whole segment hides: in
    vocals quieter than the band, in their brilliance, or in an omitted word. Floors are relative to the vocals: their
    level in that octave, and a little of their whole level; without vocals, to the mixture.
    """
    mix, wanted, got, error = (
        _blocks(_power(x), bands) for x in (mixture, target, mask * mixture, mask * mixture - target)
    )
    overall = wanted.sum(1, keepdim=True).mean(2, keepdim=True)
    floor = FAINT * wanted.mean(2, keepdim=True) + FAINT_OF_ALL * overall
    floor = floor + SILENT * mix.sum(1, keepdim=True).mean(2, keepdim=True) + 1e-6
    ratio = ((error + floor) / (wanted + floor)).log10()
    level = ((got + floor) / (wanted + floor)).log10().abs()
    return RATIO_WEIGHT * ratio.mean() + LEVEL_WEIGHT * level.mean()


def _blocks(power: Tensor, bands: Tensor) -> Tensor:
    """`[B, 1, bins, F]` summed over octaves and blocks of frames: `[B, bands, blocks]`."""
    octaves = bands @ power[:, 0]
    return functional.avg_pool1d(octaves, BLOCK, ceil_mode=True) * BLOCK


def stereo_cues(first: Tensor, second: Tensor) -> Tensor:
    """The relation of each bin in two channels, complex `[B, bins, F]` each, as `[B, 2, bins, F]`.

    width     min(|M|, |S|) / max(|M|, |S|) of their sum M and difference S: 0 in both alike, 1 in one alone
    balance   log10 of the first's magnitude over the second's

    Both are zero where the channels are the same, and the same where either's polarity is flipped.
    """
    middle, side = (first + second).abs(), (first - second).abs()
    width = torch.minimum(middle, side) / (torch.maximum(middle, side) + FLOOR)
    balance = ((first.abs() + FLOOR) / (second.abs() + FLOOR)).log10().clamp(-2, 2)
    return torch.stack([width, balance], dim=1)


def _power(spectra: Tensor) -> Tensor:
    return spectra.real.square() + spectra.imag.square()
