"""Audio starts at its container's timestamp: late starts and gaps relative to the video become silence."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.audio.decode import DAMAGED_WARNING, GAPS_WARNING, LATE_WARNING, open_audio
from tests.support.media import tones

pytestmark = pytest.mark.slow

RATE = 48000
BLOCK = 1024


def film(
    path: Path,
    codec: str,
    late: float = 0.0,
    gap: float = 0.0,
    picture: bool = True,
    samples: int = 96 * BLOCK,
    options: dict[str, str] | None = None,
) -> np.ndarray:
    """Two seconds of tones that begin `late` and have a `gap` in the middle. Returns the tones."""
    samples = 96 * BLOCK
    wav = tones(RATE, samples)
    with av.open(str(path), "w", options=options or {}) as container:
        video = container.add_stream("mpeg4", rate=25) if picture else None
        audio: Any = container.add_stream(codec, rate=RATE)
        context = audio.codec_context
        context.layout, context.time_base = "stereo", Fraction(1, RATE)
        if video:
            video.width = video.height = 64
            video.pix_fmt = "yuv420p"
            for index in range(round(25 * (samples / RATE + late + gap))):
                image = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")
                image.pts = index
                container.mux(video.encode(image))
            container.mux(video.encode(None))
        for first in range(0, samples, BLOCK):
            part = wav[:, first : first + BLOCK]
            kind = context.format.name
            if kind.startswith("s16"):
                part = np.rint(part * 2**15).astype(np.int16)
            part = part if kind.endswith("p") else part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), kind, "stereo")
            frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
            frame.pts = round(late * RATE) + first + (round(gap * RATE) if first >= samples // 2 else 0)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return wav


def decode(path: Path) -> tuple[np.ndarray, list[str], float]:
    with open_audio(path) as stream:
        return np.concatenate(list(stream), axis=1), stream.warnings, stream.filled_s


def place_of(part: np.ndarray, wav: np.ndarray) -> int:
    """The position of the samples of `part` in `wav` [n]."""
    spectrum = np.fft.rfft(wav, 2 * len(wav)) * np.conj(np.fft.rfft(part, 2 * len(wav)))
    return int(np.argmax(np.fft.irfft(spectrum)[: len(wav)]))


# Matroska counts milliseconds; how exact MP4 is depends on its movie's time scale.
KINDS = [
    ("a.mp4", "aac", {"movie_timescale": str(RATE)}),
    ("b.mov", "aac", {"movie_timescale": str(RATE)}),
    ("c.mkv", "aac", {}),
    ("d.mkv", "flac", {}),
    ("e.mkv", "libopus", {}),
]


@pytest.mark.parametrize(("name", "codec", "options"), KINDS)
@pytest.mark.parametrize(("late", "gap"), [(0.5, 0.0), (0.0, 1.0), (0.5, 1.0), (0.3, 0.25)])
def test_audio_starts_at_its_container_timestamp(
    late: float, gap: float, name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    wav = film(tmp_path / name, codec, late, gap, options=options)
    got, warnings, filled_s = decode(tmp_path / name)
    half = wav.shape[1] // 2
    exact = RATE // 1000
    if codec == "aac" and name.endswith("mkv"):
        exact = BLOCK  # the file does not declare the encoder's delay
    assert abs(place_of(wav[0, BLOCK : half - BLOCK], got[0]) - round(late * RATE) - BLOCK) <= exact
    assert abs(place_of(wav[0, half + BLOCK : -BLOCK], got[0]) - round((late + gap) * RATE) - half - BLOCK) <= exact
    assert 0 <= got.shape[1] - wav.shape[1] - round((late + gap) * RATE) + exact <= 2 * BLOCK
    assert filled_s == pytest.approx(late + gap, abs=0.06)
    assert [warning[:16] for warning in warnings] == [
        words[:16] for words, length in ((LATE_WARNING, late), (GAPS_WARNING, gap)) if length
    ]


@pytest.mark.parametrize(("name", "codec", "options"), KINDS)
@pytest.mark.parametrize("picture", [True, False])
def test_audio_in_time_is_unchanged(
    picture: bool, name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    wav = film(tmp_path / name, codec, picture=picture, options=options)
    got, warnings, filled_s = decode(tmp_path / name)
    assert (warnings, filled_s) == ([], 0.0)
    assert 0 <= got.shape[1] - wav.shape[1] <= (BLOCK if name == "c.mkv" else 0)


def test_audio_only_matroska_starts_with_its_audio(tmp_path: Path) -> None:
    """Without video there is no reference: a part of a longer recording keeps its timestamps."""
    wav = film(tmp_path / "a.mka", "flac", 100.0, picture=False)
    got, warnings, filled_s = decode(tmp_path / "a.mka")
    assert np.array_equal(got, wav)
    assert (warnings, filled_s) == ([], 0.0)


def test_the_warning_states_the_seconds(tmp_path: Path) -> None:
    film(tmp_path / "a.mkv", "flac", 0.5, 1.0)
    assert decode(tmp_path / "a.mkv")[1:] == ([LATE_WARNING.format(0.5), GAPS_WARNING.format(1.0)], 1.5)


def test_a_timestamp_beyond_the_end_is_damage(tmp_path: Path) -> None:
    """The time of a Matroska block: two bytes, signed, in milliseconds from its cluster's."""
    wav = film(tmp_path / "a.mkv", "flac", picture=False)
    content = bytearray((tmp_path / "a.mkv").read_bytes())
    at = content.rindex(b"\x81", 0, content.rindex(b"\xff\xf8"))  # track 1 of the last block, before its FLAC frame
    content[at + 1 : at + 3] = (30_000).to_bytes(2, "big")
    (tmp_path / "a.mkv").write_bytes(content)
    got, warnings, filled_s = decode(tmp_path / "a.mkv")
    assert np.array_equal(got, wav)
    assert (warnings, filled_s) == ([DAMAGED_WARNING], 0.0)
