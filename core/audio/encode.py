"""Write the stems: at the source's rate, channels, length and level wherever the format can hold them."""

import contextlib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Self

import av
import numpy as np
import numpy.typing as npt

from core.audio.decode import SourceInfo
from core.audio.downmix import DEFAULT_LAYOUTS, to_stereo
from core.audio.pcm import split
from core.audio.resample import StreamResampler
from core.audio.types import Wav

VOCALS, INSTRUMENTAL = "vocals", "instrumental"


class OutputFormat(StrEnum):
    WAV16 = "wav16"
    WAV24 = "wav24"
    WAV32F = "wav32f"
    FLAC = "flac"
    MP3 = "mp3"
    M4A = "m4a"
    OPUS = "opus"

    @property
    def extension(self) -> str:
        return _RECIPES[self].extension

    @property
    def content_type(self) -> str:
        return _RECIPES[self].content_type

    @property
    def lossless(self) -> bool:
        return _RECIPES[self].layouts is None


def choose_format(name: str, source: SourceInfo) -> OutputFormat:
    """The format that `name` asks for; "auto" is FLAC, unless the source has more channels than it can hold.

    Raises:
        ValueError: no such format.
    """
    if name == "auto":
        return OutputFormat.FLAC if source.channels <= 8 else OutputFormat.WAV24
    return OutputFormat(name)


@dataclass(frozen=True)
class StemFile:
    """A finished file.

    `samples` (per channel) and `sample_rate` are the file's; `bits` is None for lossy formats, 32 for float.
    `converted` says in words what the format could not keep of the source, if anything.
    """

    stem: str
    path: Path
    format: OutputFormat
    bytes: int
    sha256: str
    sample_rate: int
    channels: int
    samples: int
    bits: int | None
    converted: str | None


class Written(NamedTuple):
    """The files, and how well they add up.

    `null_error_db` is the energy of vocals + instrumental - mixture relative to the mixture, as the samples
    enter the encoder (a lossy codec adds its own noise); None when they add up exactly.
    """

    files: list[StemFile]
    null_error_db: float | None


@dataclass(frozen=True)
class _Recipe:
    extension: str
    content_type: str
    muxer: str
    codec: str
    sample_format: str | None = None  # None: by the number of bits
    bits: int | None = None
    rates: tuple[int, ...] | None = None  # those the format holds; None: any
    layouts: tuple[str, ...] | None = None
    bit_rate: int | None = None  # per channel


_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_RECIPES = {
    OutputFormat.WAV16: _Recipe("wav", "audio/wav", "wav", "pcm_s16le", bits=16),
    OutputFormat.WAV24: _Recipe("wav", "audio/wav", "wav", "pcm_s24le", bits=24),
    OutputFormat.WAV32F: _Recipe("wav", "audio/wav", "wav", "pcm_f32le", "flt", bits=32),
    OutputFormat.FLAC: _Recipe("flac", "audio/flac", "flac", "flac"),
    OutputFormat.MP3: _Recipe(
        "mp3", "audio/mpeg", "mp3", "libmp3lame", "fltp", rates=_MP3_RATES, layouts=("mono", "stereo")
    ),
    OutputFormat.M4A: _Recipe(
        "m4a", "audio/mp4", "ipod", "aac", "fltp",
        rates=(*_MP3_RATES, 64000, 88200, 96000),
        layouts=("mono", "stereo", "3.0", "4.0", "5.0", "5.1"),
        bit_rate=128_000,
    ),
    OutputFormat.OPUS: _Recipe(
        "opus", "audio/ogg", "opus", "libopus", "flt",
        rates=(48000,),
        layouts=("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"),
        bit_rate=96_000,
    ),
}  # fmt: skip
_MUXER_OPTIONS = {
    "wav": {"rf64": "auto"},  # over 4 GB
    "ipod": {"movflags": "+faststart"},
}
_SIDE_TO_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}  # the same seats under another name


def nearest_rate(rate: int, allowed: Sequence[int]) -> int:
    """The allowed rate that keeps most: `rate` itself, else the lowest above it; from beyond all of them the
    highest that divides it, else the highest."""
    above = [candidate for candidate in allowed if candidate >= rate]
    if above:
        return min(above)
    return max([candidate for candidate in allowed if rate % candidate == 0] or allowed)


