"""Holes and residue: shares of time-frequency cells with missing and with foreign energy.

A cell is one of 40 mel bands (about a critical band each) in one frame of 1024 samples, hop 512: 43 ms at 24 kHz.
"""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from lab.evaluation.metrics import is_silent, mono_mean
from lab.evaluation.spectra import Floats, mel_filters, power

LENGTH, HOP, BANDS = 1024, 512, 40
GAP_DB = 20.0  # level difference from which a cell counts as a hole or as residue
BAND_RANGE_DB = 40.0  # audible cells are at most this far below the loudest cell of the band ...
RANGE_DB = 60.0  # ... and at most this far below the loudest cell of all
MASKING_DB = 6.0  # noise masks tones of its critical band below about this far under its level


@dataclass(frozen=True)
class CellErrors:
    """Shares of cells in percent, 0 to 100; lower is better. holes: None if the source is never audible."""

    holes: float | None
    residue: float


def cell_errors(reference: ArrayLike, estimate: ArrayLike, rest: ArrayLike, rate: int) -> CellErrors | None:
    """Compare the mono means of signals `[C, n]` or `[n]` of equal length at `rate`; None for a silent reference.

    holes    Share of the cells with an audible reference in which the estimate is more than 20 dB below it. Audible:
             within 40 dB of its loudest cell of the band, within 60 dB of its loudest cell, and not masked, that is not
             more than 6 dB below `rest`, the other sources (noise masking a tone: offset of 5.5 dB in the models of
             ISO/IEC 11172-3).
    residue  Share of all cells in which the estimate is audible and the reference more than 20 dB below it. The same
             levels of the reference define audibility, without masking, because stems are heard alone.
    """
    if is_silent(reference):
        return None
    filters = mel_filters(rate, LENGTH, BANDS)
    true, guess, masker = (_cells(signal, filters) for signal in (reference, estimate, rest))
    gap = 10 ** (-GAP_DB / 10)
    floor = true.max(axis=0) * 10 ** (-BAND_RANGE_DB / 10)
    floor = floor.clip(min=true.max() * 10 ** (-RANGE_DB / 10))
    audible = (true > floor) & (true > masker * 10 ** (-MASKING_DB / 10))
    foreign = (guess > floor) & (true < guess * gap)
    holes = 100 * float((guess[audible] < true[audible] * gap).mean()) if audible.any() else None
    return CellErrors(holes, 100 * float(foreign.mean()))


def _cells(signal: ArrayLike, filters: Floats) -> Floats:
    """Power `[F, BANDS]`."""
    cells: Floats = power(mono_mean(signal), LENGTH, HOP) @ filters.T
    return cells
