import math

import pytest
import torch

from core.diffusion.samplers import ddim, ddim_step, times
from core.diffusion.velocity import noised, split, velocity


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_velocity_and_its_inverse() -> None:
    z0, eps, t = (
        normal(4, 3, 5),
        normal(4, 3, 5, seed=1),
        torch.linspace(0, 1, 4, dtype=torch.float64)[:, None, None],
    )
    back_z0, back_eps = split(noised(z0, eps, t), velocity(z0, eps, t), t)
    torch.testing.assert_close(back_z0, z0)
    torch.testing.assert_close(back_eps, eps)


def test_the_ends_of_time() -> None:
    z0, eps = normal(1, 2, 3), normal(1, 2, 3, seed=1)
    torch.testing.assert_close(noised(z0, eps, torch.zeros(1, 1, 1, dtype=torch.float64)), z0)
    torch.testing.assert_close(noised(z0, eps, torch.ones(1, 1, 1, dtype=torch.float64)), eps, atol=1e-12, rtol=0)


def gaussian_velocity(mean: float, std: float):  # type: ignore[no-untyped-def]
    """The exact v of data distributed N(mean, std^2): E[alpha eps - sigma z0 | z_t]."""

    def model(z_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        angle = t[:, None, None] * math.pi / 2
        alpha, sigma = angle.cos(), angle.sin()
        total = alpha**2 * std**2 + sigma**2
        z0 = mean + alpha * std**2 / total * (z_t - alpha * mean)
        eps = sigma / total * (z_t - alpha * mean)
        return alpha * eps - sigma * z0

    return model


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_with_the_exact_velocity_draws_from_the_data(eta: float) -> None:
    z = normal(1, 1, 20000)
    out = ddim(gaussian_velocity(2.0, 0.5), z, times(200), eta, lambda step: normal(1, 1, 20000, seed=step))
    assert abs(float(out.mean()) - 2.0) < 0.02
    assert abs(float(out.std()) - 0.5) < 0.02


def test_one_step_is_the_estimate_of_z0() -> None:
    z, v = normal(1, 2, 4), normal(1, 2, 4, seed=2)
    t, s, eta = (
        torch.full((1, 1, 1), 0.7, dtype=z.dtype),
        torch.zeros(1, 1, 1, dtype=z.dtype),
        torch.zeros(1, 1, 1),
    )
    torch.testing.assert_close(ddim_step(z, v, t, s, eta, None), split(z, v, t)[0])


def test_times_run_evenly_down_to_zero() -> None:
    torch.testing.assert_close(times(4, 0.8), torch.tensor([0.8, 0.6, 0.4, 0.2, 0.0]))


@pytest.mark.parametrize(("steps", "t_start"), [(0, 1.0), (5, 0.0), (5, 1.5)])
def test_impossible_schedules_are_refused(steps: int, t_start: float) -> None:
    with pytest.raises(ValueError, match="steps must be"):
        times(steps, t_start)


def test_eta_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="noise"):
        ddim(gaussian_velocity(0, 1), normal(1, 1, 4), times(2), eta=0.5)
