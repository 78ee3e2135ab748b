"""Which device to compute on, and how to set it up."""

import ctypes
import os

import torch

from core.errors import InvalidOptions


def find_device(name: str) -> torch.device:
    """The device a person named; "auto" is a GPU when there is one. Raises InvalidOptions when it is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InvalidOptions(
            f"There is no device {name!r} here. Take auto, cpu, or cuda on a machine with a GPU."
        ) from error
    return device


M_ARENA_MAX = -8  # of malloc.h
MOST_LANES = 4  # chunks beside each other on a CPU: what a worker's slots feed, and memory holds


def share_out(threads: int | None) -> tuple[int, int]:
    """(lanes, threads of each) that use as many of `threads` (None: the cores this process may use) as can be."""
    cores = _cores(threads)
    each = -(-cores // MOST_LANES)
    return cores // each, each


def _cores(threads: int | None) -> int:
    return threads or len(os.sched_getaffinity(0))


def set_up(threads: int | None) -> None:
    """Before a model is loaded. `threads`: for torch on the CPU; None takes the cores this process may use."""
    _share_one_heap()
    # Said even when it is the default: it keeps the libraries below from choosing another number by themselves.
    torch.set_num_threads(_cores(threads))
    # cuDNN would compute the MDCT with 10 bits of mantissa.
    torch.backends.cudnn.allow_tf32 = False


def _share_one_heap() -> None:
    """Several threads allocate tensors of many megabytes in turn. With a heap for each thread, as glibc has it, every
    one of them keeps room for all, and a process grows with the number of threads that ever rendered a chunk.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have no such heaps, and no such call
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def lost(error: BaseException) -> bool:
    """Whether `error` says that the device is gone: then no later chunk can succeed either."""
    return isinstance(error, torch.AcceleratorError) and not isinstance(error, torch.cuda.OutOfMemoryError)
