"""One interface over the codecs: continuous latents in, audio out, nothing quantised.

    wav [B, C, T]  --encode-->  z [B, D, F]  --decode-->  wav [B, C, T]        T = F * hop

`z` is in the codec's own scale; `LatentNorm` (normalise.py) brings it to what the diffusion model sees.
"""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn


class Codec(nn.Module, ABC):
    """An audio codec seen as a continuous autoencoder.

    Attributes:
    sample_rate: Hz, of the input of `encode` and the output of `decode`.
    channels: of the audio (1 or 2).
    hop: samples per latent frame.
    dim: latent dimensions D.
    level: RMS that it expects of the mixture.
    phase_below: Hz, upper limit of the band whose phase the decoder preserves; above it, the phase is synthesised.
    """

    sample_rate: int
    channels: int
    hop: int
    dim: int
    level: float = 0.1
    phase_below: float = float("inf")

    @property
    def frame_rate(self) -> int:
        """Latent frames per second."""
        return self.sample_rate // self.hop

    @property
    @abstractmethod
    def card_entry(self) -> dict[str, Any]:
        """The card's `codec` entry for this codec; core.codec.load builds the codec from it."""

    @abstractmethod
    def encode(self, wav: Tensor) -> Tensor:
        """Audio `[B, C, T]` (T a multiple of hop) to continuous latents `[B, D, T / hop]`."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Latents `[B, D, F]` to audio `[B, C, F * hop]`."""

    def check_input(self, wav: Tensor) -> None:
        """Raises ValueError when `wav` is not `[B, channels, a multiple of hop]`."""
        if wav.dim() != 3 or wav.shape[1] != self.channels or wav.shape[2] % self.hop:
            raise ValueError(f"expected [B, {self.channels}, a multiple of {self.hop} samples], got {list(wav.shape)}")
