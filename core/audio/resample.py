"""Sample rate conversion with libsoxr: one streaming resampler per track, so that neighbouring chunks agree.

libsoxr yields the same samples for any division of the input into blocks; tests verify it.
"""

import numpy as np
import soxr

from core.audio.types import Wav

QUALITY = "HQ"  # 20 bit: its noise is below the resolution of 16-bit sources and the model


def scaled_length(samples: int, rate_in: int, rate_out: int) -> int:
    """Length at `rate_out` of `samples` at `rate_in`: the fewest samples that cover the same time."""
    return -(-samples * rate_out // rate_in)


class StreamResampler:
    """Resamples blocks [C, n]; in all it returns `scaled_length` of its input."""

    def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
        self._rates = (rate_in, rate_out)
        self._channels = channels
        self._fed = 0
        self._emitted = 0
        self._stream = (
            None
            if rate_in == rate_out
            else soxr.ResampleStream(rate_in, rate_out, channels, dtype="float32", quality=QUALITY)
        )

    def process(self, wav: Wav) -> Wav:
        """Feed a block [C, n]; returns the available output [C, m] with m >= 0 (the filter holds some back)."""
        self._fed += wav.shape[1]
        if self._stream is None:
            self._emitted = self._fed
            return wav
        return self._run(wav, last=False)

    def finish(self) -> Wav:
        """The rest of the track [C, m]. The resampler cannot be used afterwards."""
        target = scaled_length(self._fed, *self._rates) - self._emitted
        rest = self._run(np.zeros((self._channels, 0), np.float32), last=True) if self._stream else None
        if rest is None:
            return np.zeros((self._channels, 0), np.float32)
        return fit(rest, target)

    def _run(self, wav: Wav, last: bool) -> Wav:
        assert self._stream is not None
        interleaved = np.ascontiguousarray(wav.T, dtype=np.float32)
        if self._channels == 1:
            out = self._stream.resample_chunk(interleaved[:, 0], last=last)[:, None]
        else:
            out = self._stream.resample_chunk(interleaved, last=last)
        if not last:
            self._emitted += len(out)
        return np.ascontiguousarray(out.T, dtype=np.float32)


def resample(wav: Wav, rate_in: int, rate_out: int, length: int | None = None) -> Wav:
    """Resample a whole wav [C, n] to [C, length]; `length` defaults to `scaled_length(n)`."""
    resampler = StreamResampler(rate_in, rate_out, wav.shape[0])
    out = np.concatenate([resampler.process(wav), resampler.finish()], axis=1)
    return out if length is None else fit(out, length)


def fit(wav: Wav, length: int) -> Wav:
    """Cut `wav` [C, n] to [C, length], or pad it with silence."""
    if wav.shape[1] >= length:
        return wav[:, :length]
    return np.pad(wav, ((0, 0), (0, length - wav.shape[1])))
