"""The process that encodes one stem: `python -m core.audio.encode_process LIMITS < samples`.

Standard input is a line of JSON (`Encoding` of core.audio.encoder, and `cover_bytes`), the cover picture, and then
interleaved samples in the encoder's format until it ends. Standard output is the file to write, opened by the parent.
An aborting encoder must not end the worker, and encoders are C code like decoders, so this runs in the same sandbox,
except that it may write as many bytes as its limits allow.
"""

import base64
import errno
import json
import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.subtitles.stream  # PyAV imports it at the first stream: too late inside the sandbox
import numpy as np
from av.stream import Disposition

from core.audio import child, picture
from core.audio.sandbox import lock_down
from core.audio.tags import picture_codec

# Exit statuses other than 0
REFUSED = 3  # FFmpeg rejects the samples
NOT_WRITTEN = 4  # the system rejects the write: the report has `errno`
OUT_OF_MEMORY = 5
DTYPES = {"s16": "<i2", "s32": "<i4", "flt": "<f4", "fltp": "<f4"}


def main() -> int:
    limits = json.loads(sys.argv[1])
    av.logging.set_level(None)
    source = os.fdopen(0, "rb", closefd=False)
    lock_down(limits["cpu_s"], limits["memory_bytes"], limits["file_bytes"])
    encoding = json.loads(source.readline())
    block_bytes = encoding["rate"] * encoding["channels"] * np.dtype(DTYPES[encoding["format"]]).itemsize
    try:
        _encode(encoding, source.read(encoding["cover_bytes"]), iter(lambda: source.read(block_bytes), b""))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except OSError as error:  # also FFmpeg's, by their numbers
        if _Sink.error is None and error.errno in (errno.EINVAL, None):
            return REFUSED
        child.write_report({"errno": _Sink.error or error.errno})
        return NOT_WRITTEN
    except (av.FFmpegError, ValueError):
        return REFUSED
    if _Sink.error is not None:
        child.write_report({"errno": _Sink.error})
        return NOT_WRITTEN
    return 0


class _Sink:
    """Standard output as PyAV writes it; MP4 is also read again, to move its index to the front. Both have separate
    positions in the one file. System errors are recorded, because FFmpeg may ignore them."""

    error: int | None = None

    def __init__(self) -> None:
        self._position = 0

    def write(self, data: bytes) -> int:
        try:
            os.lseek(1, self._position, os.SEEK_SET)
            left = memoryview(data)
            while left:
                left = left[os.write(1, left) :]
        except OSError as error:
            _Sink.error = _Sink.error or error.errno
            raise
        self._position += len(data)
        return len(data)

    def read(self, size: int) -> bytes:
        os.lseek(1, self._position, os.SEEK_SET)
        data = os.read(1, size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = (os.lseek(1, 0, os.SEEK_END) if start is None else start) + offset
        return self._position

    def tell(self) -> int:
        return self._position


def _encode(encoding: dict[str, Any], cover: bytes, blocks: Iterator[bytes]) -> None:
    """Write the file. Raises FFmpegError, OSError."""
    rate, layout, kind = encoding["rate"], encoding["layout"], encoding["format"]
    container: Any = av.open(
        _Sink(), "w", format=encoding["muxer"], options=encoding["options"], io_open=lambda *_: _Sink()
    )
    container.metadata.update(encoding["tags"])
    stream: Any = container.add_stream(encoding["codec"], rate=rate)
    context: Any = stream.codec_context
    context.thread_count = 1
    context.layout = layout
    context.format = kind
    context.time_base = Fraction(1, rate)
    if encoding["bit_rate"]:
        context.bit_rate = encoding["bit_rate"]
    elif encoding["best_quality"]:
        context.qscale, context.global_quality = True, 0  # the best variable bit rate
    if cover:
        _add_cover(container, cover, encoding["muxer"])
    position = 0
    for block in blocks:
        samples = np.frombuffer(block, DTYPES[kind]).reshape(-1, encoding["channels"])
        data = np.ascontiguousarray(samples.T) if kind.endswith("p") else samples.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, kind, layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
        position += frame.samples
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    container.close()


def _add_cover(container: Any, cover: bytes, muxer: str) -> None:
    """Called before the first samples, as every format requires."""
    codec = picture_codec(cover)
    assert codec is not None, "others are omitted"
    if muxer == "opus":
        container.metadata["METADATA_BLOCK_PICTURE"] = base64.b64encode(picture.block(cover, codec)).decode()
        return
    width, height = picture.size(cover)
    stream = container.add_mux_stream(codec, width=width, height=height)
    stream.disposition = Disposition.attached_pic
    stream.metadata["comment"] = "Cover (front)"
    packet: Any = av.Packet(cover)
    packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 90_000)
    container.start_encoding()
    container.mux(packet)


if __name__ == "__main__":
    sys.exit(main())
