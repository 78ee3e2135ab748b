"""Open any audio or video file as a stream of samples. The decoding itself happens in `decode_process`."""

import contextlib
import json
import math
import os
import select
import signal
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from core.audio import child, picture
from core.audio.tags import MAX_COVER
from core.audio.types import Wav
from core.errors import AudioTooLong, DamagedMedia, InputError, InternalError

MAX_HEADER = 1 << 16
DAMAGED_WARNING = "Parts of the file are damaged and could not be decoded, so they are missing from the result."

SENSELESS_WARNING = (
    "samples were invalid (not a number, or more than 40 dB over full scale) and are silent in the result."
)

LATE_WARNING = "The sound begins {:.2f} s into the file; the stems begin with the same silence."
GAPS_WARNING = "The sound has gaps of {:.2f} s in total; they are filled with silence."


@dataclass(frozen=True)
class Limits:
    """Resource limits for one uploaded file.

    `max_values` bounds the samples of all channels together, and so the storage of a file that is small only because it
    is compressed: two hours in stereo at 192 kHz. `stall_s` is the maximum wait for the next samples, and `patience_s`
    the CPU time that may pass before a reasonable number of samples arrives.
    """

    max_duration_s: float = 7200.0
    max_channels: int = 8
    max_values: int = 2_800_000_000
    min_rate: int = 4000
    max_rate: int = 384_000
    memory_bytes: int = 1 << 30
    stall_s: float = 60.0
    patience_s: float = 30.0

    @property
    def cpu_s(self) -> int:
        """CPU time of the decoder: even the heaviest codec decodes ten times faster than real time."""
        return math.ceil(self.patience_s + self.max_duration_s / 10)


