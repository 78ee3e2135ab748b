"""Training of a codec: the spectral codec or a SEANet of EnCodec's shape, from scratch or from loaded weights.

    waveform      L1
    spectral      log and linear magnitudes at three resolutions
    adversarial   EnCodec's multi-scale STFT discriminator, hinge and feature matching, in the later part of a run

Noise proportional to each dim's standard deviation is added to the latents, so that the decoder learns to suppress the
residual noise of sampling (the paper's mechanism 3). The spectral codec is exact below its last MDCT coefficient by
construction, so the losses train only the learned dims and the upper band. A penalty keeps the learned dims near zero
mean and unit variance, so that one noise level fits all.
"""

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor

from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.codec.spectral import SpectralCodec
from core.errors import InputError
from core.separation.level import rms
from lab.training import ranks
from lab.training.adversary import discriminator, discriminator_loss, generator_losses
from lab.training.optimiser import Ema, Optimiser, Rates
from lab.training.pool import Pool, Recording

OPEN_POOLS = ("vocals", "songs", "instrumental", "sung")


@dataclass(frozen=True)
class CodecRecipe:
    """The [codec] table of a recipe.

    segment: samples; noise: largest standard deviation added to normalised latents.
    linear_dims, learned_dims: split of the spectral codec's latent.
    official: a SEANet starts from the publisher's weights, else from scratch.
    train: the part to train. With a frozen encoder, networks over the codec keep their latents.
    adversarial_from: share of the steps after which the adversarial losses start.
    vocals: share of segments with vocals only; the rest are accompaniments and mixtures in equal parts.
    filters, judge_rate: width and learning rate of the discriminator.
    """

    steps: PositiveInt = 2400
    batch: PositiveInt = 8
    segment: Annotated[int, Field(gt=0, multiple_of=320)] = 320 * 96  # a multiple of the codec's hop
    learning_rate: float = 1e-3
    noise: float = 0.2
    pools: tuple[str, ...] = OPEN_POOLS
    linear_dims: int = 96
    learned_dims: int = 32
    official: bool = False
    train: Literal["all", "encoder", "decoder"] = "all"
    vocals: float = 0.5
    waveform: float = 0.5
    adversarial: float = 0.05
    matching: float = 0.1
    adversarial_from: float = 0.5
    filters: int = 8
    judge_rate: float = 3e-4
    ema: float = 0.99
    seed: NonNegativeInt = 0


class Segments:
    """Random segments with random gains: vocals, accompaniments and their sums. Batch `i` depends on (seed, i) only.

    Raises:
        InputError: the recipe's pools contain no vocals.
    """

    def __init__(self, pool: Pool, recipe: CodecRecipe) -> None:
        self.pool, self.recipe = pool, recipe
        self.random = np.random.default_rng(recipe.seed)
        self.vocals = pool.select("vocals", recipe.pools)
        self.others = pool.select("accompaniment", recipe.pools)
        if not self.vocals:
            raise InputError(f"The pool contains no vocals to train a codec on in: {', '.join(recipe.pools)}.")

    def one(self, recordings: list[Recording]) -> np.ndarray:
        """A random segment `[T]` of one of `recordings`, in up to 8 attempts one that is not silent."""
        weights = np.sqrt([r.samples for r in recordings])
        recording = recordings[self.random.choice(len(recordings), p=weights / weights.sum())]
        for _ in range(8):
            start = int(self.random.integers(0, max(1, recording.samples - self.recipe.segment)))
            wav = self.pool.read_mono(recording, start, self.recipe.segment)
            if np.abs(wav).max() > 0.01:
                break
        return wav * (10 ** (self.random.uniform(-25, -15) / 20) / max(1e-3, rms(wav)))

    def batch(self, index: int) -> Tensor:
        """Batch number `index`, `[B, 1, T]`."""
        self.random = np.random.default_rng((self.recipe.seed, index))
        rows = []
        for _ in range(self.recipe.batch):
            draw = self.random.uniform()
            voice = draw < (1 + self.recipe.vocals) / 2 or not self.others
            wav = self.one(self.vocals if voice else self.others)
            if self.recipe.vocals < draw and voice and self.others:
                wav = wav + self.one(self.others)
            rows.append(wav)
        return torch.from_numpy(np.stack(rows))[:, None].float()


