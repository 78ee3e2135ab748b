"""The length that a file's header declares, in formats where FFmpeg silently reads a truncated file to its end.

Some sizes mean "unknown", because the file was written to a pipe, and declare nothing: 0, 0xFFFFFFFF and sox's
0x7FFFF000 (in AIFF 0x7F000000), the latter two also rounded down to whole blocks.
"""

import struct
from collections.abc import Iterator

from core.audio.stretch import Stretch

MAX_CHUNKS = 50_000
ROUNDED = 0x2000  # writers round down by a block or a header's length
PAGE = 27 + 255 + 255 * 255  # the longest Ogg page
END_OF_STREAM = 4
MAX_LYRICS = 1 << 16  # bytes at the end of a Lyrics3 tag

# Of MPEG audio: layer III's samples per frame and length of the side information, by version 1 or not.
_XING = {True: (1152, {True: 17, False: 32}), False: (576, {True: 9, False: 17})}


def missing_share(file: Stretch, container: str) -> float:
    """Bytes of audio that the header declares beyond the file's end, relative to those that exist."""
    bounds = _BOUNDS.get(container, lambda _: None)(file)
    if bounds is None:
        return 0.0
    start, declared = bounds
    there = file.size - start
    return max(0.0, (declared - there) / there) if there > 0 else 0.0


def chunks(
    file: Stretch, form: str, offset: int, header: int = 8, even: int = 2, counted: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the content, declared size) of the chunks of a RIFF-like file. `even`: multiple to which sizes
    are rounded up; `counted`: sizes include the header."""
    for _ in range(MAX_CHUNKS):
        head = file.at(offset, header)
        if len(head) < header:
            return
        name, size = struct.unpack(form, head)
        size -= header if counted else 0
        yield name, offset + header, size
        if size < 0:
            return
        offset += header + size + -size % even


def _riff(file: Stretch) -> tuple[int, int] | None:
    wide = None
    for name, start, size in chunks(file, "<4sI", 12):
        if name == b"ds64":  # RF64
            wide = struct.unpack("<8xQ", file.at(start, 16).ljust(16, b"\0"))[0]
        if name == b"data":
            if size == 0xFFFFFFFF and wide:
                return start, wide
            return None if _unknown(size) else (start, size)
    return None


def _avi(file: Stretch) -> tuple[int, int] | None:
    (size,) = struct.unpack("<4xI", file.at(0, 8).ljust(8, b"\0"))
    return None if _unknown(size) else (8, size)


def _w64(file: Stretch) -> tuple[int, int] | None:
    for name, start, size in chunks(file, "<4s12xq", 40, 24, 8, counted=True):
        if name == b"data":
            return start, size
    return None


def _aiff(file: Stretch) -> tuple[int, int] | None:
    for name, start, size in chunks(file, ">4sI", 12):
        if name == b"SSND":
            return None if _unknown(size) or 0 <= 0x7F000000 + 8 - size < ROUNDED else (start, size)
    return None


def _caf(file: Stretch) -> tuple[int, int] | None:
    for name, start, size in chunks(file, ">4sq", 8, 12, 1):
        if name == b"data":
            return (start, size) if size > 0 else None  # -1: unknown
    return None


def _au(file: Stretch) -> tuple[int, int] | None:
    start, size = struct.unpack(">4xII", file.at(0, 12).ljust(12, b"\0"))
    return None if _unknown(size) else (start, size)


def _unknown(size: int) -> bool:
    return size == 0 or 0 <= 0xFFFFFFFF - size < ROUNDED or 0 <= 0x7FFFF000 - size < ROUNDED


_BOUNDS = {"wav": _riff, "avi": _avi, "w64": _w64, "aiff": _aiff, "caf": _caf, "au": _au}


def after_tags(file: Stretch) -> int:
    """The offset after all ID3v2 tags at the start."""
    offset = 0
    for _ in range(MAX_CHUNKS):
        end = tag_end(file, offset)
        if end == offset:
            break
        offset = end
    return offset


def tag_end(file: Stretch, offset: int) -> int:
    """The end of the ID3 or APE tag at `offset`; `offset` without one."""
    head = file.at(offset, 16)
    if head[:3] == b"ID3" and len(head) >= 10:
        return offset + 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    if head[:3] == b"TAG":
        return offset + 128
    if head[:8] == b"APETAGEX" and len(head) == 16:
        return offset + 32 + int.from_bytes(head[12:16], "little")
    return offset


def lyrics_end(file: Stretch, offset: int) -> int:
    """The end of the Lyrics3 tag at `offset`; `offset` without one."""
    data = file.at(offset, MAX_LYRICS)
    if not data.startswith(b"LYRICSBEGIN"):
        return offset
    places = [data.find(word) + len(word) for word in (b"LYRICS200", b"LYRICSEND") if word in data]
    return offset + min(places, default=0)


def mp3_samples(file: Stretch) -> int | None:
    """Number of samples that an MP3's first frame declares (Xing, Info), encoder delay and padding included."""
    data = file.at(after_tags(file), 1 << 16)
    start = data.find(b"\xff")
    while 0 <= start < len(data) - 200:
        if (data[start + 1] & 0xE6) == 0xE2:  # layer III
            samples, side = _XING[(data[start + 1] & 0x18) == 0x18]
            tag = start + 4 + side[data[start + 3] >> 6 == 3]
            if data[tag : tag + 4] in (b"Xing", b"Info"):
                flags, frames = struct.unpack(">II", data[tag + 4 : tag + 12])
                return samples * frames if flags & 1 and frames else None
            return None
        start = data.find(b"\xff", start + 1)
    return None


def ogg_ends(file: Stretch) -> bool:
    """Whether the last page of an Ogg file is complete and marked as the last of its stream."""
    first = max(0, file.size - 2 * PAGE)
    data = file.at(first, 2 * PAGE)
    start = data.rfind(b"OggS")
    if start < 0:
        return True  # followed by another element
    header = data[start : start + 27]
    if len(header) < 27:
        return False
    lacing = data[start + 27 : start + 27 + header[26]]
    whole = len(lacing) == header[26] and len(data) - start >= 27 + len(lacing) + sum(lacing)
    return whole and bool(header[5] & END_OF_STREAM)
