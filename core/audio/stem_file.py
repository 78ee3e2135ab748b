"""The file of one stem."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt

from core.audio.decode import SourceInfo
from core.audio.downmix import DEFAULT_LAYOUTS, to_stereo
from core.audio.encoder import Encoder, Encoding
from core.audio.formats import OutputFormat, Recipe, nearest_rate
from core.audio.resample import StreamResampler
from core.audio.tags import written
from core.digest import sha256


@dataclass(frozen=True)
class StemFile:
    """A finished file.

    `samples` (per channel) and `sample_rate` are the file's; `bits` is None for lossy formats, 32 for float.
    `converted` names the properties of the source that the format could not keep, if any.
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


_MUXER_OPTIONS = {
    "wav": {"rf64": "auto"},  # over 4 GB
    "ipod": {"movflags": "+faststart"},
}
_SIDE_TO_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}  # the same layout under another name


class StemWriter:
    """The file of one stem while it is written; a context manager."""

    def __init__(
        self, stem: str, path: Path, output: OutputFormat, bits: int | None, source: SourceInfo, cover: bytes | None
    ) -> None:
        recipe = output.recipe
        self._stem, self._path, self._output, self._bits, self._source = stem, path, output, bits, source
        layout = _layout_for(source, recipe)
        self._channels = av.AudioLayout(layout).nb_channels
        self._rate = nearest_rate(source.sample_rate, recipe.rates or (source.sample_rate,))
        self._resampler = StreamResampler(source.sample_rate, self._rate, self._channels)
        self._samples = 0
        options = {**_MUXER_OPTIONS.get(recipe.muxer, {}), "fflags": "+bitexact"}
        if recipe.muxer == "ipod":
            # MP4 states the length in its header, and milliseconds are not exact.
            options["movie_timescale"] = str(self._rate)
        muxer, cover = recipe.muxer, None if recipe.muxer == "wav" else cover
        if cover and muxer == "ipod":  # the same container, but FFmpeg writes no picture into the first
            muxer, options["brand"] = "mp4", "M4A "
        # 6 bits per sample and channel is the most that AAC can use.
        bit_rate = recipe.bit_rate and min(recipe.bit_rate, 6 * self._rate) * self._channels
        encoding = Encoding(
            muxer=muxer,
            options=options,
            codec=recipe.codec,
            rate=self._rate,
            layout=layout,
            channels=self._channels,
            format=recipe.sample_format or ("s16" if bits == 16 else "s32"),
            bit_rate=bit_rate,
            best_quality=output is OutputFormat.MP3,
            tags=written(source.tags, stem, recipe.muxer),
        )
        self._encoder = Encoder(path, encoding, cover or b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoder.close()

    def write(self, block: npt.NDArray[Any]) -> None:
        """Append [C, n]: integers of `bits` for integer formats, else float32."""
        if block.dtype == np.int32:
            self._encode(block if self._bits == 16 else block << 8)
            return
        if self._channels != block.shape[0]:
            block = to_stereo(block, self._source.layout)
        self._encode(self._resampler.process(block))

    def finish(self, notes: list[str]) -> StemFile:
        """Close the file and describe it; `notes` are added to `converted`."""
        if not self._output.lossless:
            self._encode(self._resampler.finish())
        self._encoder.finish()
        return StemFile(
            stem=self._stem,
            path=self._path,
            format=self._output,
            bytes=self._path.stat().st_size,
            sha256=sha256(self._path),
            sample_rate=self._rate,
            channels=self._channels,
            samples=self._samples,
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
        self._samples += block.shape[1]
        self._encoder.write(block)


def _layout_for(source: SourceInfo, recipe: Recipe) -> str:
    """The layout of the file: the source's if the format can name it, else stereo."""
    if recipe.layouts is None:
        return source.layout
    layout = _SIDE_TO_BACK.get(source.layout, source.layout)
    if layout in recipe.layouts:
        return layout
    return DEFAULT_LAYOUTS[min(source.channels, 2)]
