"""The input level of the model: training and inference must agree on it."""

import numpy as np

from core.audio.types import Wav

MAX_GAIN = 1000.0


def chunk_long(wavs: Wav, samples: int) -> Wav:
    """Extends `[C, m]` to a whole chunk `[C, samples]`: a part beyond the track's end is mirrored
    (lab/notes/0017-reflection-padding.md)."""
    there_and_back = np.concatenate([wavs, wavs[:, ::-1]], axis=1)
    return np.stack([np.resize(wav, samples) for wav in there_and_back])


def rms(wav: Wav) -> float:
    """Root mean square of any array of samples."""
    return float(np.sqrt(np.mean(np.square(wav, dtype=np.float64))))


def without_offset(wav: Wav) -> Wav:
    """`[C, n]` minus the mean of each channel: a DC offset is inaudible, but would count in the level."""
    return np.asarray(wav - wav.mean(axis=-1, keepdims=True), np.float32)


def normalising_gain(mixture: Wav, level: float) -> float:
    """The gain that brings a mixture to `level` RMS (core.codec.base.Codec.level); quiet ones are raised by at most 60
    dB."""
    return level / max(rms(mixture), level / MAX_GAIN)
