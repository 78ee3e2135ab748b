"""One denoising step of several rows in one batch."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from core.diffusion.samplers import ddim_step
from core.separation.transfer import Upload


class Latents(Protocol):
    """The latents of a row between steps, on the device.

    z, estimate: `[C, D, F]`; features: `[C, channels, frames]` each; schedule: `[steps + 1]` times; eta: `[]`.
    """

    z: Tensor
    estimate: Tensor
    features: list[Tensor]
    schedule: Tensor
    eta: Tensor


def advance(
    velocity: Callable[[Tensor, Tensor, Tensor, list[Tensor]], Tensor],
    rows: Sequence[Latents],
    steps: Sequence[int],
    noises: Iterable[Upload] | None,
) -> None:
    """Advance the z of each row by one step, number `steps` of its schedule.

    velocity: called with `(z, t, estimate, features)`. noises: `[1, D, F]` per row; None if no row has an eta above 0.
    """
    counts = [len(row.z) for row in rows]

    def per_channel(values: list[Tensor]) -> Tensor:
        expanded = [value.expand(count) for value, count in zip(values, counts, strict=True)]
        return torch.cat(expanded)[:, None, None]

    t, s = (
        per_channel([row.schedule[step + ahead] for row, step in zip(rows, steps, strict=True)]) for ahead in (0, 1)
    )
    z, estimate = (torch.cat([getattr(row, name) for row in rows]) for name in ("z", "estimate"))
    features = [torch.cat(level) for level in zip(*(row.features for row in rows), strict=True)]
    v = velocity(z, t[:, 0, 0], estimate, features)
    fresh = None
    if noises is not None:
        fresh = torch.cat([noise.take().expand(count, -1, -1) for noise, count in zip(noises, counts, strict=True)])
    eta = per_channel([row.eta for row in rows])
    for row, advanced in zip(rows, ddim_step(z, v, t, s, eta, fresh).split(counts), strict=True):
        row.z = advanced
