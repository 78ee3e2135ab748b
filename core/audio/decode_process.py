"""The process that decodes uploaded media: `python -m core.audio.decode_process LIMITS < file`.

Standard input is the media file, opened by the parent. Standard output gets one line of JSON, either {"info": ...,
"cover_bytes": n} or {"error": code, "message": sentence}, and after an info the cover picture and raw float32 samples,
interleaved. The report on standard error (`child`) has the facts known only at the end (`Decoder.report`).

Before it reads the first byte of the file, the process gives up the right to open anything: no other file, no socket,
no child; its CPU time and memory are bounded (`sandbox`). It has only the demuxers and decoders named here: playlists
and references to other files have no effect.

It imports nothing heavier than av and numpy, so it starts in a tenth of a second.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import av
import av.subtitles.codeccontext  # PyAV imports these two at the first such stream: too late inside the sandbox
import av.subtitles.stream

from core.audio import child
from core.audio.codecs import DECODERS
from core.audio.decoder import Decoder, Part, Refused
from core.audio.parts import links, wide_samples, without_tags
from core.audio.sandbox import lock_down
from core.audio.stretch import Stretch

# Exit statuses other than 0
OUT_OF_MEMORY = 3  # TOO_SLOW of `decoder` is another
DEMUXERS = ",".join(
    "aac ac3 aiff amr ape asf au avi caf eac3 flac flv matroska mov mp3 mpeg mpegts ogg tta w64 wav wv".split()
)
SIGNATURES = (
    (4, b"ftyp", "MP4 or M4A"), (0, b"RIFF", "WAV or AVI"), (0, b"RF64", "WAV"), (0, b"fLaC", "FLAC"),
    (0, b"OggS", "Ogg or Opus"), (0, b"ID3", "MP3"), (0, b"FORM", "AIFF"),
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska"), (0, b"caff", "CAF"), (0, b"\x30\x26\xb2\x75", "WMA"),
    *((0, bytes((0xFF, byte)), "MP3") for byte in range(256) if byte & 0xE6 == 0xE2),  # a frame of layer III
)  # fmt: skip


def main() -> int:
    limits = json.loads(sys.argv[1])
    av.logging.set_level(None)
    size = os.fstat(0).st_size
    source = Stretch(0, size)
    out = os.fdopen(1, "wb", buffering=1 << 16, closefd=False)
    lock_down(limits["cpu_s"], limits["memory_bytes"])
    try:
        source, valid_bits = wide_samples(without_tags(source))
        decoder = Decoder(_opened(source), limits, valid_bits)
        blocks = decoder.blocks()
        first = next(blocks)
        cover = decoder.cover or b""
        out.write(json.dumps({"info": decoder.info(), "cover_bytes": len(cover)}).encode() + b"\n")
        out.write(cover)
        out.write(first.tobytes())
        for block in blocks:
            out.write(block.tobytes())
        out.flush()
        child.write_report(decoder.report())
        return 0
    except Refused as refusal:
        code, message = refusal.args
        out.write(json.dumps({"error": code, "message": message}).encode() + b"\n")
        out.flush()
        return 0
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:  # the parent has read enough
        os._exit(0)


def _opened(source: Stretch) -> Iterator[Part | None]:
    """The parts of the file in order; None for one that cannot be opened, except the first.

    Raises:
        Refused: the first part cannot be opened.
    """
    first = True
    for stretch in links(source):
        try:
            container = _open(stretch)
        except Refused:
            if first:
                raise
            yield None
            continue
        first = False
        with container:
            yield Part(container, stretch)


def _open(source: Any) -> av.container.InputContainer:
    if source.size == 0:
        raise Refused("empty_audio", "The file is empty. Send a recording.")
    options = {"format_whitelist": DEMUXERS, "codec_whitelist": DECODERS, "protocol_whitelist": "file"}
    head = source.at(0, 16)
    kind = next((name for offset, magic, name in SIGNATURES if head[offset : offset + len(magic)] == magic), None)
    for named in (None, "mp3") if kind == "MP3" else (None,):  # FFmpeg does not recognise all files of a few frames
        source.seek(0)
        try:
            return av.open(source, format=named, options=options, metadata_errors="replace")
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            continue
    if kind is not None:
        raise Refused("damaged_media", f"The file starts like {kind} but is damaged or incomplete. Send it again.")
    raise Refused(
        "unsupported_media",
        "The format of the file is not supported. Send for example WAV, FLAC, MP3, M4A or MP4.",
    )


if __name__ == "__main__":
    sys.exit(main())
