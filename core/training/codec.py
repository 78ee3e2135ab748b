"""Training the spectral codec: multi-resolution spectra of the band that the fixed MDCT does not carry.

Below its last band the codec is exact by construction, so the losses only teach the learned dims and the upper
band. Noise is added to the normalised latents (the paper's mechanism 3: the decoder suppresses the residual
noise of sampling); the learned dims are held near zero mean and unit variance so that one noise level fits all.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.codec.spectral import SpectralCodec
from core.training.pool import Pool, Recording

OPEN_POOLS = ("vocals", "songs", "instrumental")


@dataclass(frozen=True)
class CodecRecipe:
    """`segment` in samples; `noise` the largest standard deviation added to normalised latents."""

    steps: int = 2400
    batch: int = 8
    segment: int = 320 * 96
    learning_rate: float = 1e-3
    noise: float = 0.2
    pools: tuple[str, ...] = OPEN_POOLS
    seed: int = 0


class Segments:
    """Random segments, gain-varied: vocals, accompaniments and their sums."""

    def __init__(self, pool: Pool, recipe: CodecRecipe) -> None:
        self.pool, self.recipe = pool, recipe
        self.random = np.random.default_rng(recipe.seed)
        self.vocals = pool.select("vocals", recipe.pools)
        self.others = pool.select("accompaniment", recipe.pools)

    def one(self, recordings: list[Recording]) -> np.ndarray:
        weights = np.sqrt([r.samples for r in recordings])
        recording = recordings[self.random.choice(len(recordings), p=weights / weights.sum())]
        for _ in range(8):
            start = int(self.random.integers(0, max(1, recording.samples - self.recipe.segment)))
            wav = self.pool.read(recording, start, self.recipe.segment)
            if np.abs(wav).max() > 0.01:
                break
        gain = 10 ** (self.random.uniform(-25, -15) / 20) / max(1e-3, float(np.sqrt(np.mean(wav**2))))
        return wav * gain

    def batch(self) -> Tensor:
        """`[B, 1, T]`: half vocals alone, a quarter mixtures, a quarter accompaniments."""
        rows = []
        for index in range(self.recipe.batch):
            wav = self.one(self.others if index % 4 == 3 else self.vocals)
            if index % 4 == 2:
                wav = wav + self.one(self.others)
            rows.append(wav)
        return torch.from_numpy(np.stack(rows))[:, None].float()


def spectral_loss(estimate: Tensor, reference: Tensor) -> Tensor:
    """Log-magnitude and magnitude distance at three resolutions, `[B, 1, T]` each, mean over all."""
    total = torch.zeros(())
    for n_fft in (384, 1024, 2048):
        window = torch.hann_window(n_fft, device=estimate.device)
        a, b = (
            torch.stft(x[:, 0], n_fft, n_fft // 4, window=window, return_complex=True).abs() / math.sqrt(n_fft)
            for x in (estimate, reference)
        )
        total = total + ((a + 1e-4).log() - (b + 1e-4).log()).abs().mean() + 4 * (a - b).abs().mean()
    return total / 3


def train_codec(codec: SpectralCodec, pool: Pool, recipe: CodecRecipe, out: Path) -> list[float]:
    """Train in place and write `out` (a state dict) now and then; returns the loss of every 50 steps."""
    segments = Segments(pool, recipe)
    fit_linear_norm(codec, segments)
    optimiser = torch.optim.AdamW(codec.parameters(), lr=recipe.learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda s: min(1.0, (s + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * s / recipe.steps))),
    )
    history, running, began = [], 0.0, time.monotonic()
    for step in range(1, recipe.steps + 1):
        wav = segments.batch()
        z = codec.encode(wav)
        x = codec.latent_norm(z)
        learned = x[:, codec.linear_dims :]
        spread = learned.mean((0, 2)).square().mean() + (learned.var((0, 2)) - 1).square().mean()
        noisy = x + torch.randn_like(x) * torch.rand(len(x), 1, 1) * recipe.noise
        estimate = codec.mdct.inverse(z[:, : codec.linear_dims]) + codec.upper_band(noisy)
        loss = spectral_loss(estimate, wav) + 0.05 * spread
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(codec.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += float(loss.detach())
        if step % 50 == 0:
            history.append(running / 50)
            print(
                f"codec {step}/{recipe.steps} loss {running / 50:.4f} {time.monotonic() - began:.0f} s",
                flush=True,
            )
            running = 0.0
        if step % 500 == 0 or step == recipe.steps:
            torch.save(codec.state_dict(), out)
    return history


@torch.no_grad()
def fit_linear_norm(codec: SpectralCodec, segments: Segments, batches: int = 20) -> None:
    """Fit the codec's own norm on the fixed dims; the learned dims stay as the encoder makes them."""
    fitted = type(codec.latent_norm)(codec.dim)
    fitted.fit([codec.encode(segments.batch()) for _ in range(batches)])
    fixed = slice(0, codec.linear_dims)
    for name in ("scale", "mean", "std"):
        getattr(codec.latent_norm, name)[fixed] = getattr(fitted, name)[fixed]
