"""Cover pictures: their size, and their representation in FLAC and Ogg (RFC 9639, section 8.8)."""

import struct

from core.audio.tags import picture_codec

FRONT_COVER = 3
LONGEST_SIDE = 65_535  # maximum of a JPEG by its format; no PNG is larger
MAX_SEGMENTS = 10_000  # bytes of a JPEG that are searched
MIME = {"mjpeg": "image/jpeg", "png": "image/png"}


def block(picture: bytes, codec: str) -> bytes:
    """A FLAC picture block; Ogg carries it as base64 in a comment."""
    mime = MIME[codec].encode()
    width, height = size(picture)
    head = struct.pack(">II", FRONT_COVER, len(mime)) + mime
    return head + struct.pack(">IIIIII", 0, width, height, 24, 0, len(picture)) + picture


def is_whole(picture: bytes) -> bool:
    """Whether it is a JPEG or PNG that states its size: FFmpeg writes no file with another."""
    return picture_codec(picture) is not None and all(0 < side <= LONGEST_SIDE for side in size(picture))


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a JPEG or PNG; (0, 0), "unknown", if it states none."""
    if picture.startswith(b"\x89PNG"):
        return struct.unpack(">II", picture[16:24]) if len(picture) >= 24 and picture[12:16] == b"IHDR" else (0, 0)
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 9 > len(picture) or picture[at] != 0xFF:
            break
        marker, (length,) = picture[at + 1], struct.unpack(">H", picture[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame's header
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + length  # markers may be padded with FF
    return 0, 0
