"""Parts of a media file that are complete files, or would be without a prefix."""

import struct
from collections.abc import Iterator

from core.audio.declared import after_tags, chunks
from core.audio.stretch import Stretch

MAX_PARTS = 10_000
BEGINS = 2  # flag of the first page of a stream in Ogg
EXTENSIBLE = 0xFFFE


def without_tags(file: Stretch) -> Stretch:
    """WAV, AIFF, MP4 and Matroska behind an ID3 tag, without the tag: FFmpeg would read them as MP3."""
    start = after_tags(file)
    head = file.at(start, 8)
    others = head[:4] in (b"RIFF", b"RF64", b"FORM", b"\x1aE\xdf\xa3") or head[4:] == b"ftyp"
    return file.part(start, file.size) if start and others else file


def wide_samples(file: Stretch) -> tuple[Stretch, int | None]:
    """WAV with samples in wider containers, 24 bits in 32, as if all bits were valid: the unused ones are zeros.

    Returns the bytes to read, and the number of valid bits if the header will state another.
    """
    if file.at(0, 4) not in (b"RIFF", b"RF64"):
        return file, None
    for name, start, _ in chunks(file, "<4sI", 12):
        if name == b"fmt ":
            tag, channels, align, bits, valid = struct.unpack("<HH8xHHxxH", file.at(start, 20).ljust(20, b"\0"))
            whole = bits % 8 == 0 and align * 8 == channels * bits
            if tag == EXTENSIBLE and whole and 0 < valid <= bits - 8:
                file.patch(start + 18, struct.pack("<H", bits))
                return file, valid
            return file, None
    return file, None


def links(file: Stretch) -> Iterator[Stretch]:
    """The links of a chained Ogg file, whose codecs may differ; everything else is one part."""
    if file.at(0, 4) != b"OggS":
        yield file
        return
    begin, parts, inside = 0, 1, False
    for offset, flags in _pages(file):
        if flags & BEGINS and inside and parts < MAX_PARTS:
            yield file.part(begin, offset)
            begin, parts, inside = offset, parts + 1, False
        inside |= not flags & BEGINS
    yield file.part(begin, file.size) if begin else file


def _pages(file: Stretch) -> Iterator[tuple[int, int]]:
    """(offset, flags) of the consecutive pages of an Ogg file."""
    offset = 0
    while (head := file.at(offset, 27 + 255))[:4] == b"OggS" and len(head) >= 27:
        yield offset, head[5]
        lacing = head[27 : 27 + head[26]]
        offset += 27 + len(lacing) + sum(lacing)
