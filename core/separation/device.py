"""The compute device and its configuration."""

import ctypes
import logging
import os

import torch

from core.errors import InvalidOptions

logger = logging.getLogger(__name__)


def find_device(name: str) -> torch.device:
    """The named device; "auto" is a usable GPU, else the CPU, and the choice is logged. Raises InvalidOptions when it
    is missing."""
    if name == "auto":
        if (reason := _no_gpu()) is None:
            logger.info("device auto: cuda (%s)", torch.cuda.get_device_name())
            return torch.device("cuda")
        logger.info("device auto: cpu (no GPU can be used: %s)", reason)
        return torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InvalidOptions(
            f"The device {name!r} is not available ({_first_line(error)}). "
            "Use auto, cpu, or cuda on a machine with a GPU."
        ) from error
    return device


def _no_gpu() -> str | None:
    """The reason why no GPU is usable; None if one is."""
    if torch.cuda.is_available():
        return None
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return _first_line(error)
    return "CUDA finds none"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


M_ARENA_MAX = -8  # of malloc.h
MAX_LANES = 4  # concurrent chunks on a CPU: bounded by a worker's slots and by memory


def share_out(threads: int | None) -> tuple[int, int]:
    """(lanes, threads of each) that use as many of `threads` (None: the cores of this process) as possible."""
    cores = _cores(threads)
    each = -(-cores // MAX_LANES)
    return cores // each, each


def _cores(threads: int | None) -> int:
    return threads or len(os.sched_getaffinity(0))


def set_up(threads: int | None) -> None:
    """Call before loading a model. `threads`: for torch on the CPU; None: the cores of this process."""
    _share_one_heap()
    # Set even if it is the default: otherwise the libraries below may choose another number.
    torch.set_num_threads(_cores(threads))
    # cuDNN would compute the MDCT with 10 bits of mantissa.
    torch.backends.cudnn.allow_tf32 = False


def _share_one_heap() -> None:
    """Several threads allocate tensors of many megabytes in turn. With glibc's heap per thread, each of them keeps room
    for all, and a process grows with the number of threads that ever rendered a chunk.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have no such heaps, and no such call
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def lost(error: BaseException) -> bool:
    """Whether `error` means that the device is lost: then no later chunk can succeed either."""
    return isinstance(error, torch.AcceleratorError) and not isinstance(error, torch.cuda.OutOfMemoryError)
