"""Training the conditioner's estimate and the generator's velocity [C for both losses, D for how they combine].

    estimate   the conditioner's own: see core.nets.conditioner.mask_loss
    velocity   (v_hat - v)^2, t = u^time_power, u ~ U(0, 1)

Stage "estimate" trains the conditioner alone, "generator" the generator over a frozen one, "joint" both. The generator
sees a detached estimate.

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
    """One leg.

    stage: estimate (the conditioner alone), generator (the conditioner frozen) or joint.
    frames: length of a segment, in latent frames; `curriculum` may change it and the batch on the way, as
        (share of the steps, frames, batch) rows of which the last one reached holds.
    muon: learning rate of the layers' weights (lab.training.descent); 0 leaves them to AdamW.
    conditioner_rate: the conditioner's learning rates, as a part of the generator's.
    time_power: 1 is the paper's uniform t; above 1 the generator sees more of the small t that the presets start from.
    silent: share of mixtures without a target; lead: of accompaniments with a melody that nobody sings; played: of
        accompaniments that are pieces by sampled instruments. None: as the mixtures' recipe has it.
    half: bfloat16 in the networks' forward pass; auto is where the device has it in hardware.
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
            raise ValueError("the curriculum's shares must rise")

    def segment(self, step: int) -> tuple[int, int]:
        """(frames, batch) of step 1, 2, ... `steps`."""
        reached = [(frames, batch) for share, frames, batch in self.curriculum if step > share * self.steps]
        return reached[-1] if reached else (self.frames, self.batch)


def losses(model: Model, mixture: Tensor, vocals: Tensor, recipe: DiffusionRecipe) -> dict[str, Tensor]:
    """The losses of one batch: what is heard `[B, H, T]` and the vocals of its first channel `[B, 1, T]`."""
    own, features, estimated = model.conditioner.learn(mixture, vocals, model.latents)
    parts = {} if recipe.stage == "generator" else {"estimate": own}
    if recipe.stage != "estimate":
        with torch.no_grad():
            target, estimate = model.latents(vocals), estimated()
            if model.generator.training and model.config.estimates:
                # The network reads it, so it is one for all processes.
                model.generator.observe(ranks.average((estimate - target).square().mean((0, 2))))
        t = torch.rand(len(target), 1, 1, device=target.device) ** recipe.time_power
        eps = torch.randn_like(target)
        v_hat = model.generator(noised(target, eps, t), t[:, 0, 0], estimate, features)
        parts["velocity"] = (v_hat.float() - velocity(target, eps, t)).square().mean()
    return parts
