"""The level at which the model hears: training and inference must agree on it."""

import numpy as np

from core.audio.types import Wav

MOST_GAIN = 1000.0


def rms(wav: Wav) -> float:
    """Root mean square of any array of samples."""
    return float(np.sqrt(np.mean(np.square(wav, dtype=np.float64))))


def normalising_gain(mixture: Wav, level: float) -> float:
    """What brings a mixture to `level` RMS (core.codec.base.Codec.level); quiet ones are raised by at most 60 dB."""
    return level / max(rms(mixture), level / MOST_GAIN)
