"""The spool: computed stems that cannot be written to S3 now, as files in the worker's `work_dir`.

A chunk costs seconds of a GPU, so an outage of S3 does not discard it. Its worker keeps the lease and waits; if the
process ends meanwhile, the file stays, and the next process with the same `work_dir` that gets the chunk uploads it,
under its token, instead of computing it again. The files take at most `spool_bytes`: a chunk without room is released
and computed again later.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = "voicelift-spool"
KEPT_S = 3600.0  # unused: another worker has done the chunk, or the job has ended

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A stem's file, its compute seconds and the kind of device."""

    path: Path
    seconds: float
    device: str


class Spool:
    """Shared by all processes with the same `work_dir`."""

    def __init__(self, work_dir: Path, most_bytes: int) -> None:
        self._folder = work_dir / FOLDER
        self._most_bytes = most_bytes

    def size(self) -> int:
        """Bytes in the spool."""
        return sum(size for _, size, _ in self._files())

    def keep(self, job_id: str, index: int, data: bytes, seconds: float, device: str) -> Kept | None:
        """Write a stem; None when there is no room, in the spool or on the disk."""
        for path, _, modified in self._files():
            if modified < time.time() - KEPT_S:
                path.unlink(missing_ok=True)
        if self.size() + len(data) > self._most_bytes:
            return None
        path = self._folder / f"{job_id}.{index}.{round(seconds * 1000)}.{device}"
        unfinished = path.with_name(f"{path.name}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(data)
            unfinished.rename(path)
        except OSError as error:
            logger.warning("writing a stem to the spool failed: %s", error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return None
        return Kept(path, seconds, device)

    def find(self, job_id: str, index: int) -> Kept | None:
        """A spooled stem of this chunk."""
        for path in self._folder.glob(f"{job_id}.{index}.*"):
            _, _, millis, device, *unfinished = path.name.split(".")
            if not unfinished:
                return Kept(path, int(millis) / 1000, device)
        return None

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # another process has just uploaded it
                status = path.stat()
                yield path, status.st_size, status.st_mtime