def write_stems(
    pieces: Iterable[tuple[Wav, Wav, Wav]],
    paths: Mapping[str, Path],
    output: OutputFormat,
    source: SourceInfo,
) -> Written:
    """Write the stems named in `paths` from consecutive (mixture, vocals, masked) pieces, each [C, n].

    `vocals` is the voice as it was rendered, `masked` the one the instrumental is left by; when they are the
    same array, integer stems add up to the mixture exactly. Memory does not grow with the track.
    """
    recipe = _RECIPES[output]
    bits = recipe.bits or (16 if output is OutputFormat.FLAC and (source.bits or 24) <= 16 else 24)
    integer = output.lossless and output is not OutputFormat.WAV32F
    error = power = 0.0
    limited = 0
    with contextlib.ExitStack() as stack:
        writers = {
            stem: stack.enter_context(_Writer(path, output, bits if output.lossless else None, source))
            for stem, path in paths.items()
        }
        for mixture, vocals, masked in pieces:
            stems: dict[str, Any]
            if integer:
                vocals_pcm, instrumental_pcm = split(mixture, vocals, masked, bits)
                stems = {VOCALS: vocals_pcm, INSTRUMENTAL: instrumental_pcm}
                whole = (vocals_pcm + instrumental_pcm) / 2 ** (bits - 1)
                limited += int(np.count_nonzero(np.abs(mixture) > 1))
            else:
                instrumental = mixture - masked
                stems = {VOCALS: vocals, INSTRUMENTAL: instrumental}
                whole = vocals.astype(np.float64) + instrumental
            error += float(np.sum((whole - mixture) ** 2))
            power += float(np.sum(mixture.astype(np.float64) ** 2))
            for stem, writer in writers.items():
                writer.write(stems[stem])
        lost = f"{limited} samples beyond full scale limited to it" if limited else None
        files = [writer.finish(stem, lost) for stem, writer in writers.items()]
    return Written(files, float(10 * np.log10(error / power)) if error and power else None)


class _Writer:
    """One stem's file."""

    def __init__(self, path: Path, output: OutputFormat, bits: int | None, source: SourceInfo) -> None:
        recipe = _RECIPES[output]
        self._path = path.resolve()  # absolute: FFmpeg takes what precedes a colon for a protocol
        self._output, self._bits, self._source = output, bits, source
        self._layout = _layout_for(source, recipe)
        self._channels = av.AudioLayout(self._layout).nb_channels
        self._rate = nearest_rate(source.sample_rate, recipe.rates or (source.sample_rate,))
        self._format = recipe.sample_format or ("s16" if bits == 16 else "s32")
        self._resampler = StreamResampler(source.sample_rate, self._rate, self._channels)
        self._position = 0
        # movie_timescale: MP4 states the length in it, and milliseconds are not exact.
        options = {**_MUXER_OPTIONS.get(recipe.muxer, {}), "fflags": "+bitexact"}
        if recipe.muxer == "ipod":
            options["movie_timescale"] = str(self._rate)
        self._container: Any = av.open(str(self._path), "w", format=recipe.muxer, options=options)
        self._container.metadata.update(source.tags)
        self._stream: Any = self._container.add_stream(recipe.codec, rate=self._rate)
        context: Any = self._stream.codec_context
        context.layout = self._layout
        context.format = self._format
        context.time_base = Fraction(1, self._rate)
        if recipe.bit_rate:
            # 6 bits per sample and channel is the most that AAC can use.
            context.bit_rate = min(recipe.bit_rate, 6 * self._rate) * self._channels
        elif output is OutputFormat.MP3:
            context.qscale, context.global_quality = True, 0  # the best variable bit rate

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def write(self, block: npt.NDArray[Any]) -> None:
        """Append [C, n]: integers of `bits` for integer formats, else float32."""
        if block.dtype == np.int32:
            self._encode(block if self._bits == 16 else block << 8)
            return
        if self._channels != block.shape[0]:
            block = to_stereo(block, self._source.layout)
        self._encode(self._resampler.process(block))

    def finish(self, stem: str, lost: str | None) -> StemFile:
        """Close the file and describe it."""
        if not self._output.lossless:
            self._encode(self._resampler.finish())
        self._container.mux(self._stream.encode(None))
        self._container.close()
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return StemFile(
            stem=stem,
            path=self._path,
            format=self._output,
            bytes=self._path.stat().st_size,
            sha256=digest,
            sample_rate=self._rate,
            channels=self._channels,
            samples=self._position,
            bits=self._bits,
            converted="; ".join(filter(None, [*self._conversions(), lost])) or None,
        )

    def _conversions(self) -> Iterable[str]:
        source = self._source
        if self._rate != source.sample_rate:
            yield f"resampled from {source.sample_rate} to {self._rate} Hz"
        if self._channels != source.channels:
            yield f"mixed down from {source.channels} channels to stereo"
        if self._bits and (source.bits or 0) > self._bits:
            yield f"rounded from {source.bits} to {self._bits} bits"

    def _encode(self, block: npt.NDArray[Any]) -> None:
        for first in range(0, block.shape[1], self._rate):
            part = block[:, first : first + self._rate]
            if self._format == "s16":
                part = part.astype(np.int16)
            if not self._format.endswith("p"):
                part = part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), self._format, self._layout)
            frame.sample_rate = self._rate
            frame.pts = self._position
            frame.time_base = Fraction(1, self._rate)
            self._position += frame.samples
            self._container.mux(self._stream.encode(frame))


def _layout_for(source: SourceInfo, recipe: _Recipe) -> str:
    """The layout that the file gets: the source's where the format can name it, else stereo."""
    if recipe.layouts is None:
        return source.layout
    layout = _SIDE_TO_BACK.get(source.layout, source.layout)
    if layout in recipe.layouts:
        return layout
    return DEFAULT_LAYOUTS[min(source.channels, 2)]
