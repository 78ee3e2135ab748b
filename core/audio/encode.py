"""Write the stems: at the source's rate, channels, length and level wherever the format can hold them."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Self

import av
import numpy as np
import numpy.typing as npt

from core.audio.decode import SourceInfo
from core.audio.downmix import DEFAULT_LAYOUTS, to_stereo
from core.audio.formats import OutputFormat, Recipe, nearest_rate, other_format
from core.audio.pcm import split
from core.audio.resample import StreamResampler
from core.audio.types import Wav
from core.digest import sha256

VOCALS, INSTRUMENTAL = "vocals", "instrumental"


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


_MUXER_OPTIONS = {
    "wav": {"rf64": "auto"},  # over 4 GB
    "ipod": {"movflags": "+faststart"},
}
_SIDE_TO_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}  # the same seats under another name


def write_stems(
    pieces: Iterable[tuple[Wav, Wav, Wav]],
    paths: Mapping[str, Path],
    output: OutputFormat,
    source: SourceInfo,
    same: bool = False,
) -> Written:
    """Write the stems named in `paths` from consecutive (mixture, vocals, masked) pieces, each [C, n].

    `vocals` is the voice as it was rendered, `masked` the one the instrumental is left by; when they are the
    same array, integer stems add up to the mixture exactly. `same`: the source's own format was asked for, so it is
    said if `output` is another. Memory does not grow with the track.
    """
    recipe = output.recipe
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
        notes = [other_format(output, source)] if same else []
        notes += [f"{limited} samples beyond full scale limited to it"] if limited else []
        files = [writer.finish(stem, notes) for stem, writer in writers.items()]
    return Written(files, float(10 * np.log10(error / power)) if error and power else None)


class _Writer:
    """One stem's file."""

    def __init__(self, path: Path, output: OutputFormat, bits: int | None, source: SourceInfo) -> None:
        recipe = output.recipe
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

    def finish(self, stem: str, notes: list[str]) -> StemFile:
        """Close the file and describe it; `notes` join what `converted` says."""
        if not self._output.lossless:
            self._encode(self._resampler.finish())
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return StemFile(
            stem=stem,
            path=self._path,
            format=self._output,
            bytes=self._path.stat().st_size,
            sha256=sha256(self._path),
            sample_rate=self._rate,
            channels=self._channels,
            samples=self._position,
            bits=self._bits,
            converted="; ".join(filter(None, [*self._conversions(), *notes])) or None,
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


def _layout_for(source: SourceInfo, recipe: Recipe) -> str:
    """The layout that the file gets: the source's where the format can name it, else stereo."""
    if recipe.layouts is None:
        return source.layout
    layout = _SIDE_TO_BACK.get(source.layout, source.layout)
    if layout in recipe.layouts:
        return layout
    return DEFAULT_LAYOUTS[min(source.channels, 2)]
