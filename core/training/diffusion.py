"""Training the conditioner's estimate and the generator's velocity [C for both losses, D for how they combine].

    estimate   |estimate - x|  on normalised latents  +  log10(error / target) energy on the linear dims
    velocity   (v_hat - v)^2, t ~ U(0, 1)

Stage "estimate" trains the conditioner alone; stage "joint" trains both, the generator seeing a detached estimate.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checkpoint import Model
from core.diffusion.velocity import noised, velocity
from core.training.mixtures import Mixtures


@dataclass(frozen=True)
class DiffusionRecipe:
    """One leg. `stage` is estimate or joint; `segment` in samples."""

    stage: str
    steps: int
    batch: int = 12
    segment: int = 320 * 256
    learning_rate: float = 5e-4
    weight_decay: float = 1e-3
    warmup: int = 100
    final: float = 0.05
    ema: float = 0.998
    ratio_weight: float = 2.0
    seed: int = 0


def estimate_loss(model: Model, estimate: Tensor, target: Tensor, ratio_weight: float) -> Tensor:
    """L1 on normalised latents, and on the linear dims the error-to-target ratio of each sample, in bels.

    Those dims are the waveform itself below their last band, so the ratio is SDR's. A floor of a hundredth of the
    mixture's usual energy keeps silent targets from ruling.
    """
    loss = (estimate - target).abs().mean()
    linear = model.config.linear_dims
    if linear:
        voice, guess = (model.latent_norm.inverse(x)[:, :linear] for x in (target, estimate))
        floor = 0.01 * model.codec.level**2 * model.codec.hop * target.shape[-1]
        error, reference = ((x.square().sum((1, 2)) + floor).log10() for x in (guess - voice, voice))
        loss = loss + ratio_weight * (error - reference).mean()
    return loss


def losses(model: Model, mixture: Tensor, vocals: Tensor, recipe: DiffusionRecipe) -> dict[str, Tensor]:
    """The losses of one batch of audio `[B, 1, T]`."""
    with torch.no_grad():
        target = model.latents(vocals)
    estimate, features = model.condition(mixture)
    parts = {"estimate": estimate_loss(model, estimate, target, recipe.ratio_weight)}
    if recipe.stage == "joint":
        t = torch.rand(len(target), 1, 1, device=target.device)
        eps = torch.randn_like(target)
        v_hat = model.generator(noised(target, eps, t), t[:, 0, 0], estimate.detach(), features)
        parts["velocity"] = (v_hat - velocity(target, eps, t)).square().mean()
    return parts


class Ema:
    """An exponential moving average of a model's weights: what is evaluated and shipped."""

    def __init__(self, model: Model, decay: float) -> None:
        self.model, self.decay, self.updates = copy.deepcopy(model).requires_grad_(False).eval(), decay, 0

    @torch.no_grad()
    def update(self, model: Model) -> None:
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        for ours, theirs in zip(self.model.parameters(), model.parameters(), strict=True):
            ours.lerp_(theirs, 1 - decay)


def train_leg(
    model: Model,
    data: Mixtures,
    recipe: DiffusionRecipe,
    on_checkpoint: Callable[[int, Model], None],
    every: int = 500,
) -> Model:
    """Train in place and return the EMA; `on_checkpoint(step, ema)` now and then and at the end."""
    torch.manual_seed(recipe.seed)
    device = model.latent_norm.scale.device
    parts = [model.conditioner] + ([model.generator] if recipe.stage == "joint" else [])
    parameters = [p for part in parts for p in part.parameters()]
    optimiser = torch.optim.AdamW(
        parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.98)
    )

    def rate(step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / recipe.steps)))
        return min(1.0, (step + 1) / recipe.warmup) * (recipe.final + (1 - recipe.final) * cosine)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    ema, began = Ema(model, recipe.ema), time.monotonic()
    sums: dict[str, float] = {}
    for step in range(1, recipe.steps + 1):
        mixture, vocals = (side.to(device) for side in data.batch(recipe.batch))
        parts_of_loss = losses(model, mixture, vocals, recipe)
        optimiser.zero_grad()
        torch.stack(list(parts_of_loss.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        ema.update(model)
        for name, value in parts_of_loss.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % 50 == 0:
            shown = " ".join(f"{name} {value / 50:.4f}" for name, value in sums.items())
            print(f"{recipe.stage} {step}/{recipe.steps} {shown} {time.monotonic() - began:.0f} s", flush=True)
            sums = {}
        if step % every == 0 or step == recipe.steps:
            on_checkpoint(step, ema.model)
    return ema.model
