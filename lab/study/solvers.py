"""Samplers of second order, with the interface of core.diffusion.samplers.ddim and the notation of velocity.py.

Both step from t to s with a second-order estimate of z_0:

    z_s = (sigma_s / sigma_t) z_t + (alpha_s - alpha_t sigma_s / sigma_t) z_0

With z_0 as predicted at t, this is the step of DDIM.
"""

from itertools import pairwise

import torch
from torch import Tensor

from core.diffusion.samplers import Velocity
from core.diffusion.velocity import alpha_sigma, split


def dpm_solver(model: Velocity, z: Tensor, schedule: Tensor) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022): z_0 is extrapolated from this and the last step; one call per step.

    z: `[B, D, F]` at the first time of `schedule` `[steps + 1]`.
    """
    last: tuple[Tensor, Tensor] | None = None  # z_0 and the log signal-to-noise ratio of the last step
    for t, s in pairwise(schedule):
        z0 = _predict(model, z, t)
        ratio, extrapolated = _ratio(t), z0
        if last is not None and s > 0:
            extrapolated = z0 + (z0 - last[0]) * (_ratio(s) - ratio) / (2 * (ratio - last[1]))
        z, last = _step(z, extrapolated, t, s), (z0, ratio)
    return z


def heun(model: Velocity, z: Tensor, schedule: Tensor) -> Tensor:
    """Heun's method: z_0 is the mean of the predictions at t and after a DDIM step; two calls per step.

    z: `[B, D, F]` at the first time of `schedule` `[steps + 1]`.
    """
    for t, s in pairwise(schedule):
        z0 = _predict(model, z, t)
        if s > 0:
            z0 = (z0 + _predict(model, _step(z, z0, t, s), s)) / 2
        z = _step(z, z0, t, s)
    return z


def _predict(model: Velocity, z: Tensor, t: Tensor) -> Tensor:
    times = t.to(z).expand(z.shape[0])
    return split(z, model(z, times), times[:, None, None])[0]


def _step(z: Tensor, z0: Tensor, t: Tensor, s: Tensor) -> Tensor:
    (alpha_t, sigma_t), (alpha_s, sigma_s) = alpha_sigma(t.to(z)), alpha_sigma(s.to(z))
    return sigma_s / sigma_t * z + (alpha_s - alpha_t * sigma_s / sigma_t) * z0


def _ratio(t: Tensor) -> Tensor:
    """log(alpha / sigma); minus infinity at t = 1, which makes the extrapolation zero."""
    alpha, sigma = alpha_sigma(t.double())
    return torch.log(alpha.clamp_min(0) / sigma).float() if t < 1 else torch.tensor(-torch.inf)
