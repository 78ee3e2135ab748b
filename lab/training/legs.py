"""The training data of a leg: mixtures in its shares, in segments whose length may grow during the leg."""

from dataclasses import replace

import torch

from lab.training import ranks
from lab.training.diffusion import DiffusionRecipe
from lab.training.loader import Batch, Loader
from lab.training.mixtures import MixtureRecipe
from lab.training.pool import Pool


def leg_mixtures(mixtures: MixtureRecipe, leg: DiffusionRecipe) -> MixtureRecipe:
    """The mixture recipe of a leg in this process."""
    shares = {name: share for name in ("silent", "lead", "played") if (share := getattr(leg, name)) is not None}
    if mixtures.target != "vocals":
        shares["played"] = 0.0  # the pieces contain all instruments, so possibly the target
    return replace(mixtures, **shares, seed=leg.seed + ranks.SEED_STRIDE * ranks.rank())


class LegData:
    """Batches of a leg by step number, prepared ahead by a `Loader`. Close it by a `with` statement."""

    def __init__(self, pool: Pool, mixtures: MixtureRecipe, leg: DiffusionRecipe, hop: int, workers: int) -> None:
        self.pool, self.leg, self.hop, self.workers = pool, leg, hop, workers
        self.mixtures = leg_mixtures(mixtures, leg)
        self.loader: Loader | None = None
        self.drawn: tuple[int, int] | None = None

    def __call__(self, step: int) -> Batch:
        wanted = self.leg.segment(step)
        if self.loader is None or wanted != self.drawn:
            self._close()
            frames, batch = self.drawn = wanted
            recipe = replace(self.mixtures, segment=frames * self.hop)
            with torch.random.fork_rng(devices=[]):  # DataLoader consumes torch's generator, the source of step noise
                self.loader = Loader(self.pool, recipe, batch, self.workers, start=step)
        return next(self.loader)

    def __enter__(self) -> "LegData":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self.loader is not None:
            self.loader.close()
            self.loader = None
