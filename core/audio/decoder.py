"""Decodes the best audio stream of a container to float32. Runs in `decode_process` only."""

import os
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import av
import numpy as np
import numpy.typing as npt
from av.stream import Disposition

from core.audio import tags
from core.audio.codecs import DECODERS, LOSSLESS, PCM
from core.audio.declared import lyrics_end, missing_share, mp3_samples, ogg_ends, tag_end
from core.audio.downmix import DEFAULT_LAYOUTS
from core.audio.stretch import Stretch
from core.audio.timeline import Timeline

Interleaved = npt.NDArray[np.float32]  # [n, C]

TOO_SLOW = 4  # exit status: too much CPU time for few samples
# CPU time that each decoded sample allows, in addition to `patience_s`: real time for 50 kHz in stereo. Normal files
# take a tenth of that or less.
EARNED_S = 1e-5
SANE = 100.0  # a larger sample, 40 dB over full scale, is as invalid as NaN
MAX_PADDING = 4096  # a lossy encoder's padding at the end; a larger difference is ignored
NOTHING_MISSING_S = 0.1  # headers of some programs are wrong by as much
UNEVEN_S = 0.2  # between the length in Matroska and the end of its last packet
LEAST_BIT_RATE = 500  # no codec stays below this rate for long: a header that declares less is ignored
POINTERS = 8  # PyAV reads past the planes of a frame with this many: such frames are interleaved first
# Formats whose duration is only an estimate
GUESSING = {"mp3", "aac", "ac3", "eac3", "amr", "mpeg", "mpegts"}


class Refused(Exception):  # noqa: N818
    """The file cannot be used: an error code of `core.errors` and a sentence for the sender."""


class Part(NamedTuple):
    """A container and its byte source."""

    container: av.container.InputContainer
    source: Stretch


