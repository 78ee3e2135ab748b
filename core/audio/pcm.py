"""Between floats and integers, and the exact division of a mixture into two stems."""

import numpy as np

from core.audio.types import Pcm, Wav


def quantise(wav: Wav, bits: int) -> Pcm:
    """Round [C, n] to integers of `bits` bits; what lies beyond full scale is limited to it.

    Exact for sources of at most `bits` (and 24) bits: their samples come back as they were.
    """
    scaled = np.rint(wav * np.float32(2 ** (bits - 1)))
    return np.clip(scaled, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(np.int32)


def dequantise(pcm: Pcm, bits: int) -> Wav:
    """Integers of `bits` <= 24 bits as floats, exactly."""
    return pcm.astype(np.float32) / np.float32(2 ** (bits - 1))


def split(mixture: Wav, vocals: Wav, masked: Wav, bits: int) -> tuple[Pcm, Pcm]:
    """Integer stems (vocals, instrumental), each [C, n], of a mixture [C, n].

    instrumental = mixture - masked in integers, after `masked` is limited so that the difference fits `bits`.
    When `vocals` is `masked`, vocals + instrumental equals the quantised mixture exactly.
    """
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    whole = quantise(mixture, bits)
    part = quantise(masked, bits)
    part = np.clip(part, np.maximum(lowest, whole - highest), np.minimum(highest, whole - lowest))
    return part if vocals is masked else quantise(vocals, bits), whole - part
