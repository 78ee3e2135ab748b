"""Lets the operator's commands find the local `voicelift serve`."""

import argparse
import fcntl
import json
import os
import sys
from pathlib import Path

from core.settings import REPOSITORY

DATA = REPOSITORY / ".data"
FILE = "service.json"  # written by deploy/local/serve.py while it runs


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add `--data`, the argument of `use_running_service`."""
    parser.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="FOLDER",
        help="data folder of a `voicelift serve`; REDIS_URL takes precedence (.data)",
    )


def use_running_service(data: Path = DATA) -> None:
    """Use the addresses and keys of the service over `data` for variables missing in the environment."""
    if os.environ.get("REDIS_URL") or os.environ.get("VOICELIFT_SECRETS_DIR") or not _runs(data):
        return
    environment: dict[str, str] = json.loads((data / FILE).read_text())
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    print(f"voicelift: using the service that runs over {data}", file=sys.stderr)


def _runs(data: Path) -> bool:
    """Whether the folder is locked: a killed service may leave its file."""
    try:
        with (data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return (data / FILE).exists()
    except OSError:
        return False
    return False
