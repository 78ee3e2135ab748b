"""The output formats, and the choice of one for a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.audio.decode import SourceInfo


class OutputFormat(StrEnum):
    WAV16 = "wav16"
    WAV24 = "wav24"
    WAV32F = "wav32f"
    FLAC = "flac"
    MP3 = "mp3"
    M4A = "m4a"
    OPUS = "opus"

    @property
    def recipe(self) -> "Recipe":
        return _RECIPES[self]

    @property
    def extension(self) -> str:
        return self.recipe.extension

    @property
    def content_type(self) -> str:
        return self.recipe.content_type

    @property
    def lossless(self) -> bool:
        return self.recipe.layouts is None

    @property
    def integer(self) -> bool:
        return self.lossless and self is not OutputFormat.WAV32F


@dataclass(frozen=True)
class Recipe:
    """How FFmpeg writes a format. `containers` are its names of the files of the same kind."""

    extension: str
    content_type: str
    muxer: str
    codec: str
    containers: frozenset[str]
    sample_format: str | None = None  # None: by the number of bits
    bits: int | None = None
    rates: tuple[int, ...] | None = None  # those of the format; None: any
    layouts: tuple[str, ...] | None = None
    bit_rate: int | None = None  # per channel


_WAV = frozenset({"wav", "w64"})
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_RECIPES = {
    OutputFormat.WAV16: Recipe("wav", "audio/wav", "wav", "pcm_s16le", _WAV, bits=16),
    OutputFormat.WAV24: Recipe("wav", "audio/wav", "wav", "pcm_s24le", _WAV, bits=24),
    OutputFormat.WAV32F: Recipe("wav", "audio/wav", "wav", "pcm_f32le", _WAV, "flt", bits=32),
    OutputFormat.FLAC: Recipe("flac", "audio/flac", "flac", "flac", frozenset({"flac"})),
    OutputFormat.MP3: Recipe(
        "mp3", "audio/mpeg", "mp3", "libmp3lame", frozenset({"mp3"}), "fltp",
        rates=_MP3_RATES,
        layouts=("mono", "stereo"),
    ),
    OutputFormat.M4A: Recipe(
        "m4a", "audio/mp4", "ipod", "aac", frozenset({"mov,mp4,m4a,3gp,3g2,mj2"}), "fltp",
        rates=(*_MP3_RATES, 64000, 88200, 96000),
        layouts=("mono", "stereo", "3.0", "4.0", "5.0", "5.1"),
        bit_rate=128_000,
    ),
    OutputFormat.OPUS: Recipe(
        "opus", "audio/ogg", "opus", "libopus", frozenset({"ogg"}), "flt",
        rates=(48000,),
        layouts=("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"),
        bit_rate=96_000,
    ),
}  # fmt: skip
# The lossy output codecs, and for each other codec the most similar and compatible one.
_LOSSY = {
    "mp3": OutputFormat.MP3, "aac": OutputFormat.M4A, "opus": OutputFormat.OPUS,
    "vorbis": OutputFormat.OPUS, "ac3": OutputFormat.M4A, "eac3": OutputFormat.M4A,
    "aac_latm": OutputFormat.M4A, "dts": OutputFormat.M4A,
    "wmav1": OutputFormat.M4A, "wmav2": OutputFormat.M4A, "wmapro": OutputFormat.M4A,
}  # fmt: skip


def choose_format(name: str, source: SourceInfo) -> OutputFormat:
    """The output format of `name`. "auto" is FLAC, unless the source has too many channels for it; "same" is the
    source's format, or the most similar output format.

    Raises:
        ValueError: no such format.
    """
    if name == "same" and not source.lossless:
        return _LOSSY.get(source.codec, OutputFormat.MP3)
    if name == "same" and source.codec.startswith("pcm_"):
        if source.is_float:
            return OutputFormat.WAV32F
        return OutputFormat.WAV16 if (source.bits or 16) <= 16 else OutputFormat.WAV24
    if name in ("same", "auto"):
        return OutputFormat.FLAC if source.channels <= 8 else OutputFormat.WAV24
    return OutputFormat(name)


def other_format(output: OutputFormat, source: SourceInfo) -> str:
    """How `output` differs from the source's kind, in words; "" if equal."""
    codec = _family(source.codec)
    if codec != _family(output.recipe.codec):
        return f"written as {output}: {codec} output is not supported"
    if source.container not in output.recipe.containers:
        container = source.container.split(",")[0]
        return f"written to a .{output.extension} file: {container} output is not supported"
    return ""


def nearest_rate(rate: int, allowed: Sequence[int]) -> int:
    """The allowed rate that preserves most: `rate` itself, else the lowest above it; above all of them the highest that
    divides it, else the highest."""
    above = [candidate for candidate in allowed if candidate >= rate]
    if above:
        return min(above)
    return max([candidate for candidate in allowed if rate % candidate == 0] or allowed)


def _family(codec: str) -> str:
    """One name for a codec with several names in FFmpeg."""
    return "PCM" if codec.startswith("pcm_") else codec.removeprefix("lib").replace("mp3lame", "mp3")
