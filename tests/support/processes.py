"""Two processes as started by torchrun."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import torch
from torch.multiprocessing.spawn import spawn

from lab.training import ranks

Work = Callable[[int, torch.device, Path], None]


def run_two(work: Work, folder: Path) -> None:
    """Call `work` in each with rank, device and `folder`; the results."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn(_joined, (port, work, folder), nprocs=2)


def _joined(rank: int, port: int, work: Work, folder: Path) -> None:
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with ranks.joined("cpu") as device:
        work(rank, device, folder)
