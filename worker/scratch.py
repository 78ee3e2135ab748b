"""Temporary files that do not outlive their process, even if it is killed.

Each process has a locked folder for its files. The kernel drops the lock with the process, so later processes can
distinguish an abandoned folder from one in use.
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
    """A process's folder below `work_dir`; abandoned folders of other processes are deleted."""

    def __init__(self, work_dir: Path) -> None:
        work_dir.mkdir(parents=True, exist_ok=True)
        for other in work_dir.glob(f"{PREFIX}*"):
            _remove_if_abandoned(other)
        self._root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=work_dir))
        unlocked = self._root / "unlocked"
        self._lock = unlocked.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.rename(self._root / LOCK)  # renamed only now: starting processes would take it for abandoned

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder for one task, deleted afterwards."""
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
        logger.info("deleted the temporary files of a killed process", extra={"folder": folder.name})
    except (BlockingIOError, FileNotFoundError):
        return  # in use, soon in use, or being deleted
