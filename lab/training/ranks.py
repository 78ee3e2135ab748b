"""Training on several GPUs, one process per GPU started by `torchrun`. No other module depends on torch.distributed.

Without torchrun the functions have no effect.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn

from core.separation.device import find_device

# Difference between the seeds of processes, so that each draws different data.
SEED_STRIDE = 1_000_003


@contextmanager
def joined(device: str) -> Iterator[torch.device]:
    """Join the process group of torchrun, if there is one; yields the device of this process.

    Under torchrun, `cuda` is the GPU of this process. GPUs communicate over NCCL, CPUs over Gloo.

    Raises:
        InvalidOptions: the device does not exist.
    """
    if "RANK" not in os.environ:
        yield find_device(device)
        return
    if device.startswith("cuda") or (device == "auto" and torch.cuda.is_available()):
        device = f"cuda:{os.environ['LOCAL_RANK']}"
    where = find_device(device)
    on_gpu = where.type == "cuda"
    if on_gpu:
        torch.cuda.set_device(where)
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield where
        distributed.barrier()  # leave together: Gloo aborts if a peer exits during communication
    finally:
        distributed.destroy_process_group()


def _active() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def rank() -> int:
    return distributed.get_rank() if _active() else 0


def world() -> int:
    return distributed.get_world_size() if _active() else 1


def average(value: Tensor) -> Tensor:
    """The mean of `value` over all processes, in place."""
    if _active():
        distributed.all_reduce(value)
        value /= world()
    return value


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Average gradients over all processes, in place. A parameter must have a gradient in all processes or in none.

    Equivalent to DistributedDataParallel, but without hooks, which alternating optimisers (codec and discriminator)
    and unused outputs would complicate. All processes start from the same weights, by seed or by file.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not _active() or not gradients:
        return
    flat = torch.cat([g.flatten() for g in gradients])
    for gradient, mean in zip(gradients, average(flat).split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def wait() -> None:
    """Wait until all processes have called this."""
    if _active():
        distributed.barrier()


def any_of(flag: bool, device: torch.device) -> bool:
    """True in all processes if `flag` is true in at least one."""
    if not _active():
        return flag
    value: Tensor = torch.tensor(float(flag), device=device)
    distributed.all_reduce(value, distributed.ReduceOp.MAX)
    return bool(value > 0)
