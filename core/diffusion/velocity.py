"""v-diffusion in the notation of docs/method.md (Salimans and Ho 2022; the companion's eq. 1 to 4) [C].

t in [0, 1] is the angle of the mix of signal and noise in quarter turns:

    alpha = cos(pi t / 2)     sigma = sin(pi t / 2)
    z_t   = alpha z_0 + sigma eps          v   = alpha eps - sigma z_0
    z_0   = alpha z_t - sigma v            eps = sigma z_t + alpha v

All tensors are `[B, D, F]`; t, alpha and sigma are `[B, 1, 1]`, one time per sample, so that chunks at
different steps may share a batch.

[P], [C], [I] and [D]: docs/method.md.
"""

import math

import torch
from torch import Tensor


def alpha_sigma(t: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of signal and noise at time t (any shape)."""
    angle = t * (math.pi / 2)
    return torch.cos(angle), torch.sin(angle)


def noised(z0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """z_t from clean latents and noise."""
    alpha, sigma = alpha_sigma(t)
    return alpha * z0 + sigma * eps


def velocity(z0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """The training target v."""
    alpha, sigma = alpha_sigma(t)
    return alpha * eps - sigma * z0


def split(z_t: Tensor, v: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """The (z_0, eps) that z_t and v imply."""
    alpha, sigma = alpha_sigma(t)
    return alpha * z_t - sigma * v, sigma * z_t + alpha * v
