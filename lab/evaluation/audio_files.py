"""Reads and writes whole recordings as float32 `[C, n]`."""

from pathlib import Path
from typing import cast

import av
import numpy as np

from core.audio.decode import open_audio
from core.audio.resample import resample
from core.audio.types import Wav
from core.errors import InputError

AUDIO_SUFFIXES = (".wav", ".flac", ".opus", ".ogg", ".mp3", ".m4a", ".aiff")


def read_audio(path: Path, rate: int | None = None, stop_s: float | None = None) -> tuple[Wav, int]:
    """A recording `[C, n]`, at most `stop_s` seconds of it, and its sample rate in Hz; resampled to `rate` if given.

    Raises:
        InputError: as `core.audio.decode.open_audio`; the message names the file.
    """
    blocks = []
    try:
        with open_audio(path) as stream:
            native = stream.info.sample_rate
            limit = None if stop_s is None else round(stop_s * native)
            for block in stream:
                blocks.append(block)
                if limit is not None and stream.samples >= limit:
                    break
    except InputError as error:
        raise type(error)(f"{path}: {error.message}") from error
    wav = np.concatenate(blocks, axis=1)[:, :limit]
    if rate is None or rate == native:
        return wav, native
    return resample(wav, native, rate), rate


def write_audio(path: Path, wav: Wav, rate: int) -> None:
    """Write `[C, n]` as 16-bit FLAC or WAV, by the suffix of `path`; samples beyond full scale are clipped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    integers = np.clip(np.rint(wav * 32768), -32768, 32767).astype(np.int16)
    layout = {1: "mono", 2: "stereo"}.get(len(wav), f"{len(wav)}c")
    codec = {".flac": "flac", ".wav": "pcm_s16le"}[path.suffix]
    with av.open(str(path), "w") as container:
        stream = cast(av.AudioStream, container.add_stream(codec, rate=rate, layout=layout))
        frame = av.AudioFrame.from_ndarray(integers.T.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
