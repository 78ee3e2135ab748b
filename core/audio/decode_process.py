"""The process in which media of strangers is decoded: `python -m core.audio.decode_process LIMITS < file`.

Standard input is the media file itself, opened by the parent. Standard output gets one line of JSON, either
{"info": ...} or {"error": code, "message": sentence}, and after an info raw float32 samples, interleaved.
Before the first byte of the file is looked at, the process gives up the right to open anything: no other
file, no socket, no child, and its CPU time and memory are bounded (`sandbox`). Only the demuxers and decoders
named here exist for it: playlists and references to other files lead nowhere.

Nothing heavier than av and numpy is imported: the process starts in a tenth of a second.
"""

import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import av
import av.subtitles.codeccontext  # PyAV imports these two when it meets such a stream: too late in here
import av.subtitles.stream
import numpy as np
import numpy.typing as npt

from core.audio.downmix import DEFAULT_LAYOUTS
from core.audio.sandbox import lock_down

Interleaved = npt.NDArray[np.float32]  # [n, C]

# Exit statuses besides 0
DAMAGED_PARTS = 3  # all that could be decoded was given, but something on the way could not
OUT_OF_MEMORY = 4
TOO_SLOW = 5
# CPU time that a file earns, besides `patience_s`, by each sample that comes out of it: real time for 50 kHz in stereo.
# Honest files take a tenth of that or less.
EARNED_S = 1e-5
DEMUXERS = ",".join(
    "aac ac3 aiff amr ape asf au avi caf eac3 flac flv matroska mov mp3 mpeg mpegts ogg tta w64 wav wv".split()
)
PCM = {
    f"pcm_{kind}": bits
    for kind, bits in {
        "u8": 8, "s8": 8, "s16le": 16, "s16be": 16, "s24le": 24, "s24be": 24, "s32le": 32, "s32be": 32,
        "f32le": 0, "f32be": 0, "f64le": 0, "f64be": 0,
    }.items()
}  # fmt: skip
LOSSLESS = {"flac", "alac", "ape", "tta", "wavpack", "wmalossless"}
DECODERS = ",".join(
    [
        *PCM,
        *sorted(LOSSLESS),
        *"pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf".split(),
        *"aac ac3 eac3 mp1 mp1float mp2 mp2float mp3 mp3float opus vorbis".split(),
        *"amrnb amrwb wmav1 wmav2 wmapro".split(),
    ]
)
TAGS = ("title", "artist", "album", "album_artist", "date", "track", "genre", "composer")
SANE = 1e6  # a sample beyond this (120 dB over full scale) is damage, as NaN is
MAX_PADDING = 4096  # a lossy encoder's padding at the end; a declared end further off is not believed
LEAST_BIT_RATE = 500  # no codec here goes lower for long: a header that declares it is not believed
POINTERS = 8  # PyAV reads past the planes of a frame that has this many: such frames are interleaved first
# Formats whose duration is only an estimate
GUESSING = {"mp3", "aac", "ac3", "eac3", "amr", "mpeg", "mpegts"}
SIGNATURES = (
    (4, b"ftyp", "MP4 or M4A"), (0, b"RIFF", "WAV or AVI"), (0, b"RF64", "WAV"), (0, b"fLaC", "FLAC"),
    (0, b"OggS", "Ogg or Opus"), (0, b"ID3", "MP3"), (0, b"\xff\xfb", "MP3"), (0, b"FORM", "AIFF"),
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska"), (0, b"caff", "CAF"), (0, b"\x30\x26\xb2\x75", "WMA"),
)  # fmt: skip


class Refused(Exception):  # noqa: N818
    """The file cannot be used: an error code of `core.errors` and a sentence for the person who sent it."""


def main() -> int:
    limits = json.loads(sys.argv[1])
    av.logging.set_level(None)
    source = _Source()
    out = os.fdopen(1, "wb", buffering=1 << 16, closefd=False)
    size = os.fstat(0).st_size
    lock_down(limits["cpu_s"], limits["memory_bytes"])
    try:
        with _open(source, size) as container:
            decoder = _Decoder(container, size, limits)
            blocks = decoder.blocks()
            first = next(blocks)
            out.write(json.dumps({"info": decoder.info()}).encode() + b"\n")
            out.write(first.tobytes())
            for block in blocks:
                out.write(block.tobytes())
            out.flush()
            return DAMAGED_PARTS if decoder.damaged else 0
    except Refused as refusal:
        code, message = refusal.args
        out.write(json.dumps({"error": code, "message": message}).encode() + b"\n")
        out.flush()
        return 0
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:  # the parent has heard enough
        os._exit(0)


