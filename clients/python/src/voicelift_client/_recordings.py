"""Recordings to separate: a file, or a URL that the service downloads."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import anyio.to_thread
import httpx

from voicelift_client.errors import VoiceliftError

Source: TypeAlias = "str | os.PathLike[str] | BinaryIO"

BLOCK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Address:
    """The service downloads the recording from this URL."""

    url: str


@dataclass(frozen=True)
class Recording:
    """A file to send: a path, or an open seekable file."""

    name: str
    size: int
    file: Path | BinaryIO

    def blocks(self, offset: int, length: int) -> Iterator[bytes]:
        """The bytes of a part. Raises VoiceliftError: the file was truncated."""
        if isinstance(self.file, Path):
            with self.file.open("rb") as file:
                yield from self._blocks(file, offset, length)
        else:
            yield from self._blocks(self.file, offset, length)

    def _blocks(self, file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
        file.seek(offset)
        while length:
            block = file.read(min(BLOCK_BYTES, length))
            if not block:
                raise VoiceliftError(f"{self.name} was truncated during the upload.")
            length -= len(block)
            yield block


def recording_of(source: Source, filename: str | None = None) -> Recording | Address:
    """Raises OSError: the file is unreadable; ValueError: it is empty, or not seekable."""
    if isinstance(source, str) and source.startswith(("https://", "http://")):
        return Address(source)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        with path.open("rb"):  # raises before the first request
            recording = Recording(filename or path.name, path.stat().st_size, path)
    else:
        if not source.seekable():
            raise ValueError("The file object is not seekable. Pass a path, or read it into io.BytesIO.")
        named = getattr(source, "name", None)
        default_name = Path(named).name if isinstance(named, str) else "recording"
        recording = Recording(filename or default_name, source.seek(0, os.SEEK_END), source)
    if recording.size == 0:
        raise ValueError(f"{recording.name} is empty.")
    return recording


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A part of a recording as a request body. `sent` is called with the number of bytes sent so far."""

    def __init__(self, recording: Recording, offset: int, length: int, sent: Callable[[int], None]) -> None:
        self._recording, self._offset, self._length, self._sent = recording, offset, length, sent

    def __iter__(self) -> Iterator[bytes]:
        done = 0
        for block in self._recording.blocks(self._offset, self._length):
            yield block
            done += len(block)
            self._sent(done)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        done, blocks = 0, self._recording.blocks(self._offset, self._length)
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            yield block
            done += len(block)
            self._sent(done)
