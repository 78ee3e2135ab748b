"""The optimiser of a training, and the moving average of the weights that is evaluated and shipped."""

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from lab.training import ranks
from lab.training.muon import Muon

NARROW = 16  # rows or columns below which a weight is left to AdamW

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Rates:
    """Linear warm-up, then cosine decay to `final` times the learning rate; gradients are clipped to the norm `clip`.

    muon: learning rate of the layers' weights; 0 trains them with AdamW like the others.
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
        """The factor on the learning rate at step 1, 2, ... `steps`."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, (step - 1) / self.steps)))
        return min(1.0, step / max(1, self.warmup)) * (self.final + (1 - self.final) * cosine)


class Optimiser:
    """AdamW, with Muon for the weights of layers; learning rates depend on the step number only.

    Muon updates all directions of a weight equally; the size of its update depends on the learning rate, not on the
    gradient. It trains weights with at least `NARROW` rows and columns, AdamW the rest (biases, gains, narrow layers).
    """

    def __init__(self, groups: Iterable[tuple[list[nn.Parameter], float]], rates: Rates) -> None:
        """`groups`: parameters and the factor on their learning rates. Parameters without gradient are skipped."""
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
        """Take step `number` on a scalar loss; returns the gradient norm before clipping.

        A step with a non-finite gradient is skipped, so that one overflow of half precision does not end a long run.
        The norm in the curve shows it.
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
    """Whether the device computes bfloat16 in hardware. Without it, bfloat16 is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def _group(parameters: list[nn.Parameter], factor: float, rate: float) -> dict[str, Any]:
    return {"params": parameters, "lr": rate * factor, "highest": rate * factor}


class Ema(Generic[M]):
    """An exponential moving average of a module's weights, which is evaluated and shipped."""

    def __init__(self, model: M, decay: float) -> None:
        self.model: M = copy.deepcopy(model).requires_grad_(False).eval()
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, model: M) -> None:
        """Add the weights of `model`. The average is shorter in the first updates, to forget the initial weights."""
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        for average, current in zip(self.model.buffers(), model.buffers(), strict=True):  # batch norm's statistics
            average.copy_(current)

    def state(self) -> dict[str, Any]:
        return {"weights": self.model.state_dict(), "updates": self.updates}

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["weights"])
        self.updates = state["updates"]
