"""Stems that were computed and cannot be written to S3 now, as files in the worker's `work_dir`.

A chunk costs seconds of a GPU, so it is not thrown away because S3 is away for a minute. Whoever computed it keeps its
lease and waits; should the process end meanwhile, the file stays, and whichever process with the same `work_dir` gets
the chunk next uploads it, under its own token, instead of computing it again. The files together take no more than
`spool_bytes`: a chunk that finds no room is given back and computed again, by whoever can write.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = "voicelift-spool"
KEPT_S = 3600.0  # nobody has come for it: another worker has done the chunk, or the job is over

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A stem's file, the compute seconds that it took and on what kind of device."""

    path: Path
    seconds: float
    device: str


class Spool:
    """Belongs to all processes with the same `work_dir`."""

    def __init__(self, work_dir: Path, most_bytes: int) -> None:
        self._folder = work_dir / FOLDER
        self._most_bytes = most_bytes

    def size(self) -> int:
        """Bytes that are kept now."""
        return sum(size for _, size, _ in self._files())

    def keep(self, job_id: str, index: int, data: bytes, seconds: float, device: str) -> Kept | None:
        """Write a stem down; None when there is no room, in the spool or on the disk."""
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
            logger.warning("a stem cannot be kept on disk: %s", error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return None
        return Kept(path, seconds, device)

    def find(self, job_id: str, index: int) -> Kept | None:
        """A stem of this chunk that was kept before."""
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
