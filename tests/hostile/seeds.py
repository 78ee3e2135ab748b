# ruff: noqa: E501  (a table)
"""Small valid files of every supported kind, made with PyAV, as a basis for broken ones."""

from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.support.media import tones, write_media

RATE, SECONDS = 44100, 0.4

# name: (codec, options of `write_media`)
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "a.wav": ("pcm_s16le", {}), "b.wav": ("pcm_s24le", {}), "c.wav": ("pcm_f32le", {}), "d.wav": ("pcm_u8", {}),
    "e.wav": ("adpcm_ms", {}), "f.flac": ("flac", {}), "g.mp3": ("libmp3lame", {}), "h.m4a": ("aac", {"muxer": "ipod"}),
    "i.m4a": ("alac", {"muxer": "ipod"}), "j.mp4": ("aac", {"video": "mpeg4"}), "k.ogg": ("vorbis", {}),
    "l.opus": ("libopus", {"rate": 48000}), "m.webm": ("libopus", {"rate": 48000}), "n.mkv": ("flac", {"video": "mpeg4"}),
    "o.aiff": ("pcm_s16be", {}), "p.w64": ("pcm_s16le", {}), "q.caf": ("pcm_s16le", {}), "r.wv": ("wavpack", {}),
    "s.tta": ("tta", {}), "t.wma": ("mp3", {"muxer": "asf"}), "u.avi": ("mp3", {"video": "mpeg4"}),
    "v.ts": ("aac", {"muxer": "mpegts"}), "w.ac3": ("ac3", {}), "x.aac": ("aac", {"muxer": "adts"}),
    "y.au": ("pcm_s16be", {}), "z.mov": ("pcm_s16le", {"video": "mpeg4"}),
}  # fmt: skip


def sound(rate: int = RATE, seconds: float = SECONDS, channels: int = 2) -> np.ndarray:
    return tones(rate, round(rate * seconds), channels)


def make_seeds(folder: Path) -> dict[str, bytes]:
    """The files of KINDS, by name."""
    seeds = {}
    for name, (codec, defaults) in KINDS.items():
        options = dict(defaults)
        rate = options.pop("rate", RATE)
        codec = "libmp3lame" if codec == "mp3" else codec
        seeds[name] = write_media(folder / name, codec, sound(rate), rate, **options).read_bytes()
    return seeds


def encoded(folder: Path, name: str, codec: str, wav: np.ndarray, rate: int = RATE, **options: Any) -> bytes:
    return write_media(folder / name, codec, wav, rate, **options).read_bytes()


def film(folder: Path, name: str, sounds: int) -> bytes:
    """A second of black video with that many audio tracks."""
    path = folder / name
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        picture.pix_fmt = "yuv420p"
        tracks = [container.add_stream("aac", rate=RATE) for _ in range(sounds)]
        for track in tracks:
            track.codec_context.layout = "stereo"
        for index in range(25):
            image = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")
            image.pts = index
            container.mux(picture.encode(image))
        container.mux(picture.encode(None))
        for track in tracks:
            frame = av.AudioFrame.from_ndarray(sound(seconds=0.3), "fltp", "stereo")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    return path.read_bytes()
