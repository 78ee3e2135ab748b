"""Several files as one ZIP archive, written while it is sent and never stored. The files are stored uncompressed, since
audio is compressed already, so the size is known in advance."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# Lengths of the format's parts (APPNOTE 4.3), as zipfile writes them without seeking.
_LOCAL, _DESCRIPTOR, _CENTRAL, _END = 30, 16, 46, 22
_LOCAL_64, _DESCRIPTOR_64, _CENTRAL_64, _END_64 = 20, 24, 4, 76
_FILE = 0o100644 << 16


@dataclass(frozen=True)
class Entry:
    """A file of `size` bytes, and how to read it from the start."""

    name: str
    size: int
    blocks: Callable[[], Iterator[bytes]]


class _Sink:
    """The target of zipfile: it cannot seek, and returns the bytes written since the last `take`."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(data)
        return len(data)

    def flush(self) -> None:
        """There is no buffer to flush."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data


def archive(entries: Sequence[Entry], written_at: float) -> Iterator[bytes]:
    """The archive in blocks, about as large as those of its entries. `written_at` is the time of all files, in seconds
    since the epoch; unpackers show it in UTC."""
    sink, date = _Sink(), datetime.fromtimestamp(written_at, UTC).timetuple()[:6]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as packed:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, date)
            info.external_attr = _FILE
            with packed.open(info, "w", force_zip64=entry.size > zipfile.ZIP64_LIMIT) as file:
                for block in entry.blocks():
                    file.write(block)
                    yield sink.take()
    yield sink.take()


def size_of(entries: Sequence[Entry]) -> int:
    """The number of bytes that `archive` yields."""
    offset = directory = 0
    for entry in entries:
        name, large, far = len(entry.name.encode()), entry.size > zipfile.ZIP64_LIMIT, offset > zipfile.ZIP64_LIMIT
        extra = 16 * large + 8 * far
        directory += _CENTRAL + name + (_CENTRAL_64 + extra if extra else 0)
        offset += _LOCAL + name + entry.size + (_LOCAL_64 + _DESCRIPTOR_64 if large else _DESCRIPTOR)
    return offset + directory + _END + (_END_64 if offset > zipfile.ZIP64_LIMIT else 0)