class Decoder:
    """Decodes the best audio stream of a file's parts to float32."""

    def __init__(self, parts: Iterator[Part | None], limits: dict[str, Any], valid_bits: int | None) -> None:
        """`valid_bits`: valid bits of the samples in a file that states more. Raises Refused without anything to
        decode."""
        self.damaged = False
        self.senseless = 0
        self._limits = limits
        self._valid_bits = valid_bits
        self._values = 0  # decoded samples of all channels together
        first = next(parts)
        assert first is not None, "parts would have refused it"
        self._others = parts
        self._container, self._source = first
        self._name, duration = self._container.format.name, self._container.duration  # also needed at the close
        self._declared_s = duration / av.time_base if duration and duration > 0 else None
        self._stream = _audio_of(self._container)
        self.cover: bytes | None = None  # the front cover, or the first picture, once there is a block
        self._codec = self._stream.codec_context.codec.canonical_name
        self._first: av.AudioFrame | None = None
        self._resampler: av.AudioResampler | None = None
        self._resampled: tuple[str, int, str] | None = None
        self._timeline: Timeline | None = None
        self._tag_end = 0
        self._first_packet_s = 0.0
        self._last_s = 0.0  # end of the last packet of any track

    def info(self) -> dict[str, Any]:
        """`SourceInfo` of the track, once its first block is known."""
        frame = self._first
        assert frame is not None
        channels = frame.layout.nb_channels
        kind = frame.format.name.removesuffix("p")
        lossless = self._codec in LOSSLESS or self._codec in PCM
        is_float = lossless and kind in ("flt", "dbl")
        bits = self._valid_bits or PCM.get(self._codec) or {"u8": 8, "s16": 16, "s32": 24}.get(kind)
        has_positions = any(channel.name != "NONE" for channel in frame.layout.channels)
        return {
            "container": self._name,
            "codec": self._codec,
            "sample_rate": frame.sample_rate,
            "channels": channels,
            "layout": frame.layout.name if has_positions else DEFAULT_LAYOUTS.get(channels, f"{channels} channels"),
            "duration_s": self._duration_s(),
            "bits": bits if lossless and not is_float else None,
            "is_float": is_float,
            "lossless": lossless,
            "tags": tags.read({**self._stream.metadata, **self._container.metadata}, self._name),
        }

    def report(self) -> dict[str, Any]:
        """Facts known only at the end: whether parts could not be decoded or are missing (`damaged`), how many values
        were invalid (`senseless`), and the silence inserted because the track starts late or has gaps."""
        rate = self._timeline.rate if self._timeline else 1
        late, gaps = (self._timeline.late, self._timeline.gaps) if self._timeline else (0, 0)
        return {"damaged": self.damaged, "senseless": self.senseless, "late_s": late / rate, "gaps_s": gaps / rate}

    def blocks(self) -> Iterator[Interleaved]:
        """All samples of the track, [n, C] at a time, at the rate and with the channels of its first frame.

        Raises:
            Refused: nothing can be decoded, there is nothing, or the limits are exceeded.
        """
        length: int | None = None
        end: int | None = None
        position = 0
        beyond: list[Interleaved] = []  # few samples after the declared end: padding
        for frame in self._frames():
            if self._first is None:
                self._check(frame)
                self._first = frame
                self._timeline = self._timeline_of(frame)
                length = self._length()
                # The decoder removes MP4's padding at the start, by its edit list, but not at the end.
                end = length if self._name.startswith("mov") else None
            if self._timeline and (silence := self._timeline.silence_before(frame, self._first_packet_s)):
                position += silence if position else 0  # a track's length excludes its late start
                yield from _silence(silence, self._first)
            for block in map(self._interleaved, self._conform(frame)):
                self._values += block.size
                if self._timeline:
                    self._timeline.advance(len(block))
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
                message = "The audio in the file is damaged and cannot be decoded."
                raise Refused("damaged_media", message)
            raise Refused("empty_audio", "The audio track of the file is empty.")
        if length is not None and position < length - MAX_PADDING:
            self.damaged = True
        self.damaged |= self._cut(position) or bool(self._timeline and self._timeline.unbelievable)

    def _cut(self, samples: int) -> bool:
        """Whether the file ends before the length in its header, in formats where FFmpeg ignores that; `samples` were
        decoded."""
        assert self._first is not None
        name = self._name
        if name == "mp3":
            declared = mp3_samples(self._source)
            return declared is not None and samples < declared - MAX_PADDING
        if name == "ogg":
            return not ogg_ends(self._source)
        if name.startswith("matroska"):
            return self._last_s < (self._declared_s or 0.0) - UNEVEN_S
        return missing_share(self._source, name) * samples / self._first.sample_rate > NOTHING_MISSING_S

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Frames with samples, of all parts."""
        yield from self._frames_of(self._container, self._stream)
        for part in self._others:
            self._require_sound()
            if part is None:
                self.damaged = True
                continue
            self._source = part.source  # the file's end is this part's
            try:
                stream = _audio_of(part.container)
            except Refused:
                self.damaged = True
                continue
            yield from self._frames_of(part.container, stream)

    def _frames_of(self, container: av.container.InputContainer, stream: Any) -> Iterator[av.AudioFrame]:
        """Damaged packets are skipped, as players do."""
        # Of all tracks: covers are tracks, and the longest track of a film determines its length.
        packets: Iterator[Any] = container.demux()
        first = True
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.damaged = True
                return
            if packet.pts is not None:
                self._last_s = max(self._last_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index != stream.index:
                self._look_for_cover(packet)
                continue
            if first and packet.pts is not None:
                self._first_packet_s, first = float(packet.pts * packet.time_base), False
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.damaged |= not self._in_a_tag(packet)
                self._require_sound()
                continue
            yield from (frame for frame in frames if frame.samples)
            self._require_sound()

    def _look_for_cover(self, packet: Any) -> None:
        """Pictures come first."""
        if self._first is not None or not packet.stream.disposition & Disposition.attached_pic:
            return
        front = "front" in packet.stream.metadata.get("comment", "").lower()
        if (self.cover is None or front) and packet.size <= tags.MAX_COVER:
            self.cover = bytes(packet)

    def _require_sound(self) -> None:
        if time.process_time() > self._limits["patience_s"] + EARNED_S * self._values:
            os._exit(TOO_SLOW)  # too much CPU time for few samples

    def _timeline_of(self, frame: av.AudioFrame) -> Timeline | None:
        """In containers with meaningful time stamps: films, where a stem replaces the audio track."""
        name, start = self._name, (self._container.start_time or 0) / av.time_base
        if not name.startswith(("mov", "matroska")):
            return None
        origin = 0.0 if name.startswith("mov") else max(0.0, start)
        end = max(0.0, start) + self._declared_s if self._declared_s else None
        return Timeline(origin, end, frame.sample_rate)

    def _in_a_tag(self, packet: Any) -> bool:
        """Whether an MP3's tag was decoded as a packet, at the border of two concatenated files."""
        if self._name != "mp3" or packet.pos is None:
            return False
        for end in (tag_end, lyrics_end):
            self._tag_end = max(self._tag_end, end(self._source, packet.pos))
        return packet.pos < self._tag_end

    def _check(self, frame: av.AudioFrame) -> None:
        limits, channels, rate = self._limits, frame.layout.nb_channels, frame.sample_rate
        if channels > limits["max_channels"]:
            raise Refused(
                "unsupported_audio",
                f"The audio has {channels} channels; the maximum is {limits['max_channels']}.",
            )
        if not limits["min_rate"] <= rate <= limits["max_rate"]:
            raise Refused(
                "unsupported_audio",
                f"The audio has a sample rate of {rate} Hz; supported are {limits['min_rate']} to "
                f"{limits['max_rate']} Hz.",
            )
        duration = self._duration_s()
        if duration is not None and duration > limits["max_duration_s"] and self._believable(duration):
            raise Refused(
                "audio_too_long",
                f"The recording lasts {duration / 60:.0f} minutes; the maximum is {limits['max_duration_s'] / 60:g}. "
                "Send it in parts.",
            )

    def _conform(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Keep the rate and channels of the first frame: concatenated streams may change theirs."""
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

    def _interleaved(self, frame: av.AudioFrame) -> Interleaved:
        """A frame's samples as [n, C] float32 of full scale 1; invalid values become silence."""
        data = frame.to_ndarray()
        data = data.T if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels)
        if data.dtype == np.uint8:
            return (data.astype(np.float32) - 128) / np.float32(128)
        if data.dtype.kind == "i":
            return data.astype(np.float32) / np.float32(2 ** (8 * data.dtype.itemsize - 1))
        with np.errstate(invalid="ignore", over="ignore"):
            sane = np.abs(data) <= SANE  # False for NaN
        self.senseless += data.size - int(np.count_nonzero(sane))
        return np.where(sane, data, 0).astype(np.float32)

    def _length(self) -> int | None:
        """Length in samples, in the formats whose header states it exactly."""
        duration, name = self._stream.duration, self._name
        if not (name == "flac" or name.startswith("mov")) or not duration or duration < 0:
            return None
        assert self._first is not None
        return round(duration * self._stream.time_base * self._first.sample_rate)

    def _duration_s(self) -> float | None:
        """The container's claim; for some formats an estimate."""
        if self._stream.duration and self._stream.duration > 0:
            return float(self._stream.duration * self._stream.time_base)
        return self._declared_s

    def _believable(self, duration_s: float) -> bool:
        exact = self._name not in GUESSING
        return exact and self._source.size * 8 >= duration_s * LEAST_BIT_RATE


def _audio_of(container: av.container.InputContainer) -> Any:
    """The best audio stream of `container`. Raises Refused without one that can be decoded."""
    stream = container.streams.best("audio")
    if stream is None and not container.streams.audio:
        what = "pictures" if container.streams.video else "data"
        raise Refused("no_audio", f"The file contains {what} but no audio track. Send a file with audio.")
    context: Any = stream and stream.codec_context
    if context is None or context.codec.name not in DECODERS.split(","):
        raise Refused(
            "unsupported_media",
            "The codec of the audio track is not supported. Send it as WAV, FLAC, MP3 or M4A.",
        )
    context.thread_count = 1
    return stream


def _silence(samples: int, like: av.AudioFrame) -> Iterator[Interleaved]:
    """Silence of so many samples, about a second at a time, with the channels of `like`."""
    for first in range(0, samples, like.sample_rate):
        yield np.zeros((min(like.sample_rate, samples - first), like.layout.nb_channels), np.float32)
