"""The trainer of conditioner and generator for one leg (lab.training.loop)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from core.checkpoint import Model
from lab.training import ranks
from lab.training.diffusion import DiffusionRecipe, losses
from lab.training.loader import Batch
from lab.training.optimiser import Ema, Optimiser, Rates, has_bfloat16

# Returns batch number 1, 2, ...
Data = Callable[[int], Batch]


class NetTrainer:
    """Trains `model` in place; `ema.model` has the averaged weights to check and save."""

    def __init__(self, model: Model, recipe: DiffusionRecipe, data: Data, device: torch.device | str = "cpu") -> None:
        self.device, self.recipe, self.data = torch.device(device), recipe, data
        self.model = model.to(self.device)
        learning = {"estimate": (True, False), "generator": (False, True), "joint": (True, True)}[recipe.stage]
        parts = (model.conditioner, model.generator)
        for part, learns in zip(parts, learning, strict=True):
            part.train(learns).requires_grad_(learns)
        if ranks.world() > 1 and self.device.type == "cuda":
            nn.SyncBatchNorm.convert_sync_batchnorm(model)
        self.half = recipe.half == "on" or (recipe.half == "auto" and has_bfloat16(self.device))
        self.ema = Ema(model, recipe.ema)
        rates = Rates(
            recipe.steps,
            recipe.learning_rate,
            muon=recipe.muon,
            weight_decay=recipe.weight_decay,
            warmup=recipe.warmup,
            final=recipe.final,
            clip=recipe.clip,
        )
        factors = (recipe.conditioner_rate, 1.0)
        self.optimiser = Optimiser(((list(p.parameters()), f) for p, f in zip(parts, factors, strict=True)), rates)

    def step(self, number: int) -> dict[str, Tensor]:
        """One optimisation step; returns the losses and the gradient norm."""
        mixture, vocals = (side.to(self.device, non_blocking=True) for side in self.data(number))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            parts = losses(self.model, mixture, vocals, self.recipe)
        norm = self.optimiser.step(torch.stack(list(parts.values())).sum(), number)
        self.ema.update(self.model)
        return {**parts, "gradient": norm}

    def state(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "ema": self.ema.state(), "optimiser": self.optimiser.state()}

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.ema.restore(state["ema"])
        self.optimiser.restore(state["optimiser"])
