"""One optimiser over what is trained, and the moving average that is evaluated and shipped."""

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from lab.training import ranks
from lab.training.muon import Muon

NARROW = 16  # a weight of fewer rows or columns has too few directions for Muon

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Rates:
    """Linear warm-up, then a cosine down to `final` times the learning rate; gradients clipped to `clip`.

    muon: the learning rate of the layers' weights; 0 leaves them to AdamW with the others.
    """

    steps: int
    learning_rate: float
    muon: float = 0.0
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
    """Steps of AdamW, or of Muon for the weights of layers; all rates are functions of the step's number alone.

    Muon leaves no direction of a weight behind, and the step's size is the rate's own, whatever the gradient's. It
    takes every weight of at least `NARROW` rows and columns, AdamW the rest (biases, gains, narrow layers).
    """

    def __init__(self, groups: Iterable[tuple[list[nn.Parameter], float]], rates: Rates) -> None:
        """`groups`: parameters, and the factor on their learning rates. Those that need no gradient are left out."""
        self.rates = rates
        self.parameters: list[nn.Parameter] = []
        by_adamw, by_muon = [], []
        for parameters, factor in groups:
            wanted = [p for p in parameters if p.requires_grad]
            self.parameters += wanted
            by_muon.append(_group([p for p in wanted if self._is_layer(p)], factor, rates.muon))
            by_adamw.append(_group([p for p in wanted if not self._is_layer(p)], factor, rates.learning_rate))
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adamw": torch.optim.AdamW(by_adamw, weight_decay=rates.weight_decay, betas=rates.betas)
        }
        if layers := [p for group in by_muon for p in group["params"]]:
            precision = torch.bfloat16 if has_bfloat16(layers[0].device) else torch.float32
            self.optimisers["muon"] = Muon(by_muon, precision=precision)

    def _is_layer(self, parameter: nn.Parameter) -> bool:
        return self.rates.muon > 0 and parameter.ndim > 1 and min(len(parameter), parameter[0].numel()) >= NARROW

    def step(self, loss: Tensor, number: int) -> Tensor:
        """One step down; returns the norm of the gradient before it was clipped. A gradient that is no number is left.

        Skipping such a step, and not the run, is what half precision on long runs needs; the norm in the curve tells.
        """
        for parameter in self.parameters:
            parameter.grad = None
        loss.backward()
        ranks.average_gradients(self.parameters)
        norm = nn.utils.clip_grad_norm_(self.parameters, self.rates.clip)
        if bool(norm.isfinite()):
            for optimiser in self.optimisers.values():
                for group in optimiser.param_groups:
                    group["lr"] = group["highest"] * self.rates.at(number)
                optimiser.step()
        return norm

    def state(self) -> dict[str, Any]:
        return {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}

    def restore(self, state: dict[str, Any]) -> None:
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state[name])


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is fast there. It halves a step's time on a processor that has it, and slows any other."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def _group(parameters: list[nn.Parameter], factor: float, rate: float) -> dict[str, Any]:
    return {"params": parameters, "lr": rate * factor, "highest": rate * factor}


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
