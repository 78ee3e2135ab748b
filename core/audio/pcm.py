"""Conversion between floats and integers."""

import numpy as np

from core.audio.types import Pcm, Wav


def quantise(wav: Wav, bits: int) -> Pcm:
    """Round [C, n] to integers of `bits` bits, clipped to full scale.

    Exact for sources of at most `bits` (and 24) bits.
    """
    scaled = np.rint(np.clip(wav, -1, 1) * np.float32(2 ** (bits - 1)))
    return np.clip(scaled, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(np.int32)


def dequantise(pcm: Pcm, bits: int) -> Wav:
    """Integers of `bits` <= 24 bits as floats, exactly."""
    return pcm.astype(np.float32) / np.float32(2 ** (bits - 1))
