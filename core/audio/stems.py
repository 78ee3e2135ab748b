"""From the output of a model to the stems of a song, which sum to the song.

A model separates every stem but its last, which is the remainder: the instrumental of a model for vocals, `other` of
one for four stems. Every model also has an `instrumental`, the mixture minus the vocals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from core.audio.pcm import quantise
from core.audio.types import Pcm, Wav
from core.card import INSTRUMENTAL, VOCALS

MASKED = "masked"  # the stored name of the separated vocals where `vocals` are the generated ones


@dataclass(frozen=True)
class Parts:
    """An excerpt of a song, `[C, n]` each.

    separated: the model's stems but the last, in its order. rest: the name of the last. generated: generated vocals
    that replace the separated ones; the other stems derive from the separated ones.
    """

    mixture: Wav
    separated: dict[str, Wav]
    rest: str = INSTRUMENTAL
    generated: Wav | None = None

    @classmethod
    def of(cls, arrays: Mapping[str, Wav], stems: Sequence[str]) -> Self:
        """From `mixture` and stored arrays (core.separation.request.ChunkResult.arrays) of a model with these stems."""
        separated = {stem: arrays[stem] for stem in stems[:-1]}
        generated = None
        if MASKED in arrays:
            generated, separated[VOCALS] = separated[VOCALS], arrays[MASKED]
        return cls(arrays["mixture"], separated, stems[-1], generated)

    @property
    def names(self) -> tuple[str, ...]:
        """The model's stems, which sum to the mixture."""
        return (*self.separated, self.rest)

    @property
    def wavs(self) -> Iterator[Wav]:
        """All arrays."""
        yield self.mixture
        yield from self.separated.values()
        if self.generated is not None:
            yield self.generated

    def between(self, start: int, stop: int) -> "Parts":
        """Samples [start, stop) of it."""
        here = slice(start, stop)
        separated = {stem: wav[:, here] for stem, wav in self.separated.items()}
        generated = None if self.generated is None else self.generated[:, here]
        return Parts(self.mixture[:, here], separated, self.rest, generated)

    def integers(self, bits: int) -> dict[str, Pcm]:
        """All stems as integers. The model's stems sum to the quantised mixture exactly, as do vocals and instrumental,
        unless vocals are generated. Each is clipped where its remainder would exceed `bits`.
        """
        lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        stems: dict[str, Pcm] = {}
        whole = left = quantise(self.mixture, bits)
        for stem, wav in self.separated.items():
            part = quantise(wav, bits)
            stems[stem] = np.clip(part, np.maximum(lowest, left - highest), np.minimum(highest, left - lowest))
            left = left - stems[stem]
        stems[self.rest] = left
        stems.setdefault(INSTRUMENTAL, whole - stems[VOCALS])
        if self.generated is not None:
            stems[VOCALS] = quantise(self.generated, bits)
        return stems

    def floats(self) -> dict[str, Wav]:
        """All stems as floats."""
        left = self.mixture
        for wav in self.separated.values():
            left = left - wav
        stems = {**self.separated, self.rest: left}
        stems.setdefault(INSTRUMENTAL, self.mixture - self.separated[VOCALS])
        if self.generated is not None:
            stems[VOCALS] = self.generated
        return stems
