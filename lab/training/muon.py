"""Muon (Jordan et al. 2024) for weights of any shape, in a precision that the device has in hardware.

`torch.optim.Muon` accepts only matrices and always computes in bfloat16, which processors without it emulate about
twenty times slower than float32.
"""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic that maps singular values to about 1 (ibid.)
ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Steps along the orthogonal matrix nearest to the momentum of a weight, flattened to `[outputs, inputs]`.

    lr: step size in each direction of a wide weight; for a tall one it is multiplied by sqrt(rows / columns).
    weight_decay: each step multiplies the weight by 1 - lr * weight_decay.
    precision: dtype in which the orthogonal matrix is computed.
    """

    def __init__(
        self,
        params: Iterable[dict[str, Any]],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        precision: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.precision = precision

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        average: Tensor = state["momentum"]
        average.lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(average, group["momentum"]).flatten(1)  # Nesterov's
        rows, columns = ahead.shape
        direction = orthogonal(ahead.to(self.precision)).to(parameter.dtype).view_as(parameter)
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(direction, alpha=-group["lr"] * math.sqrt(max(1, rows / columns)))


def orthogonal(matrix: Tensor) -> Tensor:
    """Approximately U V' of the SVD U S V' of a matrix; the singular values of the result are between 0.7 and 1.2."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if tall else matrix
    wide = wide / wide.norm().clamp_min(1e-7)
    for _ in range(ITERATIONS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.T if tall else wide
