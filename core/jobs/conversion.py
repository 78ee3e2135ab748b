"""Conversions: finished files in other formats. Each is made on the first request, from the lossless file, and kept
as long as that."""

from collections.abc import Sequence
from typing import Literal, get_args

from pydantic import BaseModel

from core.card import Stem

Converted = Literal["mp3", "m4a", "opus"]
CONVERSIONS: tuple[Converted, ...] = get_args(Converted)

# Bits per second and channel: what the encoders aim at (core/audio/formats.py); of mp3, whose bit rate varies, the mean
# of music.
_BIT_RATES: dict[Converted, float] = {"mp3": 122_000, "m4a": 128_000, "opus": 96_000}
# The most of it per sample: at low rates there is less to encode.
_BITS_PER_SAMPLE: dict[Converted, float] = {"mp3": 2.8, "m4a": 6, "opus": 6}


class Conversion(BaseModel):
    """The result of one. `index` names its stem and format (`index_of`). `key`, `bytes` and `sha256` are of the file;
    `fault` is the reason in words if there is none."""

    index: int
    key: str | None = None
    bytes: int = 0
    sha256: str = ""
    fault: str | None = None


def index_of(stems: Sequence[Stem], stem: Stem, to: Converted) -> int:
    """The number of a conversion among those of a job with these stems."""
    return stems.index(stem) * len(CONVERSIONS) + CONVERSIONS.index(to)


def place_of(stems: Sequence[Stem], index: int) -> tuple[Stem, Converted]:
    """The stem and the format of conversion `index`."""
    place, number = divmod(index, len(CONVERSIONS))
    return stems[place], CONVERSIONS[number]


def expected_bytes(to: Converted, duration_s: float, sample_rate: int, channels: int) -> int:
    """The approximate size of the file."""
    per_channel = min(_BIT_RATES[to], _BITS_PER_SAMPLE[to] * sample_rate)
    return round(per_channel * channels * duration_s / 8)