class _Source:
    """Standard input as PyAV reads it. A damaged header may lead anywhere, before the file's beginning too: that is for
    FFmpeg to know, by its number, and no exception, which PyAV would raise again where nobody expects it."""

    def __init__(self) -> None:
        self._file = os.fdopen(0, "rb", buffering=0, closefd=False)
        self.read, self.tell = self._file.read, self._file.tell

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            return -(error.errno or errno.EIO)


def _open(source: Any, size: int) -> av.container.InputContainer:
    if size == 0:
        raise Refused("empty_audio", "The file is empty. Send one that holds a recording.")
    options = {"format_whitelist": DEMUXERS, "codec_whitelist": DECODERS, "protocol_whitelist": "file"}
    try:
        return av.open(source, options=options, metadata_errors="replace")
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        os.lseek(0, 0, os.SEEK_SET)
        head = os.read(0, 16)
    for offset, magic, name in SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            raise Refused(
                "damaged_media",
                f"The file begins like {name} but is damaged or incomplete. Send it again.",
            )
    raise Refused(
        "unsupported_media",
        "The file is not audio or video in a format that can be read. Send for example WAV, FLAC, MP3, M4A or MP4.",
    )


class _Decoder:
    """Decodes the best audio stream of a container to float32."""

    def __init__(self, container: av.container.InputContainer, size: int, limits: dict[str, Any]) -> None:
        self.damaged = False
        self._size = size
        self._limits = limits
        self._values = 0  # samples of all channels together that were given so far
        self._container = container
        stream = container.streams.best("audio")
        if stream is None:
            what = "pictures" if container.streams.video else "data"
            raise Refused("no_audio", f"The file holds {what} but no audio track. Send one with sound in it.")
        context = stream.codec_context
        if context is None or context.codec.name not in DECODERS.split(","):
            raise Refused(
                "unsupported_media",
                "The audio track uses a codec that cannot be read. Send it as WAV, FLAC, MP3 or M4A.",
            )
        context.thread_count = 1
        self._stream: Any = stream
        self._codec = context.codec.canonical_name
        self._first: av.AudioFrame | None = None
        self._resampler: av.AudioResampler | None = None
        self._resampled: tuple[str, int, str] | None = None

    def info(self) -> dict[str, Any]:
        """`SourceInfo` of the track, once its first block is known."""
        frame = self._first
        assert frame is not None
        channels = frame.layout.nb_channels
        kind = frame.format.name.removesuffix("p")
        lossless = self._codec in LOSSLESS or self._codec in PCM
        is_float = lossless and kind in ("flt", "dbl")
        bits = PCM.get(self._codec) or {"u8": 8, "s16": 16, "s32": 24}.get(kind)
        known = any(channel.name != "NONE" for channel in frame.layout.channels)
        return {
            "container": self._container.format.name,
            "codec": self._codec,
            "sample_rate": frame.sample_rate,
            "channels": channels,
            "layout": frame.layout.name if known else DEFAULT_LAYOUTS.get(channels, f"{channels} channels"),
            "duration_s": self._duration_s(),
            "bits": bits if lossless and not is_float else None,
            "is_float": is_float,
            "lossless": lossless,
            "tags": self._tags(),
        }

    def blocks(self) -> Iterator[Interleaved]:
        """All samples of the track, [n, C] at a time, at the rate and with the channels of its first frame.

        Raises:
            Refused: nothing can be decoded, there is nothing, or the limits do not allow it.
        """
        length: int | None = None
        end: int | None = None
        position = 0
        beyond: list[Interleaved] = []  # samples after the declared end: padding, if they are few
        for frame in self._frames():
            if self._first is None:
                self._check(frame)
                self._first = frame
                length = self._length()
                # The decoder cuts MP4's padding at the beginning, by its edit list, but not at the end.
                end = length if self._container.format.name.startswith("mov") else None
            for block in map(_interleaved, self._conform(frame)):
                self._values += block.size
                inside = len(block) if end is None else max(0, min(len(block), end - position))
                position += len(block)
                if inside:
                    yield block[:inside]
                if inside < len(block):
                    beyond.append(block[inside:])
                if end is not None and position - end > MAX_PADDING:
                    yield from beyond
                    end = None
        if self._first is None:
            if self.damaged:
                message = "The audio in the file is damaged: nothing of it can be decoded."
                raise Refused("damaged_media", message)
            raise Refused("empty_audio", "The file holds no sound: its audio track is empty.")
        if length is not None and position < length - MAX_PADDING:
            self.damaged = True

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Frames with samples in them. Damaged packets are passed over, as players do."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.damaged = True
                return
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.damaged = True
                continue
            yield from (frame for frame in frames if frame.samples)
            if time.process_time() > self._limits["patience_s"] + EARNED_S * self._values:
                os._exit(TOO_SLOW)  # much work for little sound

    def _check(self, frame: av.AudioFrame) -> None:
        limits, channels, rate = self._limits, frame.layout.nb_channels, frame.sample_rate
        if channels > limits["max_channels"]:
            raise Refused(
                "unsupported_audio",
                f"The audio has {channels} channels; at most {limits['max_channels']} can be processed.",
            )
        if not limits["min_rate"] <= rate <= limits["max_rate"]:
            raise Refused(
                "unsupported_audio",
                f"The audio declares a sample rate of {rate} Hz; "
                f"{limits['min_rate']} to {limits['max_rate']} Hz can be processed.",
            )
        duration = self._duration_s()
        if duration is not None and duration > limits["max_duration_s"] and self._believable(duration):
            raise Refused(
                "audio_too_long",
                f"The recording lasts {duration / 60:.0f} minutes; "
                f"at most {limits['max_duration_s'] / 60:g} can be processed. Send it in parts.",
            )

    def _conform(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Keep to the rate and channels of the first frame: streams spliced together may change theirs."""
        first = self._first
        assert first is not None
        now = (frame.layout.name, frame.sample_rate, frame.format.name)
        unreadable = frame.format.is_planar and frame.layout.nb_channels >= POINTERS
        if now[:2] == (first.layout.name, first.sample_rate) and not unreadable:
            return [frame]
        if self._resampler is None or self._resampled != now:
            packed = frame.format.name.removesuffix("p")
            self._resampler = av.AudioResampler(packed, first.layout, first.sample_rate)
            self._resampled = now
        try:
            return self._resampler.resample(frame)
        except (av.FFmpegError, ValueError):
            self.damaged = True
            return []

    def _length(self) -> int | None:
        """Length in samples, in the formats whose header states it exactly."""
        duration, name = self._stream.duration, self._container.format.name
        if not (name == "flac" or name.startswith("mov")) or not duration or duration < 0:
            return None
        assert self._first is not None
        return round(duration * self._stream.time_base * self._first.sample_rate)

    def _duration_s(self) -> float | None:
        """What the container says; for some formats an estimate."""
        if self._stream.duration and self._stream.duration > 0:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration and self._container.duration > 0:
            return self._container.duration / av.time_base
        return None

    def _believable(self, duration_s: float) -> bool:
        exact = self._container.format.name not in GUESSING
        return exact and self._size * 8 >= duration_s * LEAST_BIT_RATE

    def _tags(self) -> dict[str, str]:
        both = {**self._stream.metadata, **self._container.metadata}
        found = {key.lower(): value for key, value in both.items()}
        return {key: found[key][:200] for key in TAGS if found.get(key)}


def _interleaved(frame: av.AudioFrame) -> Interleaved:
    """A frame's samples as [n, C] float32 of full scale 1; what is no number becomes silence."""
    data = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels)
    if data.dtype == np.uint8:
        return (data.astype(np.float32) - 128) / np.float32(128)
    if data.dtype.kind == "i":
        return data.astype(np.float32) / np.float32(2 ** (8 * data.dtype.itemsize - 1))
    with np.errstate(invalid="ignore", over="ignore"):
        sane = np.abs(data) <= SANE  # False for NaN
    return np.where(sane, data, 0).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
