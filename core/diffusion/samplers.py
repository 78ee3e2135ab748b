"""DDIM in v-diffusion, as a function over any callable v(z_t, t) (Song et al. 2021; the companion, eq. 5 to 7).

One step from t to s < t:  z_s = alpha_s z_0 + sigma' eps + delta noise, with

    delta  = eta sqrt(sigma_s^2 / sigma_t^2) sqrt(1 - alpha_t^2 / alpha_s^2)      sigma' = sqrt(sigma_s^2 - delta^2)

eta = 0 is deterministic; eta > 0 is the companion's stochastic refinement [C] without its high-pass filter, which
has no direct counterpart in latent space [D].

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from core.diffusion.velocity import alpha_sigma, split

Velocity = Callable[[Tensor, Tensor], Tensor]
Noise = Callable[[int], Tensor]


def times(steps: int, t_start: float = 1.0) -> Tensor:
    """`steps + 1` times from t_start down to 0, evenly spaced.

    Raises:
        ValueError: steps < 1 or t_start outside (0, 1].
    """
    if steps < 1 or not 0.0 < t_start <= 1.0:
        raise ValueError(f"steps must be at least 1 and t_start in (0, 1], got {steps} and {t_start}")
    return torch.linspace(t_start, 0.0, steps + 1)


def ddim_step(z_t: Tensor, v: Tensor, t: Tensor, s: Tensor, eta: Tensor, noise: Tensor | None) -> Tensor:
    """One step, `[B, D, F]`; t, s, eta `[B, 1, 1]`. `noise` may be None where every eta is 0."""
    z0, eps = split(z_t, v, t)
    alpha_s, sigma_s = alpha_sigma(s)
    if noise is None:
        return alpha_s * z0 + sigma_s * eps
    alpha_t, sigma_t = alpha_sigma(t)
    ratio = (1 - (alpha_t / alpha_s).square()).clamp_min(0).sqrt()
    delta = eta * sigma_s / sigma_t.clamp_min(1e-8) * ratio
    remaining = (sigma_s.square() - delta.square()).clamp_min(0).sqrt()
    return alpha_s * z0 + remaining * eps + delta * noise


def ddim(model: Velocity, z: Tensor, schedule: Tensor, eta: float = 0.0, noise: Noise | None = None) -> Tensor:
    """Denoise z `[B, D, F]` at time schedule[0] along the schedule; `noise(step)` returns fresh noise for eta > 0.

    Raises:
        ValueError: eta > 0 without a source of noise.
    """
    if eta > 0 and noise is None:
        raise ValueError("eta > 0 needs a source of noise")
    shape = (z.shape[0], 1, 1)
    for step in range(len(schedule) - 1):
        t, s = (schedule[i].to(z).expand(shape) for i in (step, step + 1))
        fresh = noise(step + 1) if noise is not None and eta > 0 else None
        z = ddim_step(z, model(z, t[:, 0, 0]), t, s, torch.full(shape, eta).to(z), fresh)
    return z
