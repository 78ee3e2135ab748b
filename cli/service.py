"""The service that `voicelift serve` runs here: how the commands for its operator find it."""

import fcntl
import json
import os
import sys
from pathlib import Path

from core.settings import REPOSITORY

DATA = REPOSITORY / ".data"
FILE = "service.json"  # written by deploy/local/serve.py while it runs


def use_running_service(data: Path = DATA) -> None:
    """Take the addresses and keys of the service that runs over `data` for what the environment does not name."""
    if os.environ.get("REDIS_URL") or os.environ.get("VOICELIFT_SECRETS_DIR") or not _runs(data):
        return
    environment: dict[str, str] = json.loads((data / FILE).read_text())
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    print(f"voicelift: this is about the service that runs over {data}", file=sys.stderr)


def _runs(data: Path) -> bool:
    """Whether somebody holds the folder's lock: a file may be left of a service that was killed."""
    try:
        with (data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return (data / FILE).exists()
    except OSError:
        return False
    return False
