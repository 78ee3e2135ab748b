"""One optimiser over what is trained, and the moving average that is evaluated and shipped."""

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from core.training import ranks

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Rates:
    """AdamW with linear warm-up, then a cosine down to `final` times the learning rate; gradients clipped to `clip`."""

    steps: int
    learning_rate: float
    weight_decay: float = 1e-3
    warmup: int = 100
    final: float = 0.05
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.98)

    def at(self, step: int) -> float:
        """The factor on the learning rate of step 1, 2, ... `steps`."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, (step - 1) / self.steps)))
        return min(1.0, step / max(1, self.warmup)) * (self.final + (1 - self.final) * cosine)


class Descent:
    """AdamW steps. The rate is a function of the step's number, so nothing of the schedule needs to be kept."""

    def __init__(self, groups: Iterable[tuple[list[nn.Parameter], float]], rates: Rates) -> None:
        """`groups`: parameters, and the factor on their learning rate. Those that need no gradient are left out."""
        wanted = [([p for p in parameters if p.requires_grad], factor) for parameters, factor in groups]
        self.rates = rates
        self.parameters = [p for parameters, _ in wanted for p in parameters]
        self.factors = [factor for parameters, factor in wanted if parameters]
        self.optimiser = torch.optim.AdamW(
            [{"params": parameters} for parameters, _ in wanted if parameters],
            lr=rates.learning_rate,
            weight_decay=rates.weight_decay,
            betas=rates.betas,
        )

    def step(self, loss: Tensor, number: int) -> Tensor:
        """One step down; returns the norm of the gradient before it was clipped. A gradient that is no number is left.

        Skipping such a step, and not the run, is what half precision on long runs needs; the norm in the curve tells.
        """
        for group, factor in zip(self.optimiser.param_groups, self.factors, strict=True):
            group["lr"] = self.rates.learning_rate * factor * self.rates.at(number)
        self.optimiser.zero_grad()
        loss.backward()
        ranks.average_gradients(self.parameters)
        norm = nn.utils.clip_grad_norm_(self.parameters, self.rates.clip)
        if bool(norm.isfinite()):
            self.optimiser.step()
        return norm

    def state(self) -> dict[str, Any]:
        return self.optimiser.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        self.optimiser.load_state_dict(state)


class Ema(Generic[M]):
    """An exponential moving average of a module's weights: what is evaluated and shipped."""

    def __init__(self, model: M, decay: float) -> None:
        self.model: M = copy.deepcopy(model).requires_grad_(False).eval()
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, model: M) -> None:
        """Early on the average is short, so that it does not remember the start."""
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        for ours, theirs in zip(self.model.buffers(), model.buffers(), strict=True):  # batch norm's statistics
            ours.copy_(theirs)

    def state(self) -> dict[str, Any]:
        return {"weights": self.model.state_dict(), "updates": self.updates}

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["weights"])
        self.updates = state["updates"]
