"""Measures the time to draw, load and encode training pairs, to show what limits the device."""

import time
from dataclasses import asdict, dataclass, replace
from itertools import islice

import torch

from core.codec.spectral import SpectralCodec
from lab.training.loader import Loader
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.pool import RATE, Pool


@dataclass(frozen=True)
class Speed:
    """Milliseconds per pair: drawn by one process, returned by a loader with `workers`, and to encode its target.

    Drawing, and encoding on a CPU, are in processor time, which other processes affect little; the loader, and encoding
    on a GPU, are in wall time.
    pair_seconds: length of a pair. latent_bytes_s, audio_bytes_s: bytes per second of audio of half-precision latents
    and of the pool.
    """

    pair_seconds: float
    drawing_ms: float
    loader_ms: float
    encoding_ms: float
    workers: int
    latent_bytes_s: int
    audio_bytes_s: int

    @property
    def encoding_share(self) -> float:
        """Share of drawing and encoding that a cache of latents would save."""
        return self.encoding_ms / (self.drawing_ms + self.encoding_ms)

    def facts(self) -> dict[str, float]:
        """All figures by name."""
        return {**asdict(self), "encoding_share": round(self.encoding_share, 4)}


@torch.no_grad()
def measure(
    pool: Pool,
    recipe: MixtureRecipe,
    size: int = 12,
    batches: int = 20,
    workers: int = 2,
    device: torch.device | str = "cpu",
    codec: SpectralCodec | None = None,
) -> Speed:
    """Time `batches` batches of `size` pairs after a warm-up; `codec` None: an untrained one of the default size."""
    mixtures = Mixtures(pool, replace(recipe, seed=recipe.seed + 1))
    mixtures.batch(size)
    started = time.process_time()
    drawn = [mixtures.batch(size)[1] for _ in range(batches)]
    drawing = time.process_time() - started

    with Loader(pool, recipe, size, workers) as loader:
        for _ in islice(loader, 1 + workers):  # until the workers have started
            pass
        started = time.perf_counter()
        for _ in islice(loader, batches):
            pass
        loading = time.perf_counter() - started

    encoder = (codec or SpectralCodec()).eval().to(device)
    gpu = torch.device(device).type == "cuda"
    clock = time.perf_counter if gpu else time.process_time
    latents = encoder.encode(drawn[0].to(device))
    if gpu:
        torch.cuda.synchronize(device)
    started = clock()
    for targets in drawn:
        latents = encoder.encode(targets.to(device))
    if gpu:
        torch.cuda.synchronize(device)
    encoding = clock() - started

    pair_ms = 1000 / (batches * size)
    seconds = recipe.segment / RATE
    return Speed(
        pair_seconds=round(seconds, 3),
        drawing_ms=round(drawing * pair_ms, 3),
        loader_ms=round(loading * pair_ms, 3),
        encoding_ms=round(encoding * pair_ms, 3),
        workers=workers,
        latent_bytes_s=round(2 * latents[0].numel() / seconds),
        audio_bytes_s=pool.audio.itemsize * RATE,
    )