@dataclass(frozen=True)
class SourceInfo:
    """Properties of a file. `bits` is set for lossless integers only; `layout` and `container` are FFmpeg's names.

    `duration_s` is the container's claim, for some formats an estimate: only decoding yields the length.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    layout: str
    duration_s: float | None
    bits: int | None
    is_float: bool
    lossless: bool
    tags: dict[str, str] = field(default_factory=dict)


def probe(path: Path, limits: Limits = Limits()) -> SourceInfo:
    """The properties of the file at `path`, determined by decoding its first samples.

    Raises:
        InputError: as `open_audio`.
    """
    with open_audio(path, limits) as stream:
        return stream.info


def open_audio(path: Path, limits: Limits = Limits()) -> "PcmStream":
    """Start decoding the file at `path`; use it as a context manager and iterate over it once.

    Raises:
        UnsupportedMedia: not audio, or an unsupported format.
        NoAudio: no audio track, as in a video without sound or a picture.
        DamagedMedia: recognised, but nothing can be decoded, or not within reasonable time and memory.
        EmptyAudio: an audio track without samples.
        AudioTooLong: longer than the limit (now if the header says so, else while iterating).
        UnsupportedAudio: too many channels, or a sample rate out of range.
        InputError: the file cannot be opened.
    """
    return PcmStream(path, limits)


class PcmStream:
    """A track as float32 blocks [C, n] of about a second, with its properties in `info`.

    Encoder delay and padding are removed. `samples` counts the output so far. At the end, `warnings` has sentences for
    the sender, for example about missing parts, and `filled_s` is the silence that no track contains but the time
    stamps require: before a late track, and in gaps. `cover` is a JPEG or PNG of the file, unless it is very large.
    """

    info: SourceInfo

    def __init__(self, path: Path, limits: Limits) -> None:
        self.samples = 0
        self.warnings: list[str] = []
        self.filled_s = 0.0
        self.cover: bytes | None = None
        self._limits = limits
        self._buffer = bytearray()
        self._process = _start(path, limits)
        try:
            self.info = self._read_header()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Wav]:
        frame_bytes = 4 * self.info.channels
        block_bytes = frame_bytes * self.info.sample_rate
        rate, channels = self.info.sample_rate, self.info.channels
        most = math.floor(self._limits.max_duration_s * rate)
        fits = self._limits.max_values // channels
        while True:
            while len(self._buffer) < block_bytes and self._read_more():
                pass
            usable = min(block_bytes, len(self._buffer) - len(self._buffer) % frame_bytes)
            if not usable:
                break
            block = np.frombuffer(bytes(self._buffer[:usable]), "<f4").reshape(-1, self.info.channels)
            del self._buffer[:usable]
            self.samples += len(block)
            if self.samples > most:
                raise AudioTooLong(
                    f"The recording is longer than {self._limits.max_duration_s / 60:g} minutes, the maximum. Send "
                    "it in parts."
                )
            if self.samples > fits:
                raise AudioTooLong(
                    f"The recording has {channels} channels at {rate} Hz; the maximum at that rate is "
                    f"{fits / rate / 60:.0f} minutes. Send it in parts, or with a lower sample rate."
                )
            yield np.ascontiguousarray(block.T, dtype=np.float32)
        self._check_exit()

    def close(self) -> None:
        """Stop the decoder, if it still runs. May be repeated."""
        child.stop(self._process)

    def _read_header(self) -> SourceInfo:
        while b"\n" not in self._buffer:
            if not self._read_more() or len(self._buffer) > MAX_HEADER:
                self._check_exit()
                raise InternalError("The audio decoder did not respond.")
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        header = json.loads(line)
        if "error" in header:
            raise _error_of(header["error"])(header["message"])
        self.cover = self._read_cover(header["cover_bytes"])
        return SourceInfo(**header["info"])

    def _read_cover(self, length: int) -> bytes | None:
        if not 0 <= length <= MAX_COVER:
            raise InternalError("The audio decoder did not respond.")
        while len(self._buffer) < length and self._read_more():
            pass
        cover = bytes(self._buffer[:length])
        del self._buffer[:length]
        return cover if picture.is_whole(cover) else None

    def _read_more(self) -> bool:
        """Wait for bytes from the decoder; False at their end.

        Raises:
            DamagedMedia: none arrived in time.
        """
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        if not child.ready(pipe, select.POLLIN, self._limits.stall_s):
            raise DamagedMedia("The file takes too long to decode: it is probably damaged.")
        received = os.read(pipe, 1 << 18)
        self._buffer += received
        return bool(received)

    def _check_exit(self) -> None:
        """Check the exit of the decoder.

        Raises:
            DamagedMedia: the file crashed it, or exceeded its time or memory.
            InternalError: it was killed from outside, or did not run.
        """
        status = child.status(self._process, self._limits.stall_s)
        if status is None:
            raise InternalError("The audio decoder did not exit.")
        stderr = child.read_stderr(self._process)
        if status == 0:
            report = child.parse_report(stderr)
            self.warnings += _warnings(report)
            self.filled_s = _number(report, "late_s") + _number(report, "gaps_s")
            return
        if status in (1, 2, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
            raise InternalError(f"The audio decoder ended with status {status}: {stderr[-500:]}")
        raise DamagedMedia("Decoding the file takes too much time or memory: it is probably damaged.")


def _start(path: Path, limits: Limits) -> subprocess.Popen[bytes]:
    """Run the decoder with the file as its standard input and an empty environment."""
    arguments = json.dumps({**asdict(limits), "cpu_s": limits.cpu_s})
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise InputError(f"{path.name} cannot be opened: {error.strerror}.") from error
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise InputError(f"{path.name} is not a file.")
        return child.start("core.audio.decode_process", arguments, file, subprocess.PIPE)


def _warnings(report: dict[str, Any]) -> list[str]:
    """The decoder's report as warnings for the sender. The report may be false, but its free text is never used."""
    warnings = [DAMAGED_WARNING] if report.get("damaged") is True else []
    if senseless := _number(report, "senseless"):
        warnings.append(f"{senseless:.0f} {SENSELESS_WARNING}")
    if late_s := _number(report, "late_s"):
        warnings.append(LATE_WARNING.format(late_s))
    if gaps_s := _number(report, "gaps_s"):
        warnings.append(GAPS_WARNING.format(gaps_s))
    return warnings


def _number(report: dict[str, Any], name: str) -> float:
    """A number of the report; 0 if it is invalid."""
    number = report.get(name)
    return float(number) if isinstance(number, int | float) and 0 < number < 1e12 else 0.0


def _error_of(code: str) -> type[InputError]:
    """The error class with this code."""
    return {kind.code: kind for kind in InputError.__subclasses__()}.get(code, InputError)
