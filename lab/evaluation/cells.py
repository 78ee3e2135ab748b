"""Holes and residue: time-frequency cells in which a stem lacks what it should hold, or holds what it should lack.

A cell is one of 40 mel bands (about a critical band each) in one frame of 1024 samples, hop 512: 43 ms at 24 kHz.
"""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from lab.evaluation.metrics import is_silent, mono_mean
from lab.evaluation.spectra import Floats, mel_filters, power

LENGTH, HOP, BANDS = 1024, 512, 40
GAP_DB = 20.0  # a cell that is this much too quiet is empty; one that is this much too loud is foreign
BAND_RANGE_DB = 40.0  # audible: less than this below the source's loudest cell of the band ...
RANGE_DB = 60.0  # ... and less than this below its loudest cell of all: from loud singing down to a room's noise
MASKING_DB = 6.0  # noise masks a tone of its critical band up to about this far below its level


@dataclass(frozen=True)
class CellErrors:
    """Shares of cells in percent, 0 to 100; lower is better. `holes`: None where the source is never audible."""

    holes: float | None
    residue: float


def cell_errors(reference: ArrayLike, estimate: ArrayLike, rest: ArrayLike, rate: int) -> CellErrors | None:
    """Compares the mono means of `[C, n]` (or `[n]`) signals of equal length at `rate`; None for a silent reference.

    holes    Of the cells in which the reference is audible within the mixture, those in which the estimate is more
             than 20 dB below it. Audible: within 40 dB of its loudest cell of the band, within 60 dB of its loudest
             cell, and no more than 6 dB below `rest`, the other sources, which mask it below that (noise masking a
             tone: offset of 5.5 dB in the models of ISO/IEC 11172-3). What nobody hears in the mixture is no hole.
    residue  Of all cells, those in which the estimate is audible and the reference more than 20 dB below it. The same
             levels of the reference bound what is audible; nothing masks, because a stem is heard alone.
    """
    if is_silent(reference):
        return None
    filters = mel_filters(rate, LENGTH, BANDS)
    true, guess, masker = (_cells(signal, filters) for signal in (reference, estimate, rest))
    gap = 10 ** (-GAP_DB / 10)
    floor = true.max(axis=0) * 10 ** (-BAND_RANGE_DB / 10)
    floor = floor.clip(min=true.max() * 10 ** (-RANGE_DB / 10))
    heard = (true > floor) & (true > masker * 10 ** (-MASKING_DB / 10))
    foreign = (guess > floor) & (true < guess * gap)
    holes = 100 * float((guess[heard] < true[heard] * gap).mean()) if heard.any() else None
    return CellErrors(holes, 100 * float(foreign.mean()))


def _cells(signal: ArrayLike, filters: Floats) -> Floats:
    """Power `[F, BANDS]`."""
    cells: Floats = power(mono_mean(signal), LENGTH, HOP) @ filters.T
    return cells
