"""Downmix to stereo, for formats and players without more channels. Linear, so stems still sum to the mixture."""

import av
import numpy as np

from core.audio.types import Wav

# -3 dB: the share of a center or rear speaker in each side (ITU-R BS.775)
_HALF = 0.5**0.5
_GAINS = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_HALF, _HALF),
    "BL": (_HALF, 0.0),
    "BR": (0.0, _HALF),
    "SL": (_HALF, 0.0),
    "SR": (0.0, _HALF),
    "BC": (0.5, 0.5),
    "LFE": (0.0, 0.0),  # omitted, as in players
}
DEFAULT_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def to_stereo(wav: Wav, layout: str) -> Wav:
    """[C, n] in `layout` (FFmpeg's name) -> [2, n]. Gains sum to 1, so full scale is not exceeded."""
    if wav.shape[0] == 1:
        return np.repeat(wav, 2, axis=0)
    if wav.shape[0] == 2:
        return wav
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    gains = np.array([_GAINS.get(name, (0.5, 0.5)) for name in names], np.float32).T
    gains /= gains.sum(axis=1).max()
    silence = np.zeros_like(wav[0])  # a side without channels
    left, right = (sum((g * channel for g, channel in zip(side, wav, strict=True) if g), silence) for side in gains)
    return np.stack([left, right]).astype(np.float32)
