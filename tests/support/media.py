"""Real media files, written with PyAV."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.format import AudioFormat
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def tones(rate: int, samples: int, channels: int = 2, level: float = 0.3) -> np.ndarray:
    """[C, n] float32 on the grid of 16-bit integers: a different, increasingly loud tone in each channel."""
    t = np.arange(samples) / rate
    wav = np.stack([level * np.sin(2 * np.pi * (150 + 37 * c + 20 * t) * t) for c in range(channels)])
    return (np.rint(wav * 2**15) / 2**15).astype(np.float32)


def write_media(
    path: Path,
    codec: str,
    wav: np.ndarray,
    rate: int,
    layout: str | None = None,
    video: str | None = None,
    muxer: str | None = None,
    sample_format: str | None = None,
    metadata: dict[str, str] | None = None,
    late: float = 0.0,
    **muxer_options: str,
) -> Path:
    """Encode `wav` [C, n] to `path`, with a second of black video if `video` names a codec, in which the audio
    begins `late`."""
    layout = layout or LAYOUTS[len(wav)]
    with av.open(str(path), "w", format=muxer, options=muxer_options) as container:
        container.metadata.update(metadata or {})
        picture = cast(VideoStream, container.add_stream(video, rate=25)) if video else None
        if picture:
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, options={"strict": "-2"}))
        context = stream.codec_context
        context.layout = layout
        context.time_base = Fraction(1, rate)
        if sample_format:
            context.format = AudioFormat(sample_format)
        if picture:
            for index in range(25):
                image = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")
                image.pts = index
                container.mux(picture.encode(image))
            container.mux(picture.encode(None))
        kind = context.format.name
        data = _as_format(wav, kind.removesuffix("p"))
        if not kind.endswith("p"):
            data = data.T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), kind, layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, round(late * rate), Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def picture(codec: str, size: int = 64) -> bytes:
    """A JPEG or PNG of noise, `size` pixels high and wide."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="image2pipe") as container:
        stream: Any = container.add_stream(codec, rate=1)
        stream.width = stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
        noise = np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8)
        frame: Any = av.VideoFrame.from_ndarray(noise, "rgb24").reformat(format=stream.pix_fmt)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _as_format(wav: np.ndarray, kind: str) -> np.ndarray:
    if kind == "u8":
        return np.rint(wav * 128 + 128).clip(0, 255).astype(np.uint8)
    if kind == "s16":
        return np.rint(wav * 2**15).astype(np.int16)
    if kind == "s32":
        return (np.rint(wav.astype(np.float64) * 2**23).astype(np.int64) << 8).astype(np.int32)
    return wav.astype({"flt": np.float32, "dbl": np.float64}[kind])
