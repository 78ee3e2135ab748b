"""Several GPUs: `torchrun` starts one process a GPU, and these few functions are all that knows of it.

Alone (no torchrun) every function here does nothing, and the run is the same as ever.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn

from core.separation.device import find_device

# Between the seeds of processes: each draws data of its own.
SEED_STRIDE = 1_000_003


@contextmanager
def joined(device: str) -> Iterator[torch.device]:
    """Join the processes that torchrun started, if it did; gives the device of this one.

    `cuda` means the process's own GPU under torchrun. GPUs talk over NCCL, processors over Gloo.

    Raises:
        InvalidOptions: there is no such device.
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
        distributed.barrier()  # nobody leaves while another still talks: Gloo's threads would abort it
    finally:
        distributed.destroy_process_group()


def _active() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def rank() -> int:
    return distributed.get_rank() if _active() else 0


def world() -> int:
    return distributed.get_world_size() if _active() else 1


def average(value: Tensor) -> Tensor:
    """Over all processes, in place."""
    if _active():
        distributed.all_reduce(value)
        value /= world()
    return value


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Over all processes, so that all take the same step; those that have no gradient have none anywhere.

    What DistributedDataParallel does, without its hooks: a discriminator and a codec that are stepped in turn, and
    stages that leave some outputs unused, need no special care. All start from the same weights, by seed or by file.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not _active() or not gradients:
        return
    flat = torch.cat([g.flatten() for g in gradients])
    for gradient, mean in zip(gradients, average(flat).split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def wait() -> None:
    """Until every process is here."""
    if _active():
        distributed.barrier()


def any_of(flag: bool, device: torch.device) -> bool:
    """True in every process where it is true in one."""
    if not _active():
        return flag
    value: Tensor = torch.tensor(float(flag), device=device)
    distributed.all_reduce(value, distributed.ReduceOp.MAX)
    return bool(value > 0)