def spectral_loss(estimate: Tensor, reference: Tensor) -> Tensor:
    """Scalar log-magnitude and magnitude distance of `[B, 1, T]` signals, mean over three resolutions."""
    total = estimate.new_zeros(())
    for n_fft in (384, 1024, 2048):
        window = torch.hann_window(n_fft, device=estimate.device)
        a, b = (
            torch.stft(x[:, 0], n_fft, n_fft // 4, window=window, return_complex=True).abs() / math.sqrt(n_fft)
            for x in (estimate, reference)
        )
        total = total + ((a + 1e-4).log() - (b + 1e-4).log()).abs().mean() + 4 * (a - b).abs().mean()
    return total / 3


def reconstruct(codec: Codec, wav: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """(audio `[B, 1, T]` decoded from noised latents, penalty on the mean and variance of the learned dims).

    A SEANet's latent is noised as a whole. The linear dims of the spectral codec carry the waveform and pass without
    noise to the inverse MDCT; only the input of the learned decoder is noised.
    """
    amount = torch.rand(len(wav), 1, 1, device=wav.device) * noise
    z = codec.encode(wav)
    if isinstance(codec, SpectralCodec):
        x = codec.latent_norm(z)
        learned = x[:, codec.linear_dims :]
        spread = learned.mean((0, 2)).square().mean() + (learned.var((0, 2)) - 1).square().mean()
        noisy = x + torch.randn_like(x) * amount
        return codec.mdct.inverse(z[:, : codec.linear_dims]) + codec.upper_band(noisy), spread
    std = z.detach().std((0, 2), keepdim=True)
    return codec.decode(z + torch.randn_like(z) * amount * std), z.new_zeros(())


class CodecTrainer:
    """Trains `codec` in place; `ema.model` has the averaged weights to save."""

    def __init__(self, codec: Codec, pool: Pool, recipe: CodecRecipe, device: torch.device | str = "cpu") -> None:
        self.device, self.recipe = torch.device(device), recipe
        self.codec = codec.to(self.device).train()
        # Every process draws its own segments.
        self.segments = Segments(pool, replace(recipe, seed=recipe.seed + ranks.SEED_STRIDE * ranks.rank()))
        # The decoder reads latents through this norm: refit it only if the decoder is trained too.
        if isinstance(codec, SpectralCodec) and recipe.train == "all":
            fit_linear_norm(codec, Segments(pool, recipe))
        for name, parameter in codec.named_parameters():
            part = "encoder" if name.startswith("encoder.") else "decoder"
            parameter.requires_grad_(recipe.train in ("all", part))
        self.ema = Ema(codec, recipe.ema)
        rates = Rates(recipe.steps, recipe.learning_rate, warmup=min(100, recipe.steps // 10))
        self.optimiser = Optimiser([(list(codec.parameters()), 1.0)], rates)
        self.discriminator = discriminator(recipe.filters, codec.channels).to(self.device)
        self.discriminator_from = int(recipe.steps * recipe.adversarial_from) if recipe.adversarial else recipe.steps
        discriminator_rates = Rates(
            recipe.steps, recipe.judge_rate, warmup=rates.warmup, betas=(0.5, 0.9), weight_decay=0.0
        )
        self.discriminator_optimiser = Optimiser([(list(self.discriminator.parameters()), 1.0)], discriminator_rates)

    def step(self, number: int) -> dict[str, Tensor]:
        """One optimisation step; returns the weighted losses."""
        recipe, wav = self.recipe, self.segments.batch(number).to(self.device)
        decoded, spread = reconstruct(self.codec, wav, recipe.noise)
        parts = {
            "waveform": recipe.waveform * (decoded - wav).abs().mean() / wav.abs().mean().clamp_min(1e-4),
            "spectral": spectral_loss(decoded, wav),
            "spread": 0.05 * spread,
        }
        if number > self.discriminator_from:
            loss = discriminator_loss(self.discriminator, wav, decoded)
            self.discriminator_optimiser.step(loss, number - self.discriminator_from)
            self.discriminator.requires_grad_(False)
            adversarial, matching = generator_losses(self.discriminator, wav, decoded)
            self.discriminator.requires_grad_(True)
            parts |= {"adversarial": recipe.adversarial * adversarial, "matching": recipe.matching * matching}
        self.optimiser.step(torch.stack(list(parts.values())).sum(), number)
        self.ema.update(self.codec)
        return parts if number <= self.discriminator_from else {**parts, "judge": loss}

    def state(self) -> dict[str, Any]:
        return {
            "codec": self.codec.state_dict(),
            "ema": self.ema.state(),
            "optimiser": self.optimiser.state(),
            "judge": self.discriminator.state_dict(),
            "judge_optimiser": self.discriminator_optimiser.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.codec.load_state_dict(state["codec"])
        self.ema.restore(state["ema"])
        self.optimiser.restore(state["optimiser"])
        self.discriminator.load_state_dict(state["judge"])
        self.discriminator_optimiser.restore(state["judge_optimiser"])


def official_codec(recipe: CodecRecipe) -> OfficialEncodec:
    """EnCodec 24 kHz for training, from the publisher's weights (`recipe.official`) or from scratch."""
    codec = OfficialEncodec("24khz", pretrained=recipe.official)
    codec.pretrained = False  # trained weights differ from the publisher's and must be saved
    return codec


@torch.no_grad()
def fit_linear_norm(codec: SpectralCodec, segments: Segments, batches: int = 20) -> None:
    """Fit the codec's latent norm on its linear dims; the learned dims are not normalised."""
    fitted = type(codec.latent_norm)(codec.dim).to(codec.latent_norm.scale.device)
    device = codec.latent_norm.scale.device
    # Batch numbers beyond any run, so that training does not see the same batches.
    fitted.fit([codec.encode(segments.batch(1_000_000_000 + i).to(device)) for i in range(batches)])
    fixed = slice(0, codec.linear_dims)
    for name in ("scale", "mean", "std"):
        getattr(codec.latent_norm, name)[fixed] = getattr(fitted, name)[fixed]
