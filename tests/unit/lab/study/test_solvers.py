"""Samplers of second order on Gaussian data of standard deviation S, for which the exact result is known."""

import pytest
import torch
from torch import Tensor

from core.diffusion.samplers import ddim, times
from core.diffusion.velocity import alpha_sigma
from lab.study.solvers import dpm_solver, heun

S = 0.3


def velocity(z: Tensor, t: Tensor) -> Tensor:
    """v of the posterior mean: z_0 = alpha S^2 z / (alpha^2 S^2 + sigma^2)."""
    alpha, sigma = alpha_sigma(t[:, None, None])
    z0 = alpha * S**2 * z / ((alpha * S) ** 2 + sigma**2)
    eps = (z - alpha * z0) / sigma
    return alpha * eps - sigma * z0


@pytest.mark.parametrize("solver", [dpm_solver, heun])
def test_solvers_are_more_accurate_than_ddim_and_converge(solver: object) -> None:
    z = torch.linspace(-2, 2, 16).reshape(2, 1, 8)
    exact = S * z  # deterministic sampling from noise scales by S
    assert callable(solver)

    def error(result: Tensor) -> float:
        return float((result - exact).abs().max())

    few = error(solver(velocity, z, times(16)))
    assert few < 0.6 * error(ddim(velocity, z, times(16)))
    assert error(solver(velocity, z, times(64))) < 0.35 * few  # at least first order, which would give 16 / 64 = 0.25
    assert error(solver(velocity, z, times(256))) < 1e-3


def test_one_step_equals_ddim() -> None:
    z = torch.randn(1, 4, 6, generator=torch.Generator().manual_seed(0))
    for solver in (dpm_solver, heun):
        torch.testing.assert_close(solver(velocity, z, times(1)), ddim(velocity, z, times(1)))
