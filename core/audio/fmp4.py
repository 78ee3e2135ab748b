"""FLAC in fragmented MP4, box by box (ISO/IEC 14496-12 and Xiph's "FLAC in ISOBMFF").

Without a muxer, because each segment is made by the worker of its piece, without state: it needs only its number and
its start.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_UNITY_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TRACK = 1


@dataclass(frozen=True)
class FlacFrame:
    """One encoded FLAC frame of `samples` samples per channel."""

    data: bytes
    samples: int


def init_segment(stream_info: bytes, rate: int, channels: int, bits: int) -> bytes:
    """ftyp + moov for a FLAC track with this STREAMINFO block (34 bytes)."""
    entry = struct.pack(">6xH8xHHHHI", 1, channels, bits, 0, 0, rate << 16)
    flac = _box(b"fLaC", entry, _full(b"dfLa", struct.pack(">I", 0x80000000 | len(stream_info)), stream_info))
    sample_table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), flac),
        _full(b"stts", bytes(4)),
        _full(b"stsc", bytes(4)),
        _full(b"stsz", bytes(8)),
        _full(b"stco", bytes(4)),
    )
    media_info = _box(
        b"minf",
        _full(b"smhd", bytes(4)),
        _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1))),
        sample_table,
    )
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, rate, 0, 0x55C4, 0)),  # language "und"
        _full(b"hdlr", bytes(4), b"soun", bytes(12), b"Audio\0"),
        media_info,
    )
    track_header = struct.pack(">IIIII8xhhHH", 0, 0, _TRACK, 0, 0, 0, 0, 0x0100, 0) + _UNITY_MATRIX + bytes(8)
    movie_header = struct.pack(">IIIIIH10x", 0, 0, rate, 0, 0x10000, 0x0100) + _UNITY_MATRIX + bytes(24)
    return _box(b"ftyp", b"iso6", bytes(4), b"iso6", b"mp41") + _box(
        b"moov",
        _full(b"mvhd", movie_header, struct.pack(">I", _TRACK + 1)),
        _box(b"trak", _full(b"tkhd", track_header, flags=3), media),
        _box(b"mvex", _full(b"trex", struct.pack(">IIIII", _TRACK, 1, 0, 0, 0))),
    )


def media_segment(number: int, start: int, frames: Sequence[FlacFrame]) -> bytes:
    """styp + moof + mdat for segment `number` (from 0), whose first sample is sample `start` of the track."""

    def fragment(data_offset: int) -> bytes:
        run = struct.pack(">Ii", len(frames), data_offset)
        run += b"".join(struct.pack(">II", frame.samples, len(frame.data)) for frame in frames)
        return _box(
            b"moof",
            _full(b"mfhd", struct.pack(">I", number + 1)),
            _box(
                b"traf",
                _full(b"tfhd", struct.pack(">I", _TRACK), flags=0x020000),  # offsets count from the moof
                _full(b"tfdt", struct.pack(">Q", start), version=1),
                _full(b"trun", run, flags=0x000301),  # data offset, and each sample's duration and size
            ),
        )

    data_offset = len(fragment(0)) + 8
    return (
        _box(b"styp", b"msdh", bytes(4), b"msdh", b"iso6")
        + fragment(data_offset)
        + _box(b"mdat", *(frame.data for frame in frames))
    )


def _box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, *contents: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *contents)
