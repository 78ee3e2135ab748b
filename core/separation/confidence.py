"""Confidence: how likely the vocals are close to the true voice, from the masks alone.

Of the masks m on the mixture M in a second, in all channels:

    vocals     sum(m^2 |M|^2)            their energy
    error      sum(m (1 - m) |M|^2)      its expectation, as for a Wiener filter: the variance that the masks leave

Their ratio in dB is the SDR that the masks expect of themselves. It is the certainty c of core/separation/render.py on
another scale, c / (1 - c). The model's card maps it to the probability of an SDR of at least BOUND_DB (core.card), and
the confidence of a segment is the mean over its seconds: the expected share of those that are so good. Samples of the
generator predict the error no better (lab/notes/0033-confidence.md).

Silent vocals have nothing to judge: those FAINT of the mixture, or below SILENT.
"""

from collections.abc import Sequence

import numpy as np

from core.audio.chunks import FRAME_RATE
from core.audio.playlist import SEGMENT_FRAMES
from core.audio.types import Wav
from core.card import Confidence
from core.separation.render import hop_length

SECONDS = 3  # of 16/15 s, in a segment of 3.2 s
SECOND_S = SEGMENT_FRAMES / SECONDS / FRAME_RATE
FAINT = 1e-3  # energy relative to the mixture's
SILENT = 1e-7  # mean square of samples: -70 dBFS
TINY = 1e-6


def expected_sdr(sums: Wav, rate: int, samples: int) -> list[float | None]:
    """The expected SDR in dB of each second of a chunk of `samples`; None where its vocals are silent.

    sums: `[3, frames]` at `rate`, of core.separation.render.Renderings.
    """
    hop = hop_length(rate)
    centres = (np.arange(sums.shape[1]) - 2) * hop
    inside = (centres >= 0) & (centres < samples)
    places = (centres[inside] / (SECOND_S * rate)).astype(int)
    vocals, passed, mixture = (np.bincount(places, row[inside]) for row in sums)
    least = SILENT * 3 * hop**2 * np.bincount(places)  # the energy of a frame's spectrum is 3 hop^2 mean squares
    return [
        None if vocal <= max(FAINT * whole, silence) else float(10 * np.log10(vocal / max(all_ - vocal, TINY * vocal)))
        for vocal, all_, whole, silence in zip(vocals, passed, mixture, least, strict=True)
    ]


def by_segment(expected: Sequence[float | None], curve: Confidence) -> tuple[float | None, ...]:
    """The confidence of each segment of a chunk; None where its vocals are silent."""
    starts = range(0, len(expected), SECONDS)
    return tuple(_mean(expected[start : start + SECONDS], curve) for start in starts)


def _mean(expected: Sequence[float | None], curve: Confidence) -> float | None:
    known = [curve.probability(db) for db in expected if db is not None]
    return round(sum(known) / len(known), 2) if known else None
