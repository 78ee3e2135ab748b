"""The level at which the model hears: training and inference must agree on it."""

import numpy as np

from core.audio.types import Wav

MOST_GAIN = 1000.0


def chunk_long(wavs: Wav, samples: int) -> Wav:
    """`[C, m]` as a whole chunk `[C, samples]`: one that the track does not fill goes on mirrored
    (lab/notes/0017-reflection-padding.md)."""
    there_and_back = np.concatenate([wavs, wavs[:, ::-1]], axis=1)
    return np.stack([np.resize(wav, samples) for wav in there_and_back])


def rms(wav: Wav) -> float:
    """Root mean square of any array of samples."""
    return float(np.sqrt(np.mean(np.square(wav, dtype=np.float64))))


def without_offset(wav: Wav) -> Wav:
    """`[C, n]` less the mean of each channel: a DC offset is no sound, and would count in the level."""
    return np.asarray(wav - wav.mean(axis=-1, keepdims=True), np.float32)


def normalising_gain(mixture: Wav, level: float) -> float:
    """What brings a mixture to `level` RMS (core.codec.base.Codec.level); quiet ones are raised by at most 60 dB."""
    return level / max(rms(mixture), level / MOST_GAIN)
