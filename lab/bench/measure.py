"""How long things take, what a machine can do at best, and what a program asks of it."""

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from core.card import Card

MATRIX = 2048  # rows and columns of the products that measure arithmetic
BLOCK = 64 << 20  # bytes of the copies that measure memory: larger than a cache


def machine(device: torch.device) -> dict[str, Any]:
    """The hardware in general terms."""
    facts: dict[str, Any] = {
        "device": device.type,
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
    }
    if device.type == "cuda":
        facts["gpu"] = torch.cuda.get_device_name(device)
    return facts


def model_facts(card: Card) -> dict[str, Any]:
    return {"name": card.name, "version": card.version}


def wait_for(device: torch.device) -> None:
    """Until the device has done all it was given; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    """Median seconds of `work`, after one round that does not count."""
    work()
    taken = []
    for _ in range(repeats):
        wait_for(device)
        began = time.perf_counter()
        work()
        wait_for(device)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def flops_of(work: Callable[[], object]) -> int:
    """Floating-point operations of the products and convolutions in `work`; transforms are not counted."""
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def bytes_of(work: Callable[[], object]) -> int:
    """Bytes that the operations of `work` read and write, each by itself: the traffic if nothing stayed in a cache."""
    with _Traffic() as traffic:
        work()
    return traffic.bytes


def arithmetic_rate(device: torch.device, dtype: torch.dtype = torch.float32, size: int = MATRIX) -> float:
    """FLOP/s of a product of large square matrices: the best that networks can hope for."""
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    return 2 * size**3 / seconds_of(lambda: a @ b, device, 7)


def memory_rate(device: torch.device, size: int = BLOCK) -> float:
    """Bytes/s, read and written, of a copy of a large block."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * size / seconds_of(lambda: target.copy_(source), device, 7)


def peak_bytes() -> int:
    """The most memory that this process has had resident since it began."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)


class _Traffic(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            flat, _ = torch.utils._pytree.tree_flatten((args, kwargs, out))
            self.bytes += sum(part.numel() * part.element_size() for part in flat if isinstance(part, Tensor))
        return out
