"""Standard input, or a range of it, as a file: the media input of `decode_process`."""

import errno
import os

FARTHEST = 1 << 44  # beyond the limit of file systems, so a seek fails there


class Stretch:
    """Bytes [start, stop) of standard input, with a separate position, so several may be read alternately.

    A damaged header may point anywhere, even before the start: FFmpeg gets an error number, no exception, which PyAV
    would raise again at an arbitrary call.
    """

    def __init__(self, start: int, stop: int) -> None:
        self._start, self.size = start, stop - start
        self._position = 0
        self._patch: tuple[int, bytes] = (0, b"")

    def part(self, start: int, stop: int) -> "Stretch":
        """Bytes [start, stop) of this range."""
        return Stretch(self._start + start, self._start + stop)

    def patch(self, offset: int, instead: bytes) -> None:
        """Read `instead` at `offset` from now on."""
        self._patch = offset, instead

    def read(self, count: int) -> bytes:
        data = self.at(self._position, count)
        self._position += len(data)
        return data

    def at(self, offset: int, count: int) -> bytes:
        """At most `count` bytes from `offset`, fewer only at the end; the position is unchanged."""
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        os.lseek(0, self._start + offset, os.SEEK_SET)
        data = os.read(0, count)
        while len(data) < count and (more := os.read(0, count - len(data))):
            data += more
        first, instead = self._patch
        if instead and offset < first + len(instead) and first < offset + len(data):
            changed = bytearray(data)
            for index, byte in enumerate(instead, first - offset):
                if 0 <= index < len(changed):
                    changed[index] = byte
            return bytes(changed)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        target = offset + {os.SEEK_CUR: self._position, os.SEEK_END: self.size}.get(whence, 0)
        if not 0 <= target < FARTHEST:
            return -errno.EINVAL
        self._position = target
        return target

    def tell(self) -> int:
        return self._position
