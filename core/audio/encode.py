"""Write the stems at the source's rate, channels, length and level, as far as the format supports them."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import av
import numpy as np
import numpy.typing as npt

from core.audio.decode import SourceInfo
from core.audio.downmix import DEFAULT_LAYOUTS, to_stereo
from core.audio.encoder import Encoder, Encoding
from core.audio.formats import OutputFormat, Recipe, nearest_rate, other_format
from core.audio.resample import StreamResampler
from core.audio.stems import Parts
from core.audio.tags import written
from core.audio.types import Pcm, Wav
from core.digest import sha256
from core.errors import SeparationFailed


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


class Written(NamedTuple):
    """The files, their null error, and sentences for the recipient.

    `null_error_db` is the energy of the sum of all the model's stems minus the mixture, relative to the mixture, before
    encoding (a lossy codec adds noise); None when the sum is exact.
    """

    files: list[StemFile]
    null_error_db: float | None
    warnings: list[str]


_MUXER_OPTIONS = {
    "wav": {"rf64": "auto"},  # over 4 GB
    "ipod": {"movflags": "+faststart"},
}
_SIDE_TO_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}  # the same layout under another name


def write_stems(
    pieces: Iterable[Parts],
    paths: Mapping[str, Path],
    output: OutputFormat,
    source: SourceInfo,
    same: bool = False,
    cover: bytes | None = None,
) -> Written:
    """Write the stems named in `paths` from consecutive pieces.

    Integer stems sum to the mixture exactly unless the vocals are generated. `same`: the source's format was requested,
    so a different `output` is reported. `cover`: a picture for every format but WAV. Memory does not grow with the
    track.

    Raises:
        SeparationFailed: a piece has non-finite values.
        EncodingFailed: the encoder rejects these samples, or crashes.
        OSError: the files cannot be written.
    """
    recipe = output.recipe
    bits = recipe.bits or (16 if output is OutputFormat.FLAC and (source.bits or 24) <= 16 else 24)
    total = _Total()
    with contextlib.ExitStack() as stack:
        writers = {
            stem: stack.enter_context(_Writer(stem, path, output, bits if output.lossless else None, source, cover))
            for stem, path in paths.items()
        }
        for piece in pieces:
            for part in _seconds(piece, source.sample_rate):  # so that the encoders run in parallel
                stems = _stems(part, paths, output, bits, total)
                for stem, writer in writers.items():
                    writer.write(stems[stem])
        notes = [other_format(output, source)] if same else []
        notes += [f"{total.limited} samples beyond full scale limited to it"] if total.limited else []
        files = [writer.finish(notes) for writer in writers.values()]
    return Written(files, total.null_error_db, total.warnings)


@dataclass
class _Total:
    """Sums over all pieces: energies, the number of clipped samples, and the largest of them."""

    error: float = 0.0
    power: float = 0.0
    limited: int = 0
    peak: float = 1.0

    def count_limited(self, *wavs: Wav) -> None:
        for wav in wavs:
            size = np.abs(wav)
            self.limited += int(np.count_nonzero(size > 1))
            self.peak = max(self.peak, float(size.max(initial=0)))

    @property
    def null_error_db(self) -> float | None:
        return float(10 * np.log10(self.error / self.power)) if self.error and self.power else None

    @property
    def warnings(self) -> list[str]:
        if not self.limited:
            return []
        beyond = 20 * np.log10(self.peak)
        words = f"{self.limited} samples lay beyond full scale, by up to {beyond:.1f} dB, and were limited to it"
        return [f"{words}; the format wav32f keeps them."]


def _seconds(piece: Parts, rate: int) -> Iterator[Parts]:
    """`piece` second by second.

    Raises:
        SeparationFailed: it has non-finite values.
    """
    if not all(np.isfinite(wav).all() for wav in piece.wavs):
        raise SeparationFailed("Part of the separated voice has invalid samples.")
    for first in range(0, piece.mixture.shape[1], rate):
        yield piece.between(first, first + rate)


def _stems(
    parts: Parts, asked: Iterable[str], output: OutputFormat, bits: int, total: _Total
) -> Mapping[str, Wav | Pcm]:
    """The stems as encoder input: integers of `bits`, or floats; only 32-bit floats exceed full scale."""
    mixture, stems = parts.mixture, dict[str, Wav | Pcm]()
    if output.integer:
        stems.update(parts.integers(bits))
        whole = sum(stems[name] for name in parts.names) / 2 ** (bits - 1)
        total.count_limited(mixture)
    else:
        floats = parts.floats()
        if not output.lossless:
            floats = {name: floats[name] for name in dict.fromkeys((*parts.names, *asked))}
            total.count_limited(*floats.values())
            floats = {name: np.clip(wav, -1, 1) for name, wav in floats.items()}
        whole = sum(floats[name].astype(np.float64) for name in parts.names)
        stems.update(floats)
    total.error += float(np.sum((whole - mixture) ** 2))
    total.power += float(np.sum(mixture.astype(np.float64) ** 2))
    return stems


class _Writer:
    """One stem's file."""

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
