"""Losses of the conditioner's estimate and the generator's velocity [C for both losses, D for their combination].

    estimate   loss of the conditioner: core.nets.conditioner.mask_loss
    velocity   (v_hat - v)^2, t = u^time_power, u ~ U(0, 1)

Stage "estimate" trains the conditioner alone, "generator" the generator over a frozen conditioner, "joint" both. The
generator receives a detached estimate.

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor

from core.checkpoint import Model
from core.diffusion.velocity import noised, velocity
from lab.training import ranks

Stage = Literal["estimate", "generator", "joint"]


@dataclass(frozen=True)
class DiffusionRecipe:
    """One [[leg]] of a recipe.

    stage: estimate (the conditioner alone), generator (the conditioner frozen) or joint.
    frames: length of a segment in latent frames. `curriculum` changes it and the batch size during the leg, in rows of
        (share of the steps, frames, batch); the last row reached applies.
    muon: learning rate of the layers' weights (lab.training.optimiser); 0 trains them with AdamW.
    conditioner_rate: learning rates of the conditioner, relative to the generator's.
    time_power: 1 is the paper's uniform t; above 1, small t, from which the presets start, are more frequent.
    silent, lead, played: shares of mixtures without a target, of accompaniments with a synthesised melody, and of
        accompaniments played by sampled instruments. None: the default of lab.training.mixtures.
    half: bfloat16 in the forward pass of the networks; auto: if the device has it in hardware.
    """

    stage: Stage
    steps: PositiveInt
    batch: PositiveInt = 12
    frames: PositiveInt = 256
    curriculum: tuple[tuple[Annotated[float, Field(ge=0, lt=1)], PositiveInt, PositiveInt], ...] = ()
    learning_rate: float = 5e-4
    muon: float = 0.0
    conditioner_rate: float = 1.0
    weight_decay: float = 1e-3
    warmup: int = 100
    final: float = 0.05
    clip: float = 1.0
    time_power: float = 1.0
    ema: float = 0.998
    silent: float | None = None
    lead: float | None = None
    played: float | None = None
    half: Literal["auto", "on", "off"] = "auto"
    seed: NonNegativeInt = 0

    def __post_init__(self) -> None:
        shares = [share for share, _, _ in self.curriculum]
        if shares != sorted(shares):
            raise ValueError("the shares of the curriculum must increase")

    def segment(self, step: int) -> tuple[int, int]:
        """(frames, batch) at step 1, 2, ... `steps`."""
        reached = [(frames, batch) for share, frames, batch in self.curriculum if step > share * self.steps]
        return reached[-1] if reached else (self.frames, self.batch)


def losses(model: Model, mixture: Tensor, vocals: Tensor, recipe: DiffusionRecipe) -> dict[str, Tensor]:
    """Scalar losses of one batch: the mixture `[B, H, T]` and the vocals in its first channel `[B, 1, T]`."""
    own, features, estimated = model.conditioner.learn(mixture, vocals, model.latents)
    parts = {} if recipe.stage == "generator" else {"estimate": own}
    if recipe.stage != "estimate":
        with torch.no_grad():
            target, estimate = model.latents(vocals), estimated()
            if model.generator.training and model.config.estimates:
                # An input of the network: all processes need the same value.
                model.generator.observe(ranks.average((estimate - target).square().mean((0, 2))))
        t = torch.rand(len(target), 1, 1, device=target.device) ** recipe.time_power
        eps = torch.randn_like(target)
        v_hat = model.generator(noised(target, eps, t), t[:, 0, 0], estimate, features)
        parts["velocity"] = (v_hat.float() - velocity(target, eps, t)).square().mean()
    return parts
