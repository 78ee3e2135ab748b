"""Measures of time, of a machine's peak rates, and of the operations and traffic of a program."""

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

MATRIX = 2048  # rows and columns of the product that measures arithmetic
BLOCK = 64 << 20  # bytes of the copy that measures memory; larger than a cache


def machine(device: torch.device) -> dict[str, Any]:
    """General facts about the hardware and torch, for reports."""
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
    """Name and version of a model, for reports."""
    return {"name": card.name, "version": card.version}


def wait_for(device: torch.device) -> None:
    """Wait until the device has finished all submitted work; no effect on a CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    """Median seconds of `work` over `repeats` runs, after a warm-up."""
    work()
    taken = []
    for _ in range(repeats):
        wait_for(device)
        started = time.perf_counter()
        work()
        wait_for(device)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def flops_of(work: Callable[[], object]) -> int:
    """Floating-point operations of matrix products and convolutions in `work`; transforms are not counted."""
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def bytes_of(work: Callable[[], object]) -> int:
    """Bytes that the operations of `work` read and write in total, as without caches."""
    with _Traffic() as traffic:
        work()
    return traffic.bytes


def arithmetic_rate(device: torch.device, dtype: torch.dtype = torch.float32, size: int = MATRIX) -> float:
    """FLOP/s of a product of large square matrices, an upper bound for networks."""
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    return 2 * size**3 / seconds_of(lambda: a @ b, device, 7)


def memory_rate(device: torch.device, size: int = BLOCK) -> float:
    """Bytes/s read and written by a copy of a large block."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * size / seconds_of(lambda: target.copy_(source), device, 7)


def peak_bytes() -> int:
    """Peak resident memory of this process in bytes."""
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
