"""Temporary files that do not outlive their process, not even when it is killed.

Each process keeps its files in a folder of its own and holds a lock in it. The kernel drops the lock with the
process, so whoever starts later can tell an abandoned folder from one in use.
"""

import fcntl
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

PREFIX = "voicelift-worker-"
LOCK = "lock"

logger = logging.getLogger(__name__)


class Scratch:
    """A process's own folder below `work_dir`; abandoned ones of others are removed on the way."""

    def __init__(self, work_dir: Path) -> None:
        work_dir.mkdir(parents=True, exist_ok=True)
        for other in work_dir.glob(f"{PREFIX}*"):
            _remove_if_abandoned(other)
        self._root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=work_dir))
        unlocked = self._root / "unlocked"
        self._lock = unlocked.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.rename(self._root / LOCK)  # under its name only now: else others that start take it for abandoned

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder for one task, removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self._root) as name:
            yield Path(name)

    def close(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remove_if_abandoned(folder: Path) -> None:
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        logger.info("removed the temporary files of a process that was killed", extra={"folder": folder.name})
    except (BlockingIOError, FileNotFoundError):
        return  # in use, or about to be, or somebody else is removing it
