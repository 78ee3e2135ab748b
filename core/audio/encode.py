"""Write the stems at the source's rate, channels, length and level, as far as the format supports them."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.audio.decode import SourceInfo
from core.audio.formats import OutputFormat, other_format
from core.audio.stem_file import StemFile, StemWriter
from core.audio.stems import Parts
from core.audio.types import Pcm, Wav
from core.errors import SeparationFailed


class Written(NamedTuple):
    """The files, their null error, and sentences for the recipient.

    `null_error_db` is the energy of the sum of all the model's stems minus the mixture, relative to the mixture, before
    encoding (a lossy codec adds noise); None when the sum is exact.
    """

    files: list[StemFile]
    null_error_db: float | None
    warnings: list[str]


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
            stem: stack.enter_context(StemWriter(stem, path, output, bits if output.lossless else None, source, cover))
            for stem, path in paths.items()
        }
        for piece in pieces:
            for part in _seconds(piece, source.sample_rate):  # so that the encoders run in parallel
                stems = _stems(part, paths, output, bits, total)
                for stem, writer in writers.items():
                    writer.write(stems[stem])
        notes = [other_format(output, source)] if same else []
        notes += [f"{total.limited} samples beyond full scale clipped"] if total.limited else []
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
        summary = f"{self.limited} samples exceeded full scale by up to {beyond:.1f} dB and were clipped"
        return [f"{summary}; the format wav32f keeps them."]


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
    parts: Parts, requested: Iterable[str], output: OutputFormat, bits: int, total: _Total
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
            floats = {name: floats[name] for name in dict.fromkeys((*parts.names, *requested))}
            total.count_limited(*floats.values())
            floats = {name: np.clip(wav, -1, 1) for name, wav in floats.items()}
        whole = sum(floats[name].astype(np.float64) for name in parts.names)
        stems.update(floats)
    total.error += float(np.sum((whole - mixture) ** 2))
    total.power += float(np.sum(mixture.astype(np.float64) ** 2))
    return stems
