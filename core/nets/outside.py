"""Another project's separator in the conditioner's place: its vocals are the estimate that the generator refines.

The generator's features are the codec's latents of the mixture, as with conditioner A (core.nets.conditioner_a): hidden
features of another project's network are not used. That network is never trained.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.nets.conditioner import Encode
from core.nets.config import NetConfig
from core.nets.estimator import Estimator

GRID, MARGIN = 75, 4  # lengths are whole frames of 1/75 s; frames mirrored at both ends before resampling


class Vocals:
    """The vocals of an estimator in the first of two channels at `rate`. No module: its weights (`files`) are constant,
    and copies of the model share them."""

    def __init__(self, estimator: Estimator, rate: int, files: Sequence[Path]) -> None:
        self.estimator, self.rate, self.files = estimator, rate, files
        self.place = estimator.stems.index("vocals")

    @torch.no_grad()
    def __call__(self, mixture: Tensor) -> Tensor:
        """`[B, 2, T]`, or `[B, 1, T]` for both channels, to `[B, 1, T]`; in pieces where T is longer than the network's
        segment."""
        estimator = self.estimator.to(mixture.device)
        wav = resampled(mixture.float().expand(-1, 2, -1), self.rate, estimator.sample_rate)
        pieces = wav.split(int(estimator.segment_s * GRID) * estimator.sample_rate // GRID, dim=-1)
        voice = torch.cat([estimator(piece)[:, self.place, :1].float() for piece in pieces], dim=-1)
        return resampled(voice, estimator.sample_rate, self.rate)

    def __deepcopy__(self, memo: object) -> "Vocals":
        return self


class OutsideConditioner(nn.Module):
    """A conditioner (core.nets.conditioner.Conditions) without weights. The builder of the model sets `vocals`."""

    vocals: Vocals

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.reductions = config.reductions

    def forward(self, mixture: Tensor, encode: Encode) -> tuple[Tensor, list[Tensor]]:
        return encode(self.vocals(mixture)), self.features(mixture, encode)

    def features(self, mixture: Tensor, encode: Encode) -> list[Tensor]:
        """Pooled latents of the first channel, per level."""
        latents = encode(mixture[:, :1])
        return [functional.avg_pool1d(latents, factor) for factor in self.reductions]

    def learn(
        self,
        mixture: Tensor,
        vocals: Tensor,  # noqa: ARG002
        encode: Encode,
    ) -> tuple[Tensor, list[Tensor], Callable[[], Tensor]]:
        """There is no loss."""
        return mixture.new_zeros(()), self.features(mixture, encode), lambda: encode(self.vocals(mixture))

    def fit(self, mixture: Tensor) -> None:
        """Nothing to measure."""


def resampled(wav: Tensor, rate_in: int, rate_out: int) -> Tensor:
    """`[..., T]` at another rate, by a Fourier transform on its device. T: whole frames of 1/75 s."""
    before, after = (MARGIN * rate // GRID for rate in (rate_in, rate_out))
    margins = functional.pad(wav, (before, before), mode="reflect")
    samples = margins.shape[-1] * rate_out // rate_in
    spectrum = torch.fft.rfft(margins)[..., : samples // 2 + 1]
    return torch.fft.irfft(spectrum, n=samples)[..., after:-after] * (rate_out / rate_in)
