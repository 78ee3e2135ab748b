from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from core.audio import chunks, hls
from core.audio.decode import open_audio
from core.audio.pcm import dequantise, quantise
from core.audio.playlist import playlist, segments_per_piece
from core.audio.resample import resample
from core.card import Geometry

pytestmark = pytest.mark.slow

Tones = Callable[..., np.ndarray]
TINY = Geometry(frames=96, stride=84)


def noise(channels: int, samples: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal((channels, samples)) * 0.3).clip(-1, 1).astype(np.float32)


def all_segments(
    wav: np.ndarray, rate: int, geometry: Geometry, layout: str = "stereo", order: int = 1
) -> list[hls.Segment]:
    """Segments of the whole track, each piece encoded separately, in any order."""
    total = wav.shape[1]
    number = chunks.count(total, rate, geometry)
    context = hls.context_length(rate)
    segments = []
    for index in range(number)[::order]:
        start, stop = chunks.piece(index, total, rate, geometry)
        segments += hls.media_segments(
            wav[:, start:stop], index, rate, layout, geometry, index == number - 1,
            before=wav[:, max(0, start - context) : start], after=wav[:, stop : stop + context],
        )  # fmt: skip
    return sorted(segments, key=lambda segment: segment.number)


def decoded(segments: list[hls.Segment], rate: int, path: Path) -> np.ndarray:
    """The file made of init and all segments, as integers [2, n] of 24 bits."""
    path.write_bytes(hls.init_segment(rate) + b"".join(segment.data for segment in segments))
    with open_audio(path) as stream:
        assert (stream.info.codec, stream.info.bits, stream.info.sample_rate) == (
            "flac",
            24,
            hls.preview_rate(rate),
        )
        return quantise(np.concatenate(list(stream), axis=1), 24)


@pytest.mark.parametrize(
    ("rate", "seconds"), [(48000, 12.8), (44100, 13.654), (22050, 1.12), (11025, 27.35), (8000, 0.04)]
)
def test_segments_decode_sample_exactly(rate: int, seconds: float, tmp_path: Path) -> None:
    wav = noise(2, int(rate * seconds))
    segments = all_segments(wav, rate, Geometry(), order=-1)
    assert np.array_equal(decoded(segments, rate, tmp_path / "a.mp4"), quantise(wav, 24))


@pytest.mark.parametrize("samples", [1, 15, 1921, 153_601])
def test_segments_of_any_length(samples: int, tmp_path: Path) -> None:
    wav = noise(2, samples)
    assert np.array_equal(decoded(all_segments(wav, 48000, TINY), 48000, tmp_path / "a.mp4"), quantise(wav, 24))


def test_a_playlist_decodes_sample_exactly(tmp_path: Path) -> None:
    wav = noise(2, 44100 * 5)
    segments = all_segments(wav, 44100, TINY)
    (tmp_path / "init.mp4").write_bytes(hls.init_segment(44100))
    for segment in segments:
        (tmp_path / f"{segment.number}.m4s").write_bytes(segment.data)
    entries = [(f"{segment.number}.m4s", segment.duration_s) for segment in segments]
    (tmp_path / "a.m3u8").write_text(playlist(entries, "init.mp4", final=True))
    with av.open(str(tmp_path / "a.m3u8")) as container:
        frames = [frame.to_ndarray().reshape(-1, 2).T for frame in container.decode(container.streams.audio[0])]
    assert np.array_equal(np.right_shift(np.concatenate(frames, axis=1), 8), quantise(wav, 24))


def test_segments_last_3_2_s_and_are_numbered_through() -> None:
    segments = all_segments(noise(2, 8000 * 30), 8000, Geometry())
    assert [segment.number for segment in segments] == list(range(10))
    assert [segment.duration_s for segment in segments] == [3.2] * 9 + [pytest.approx(1.2)]
    assert segments_per_piece(Geometry()) == 4


def test_short_pieces_are_one_segment_each() -> None:
    segments = all_segments(noise(2, 8000 * 5), 8000, TINY)
    assert segments_per_piece(TINY) == 1
    assert [segment.number for segment in segments] == list(range(5))
    assert segments[0].duration_s == 1.12


@pytest.mark.parametrize("rate", [12345, 44101, 88200, 96000, 192000])
def test_a_resampled_preview_equals_that_of_the_whole_track(rate: int, tmp_path: Path) -> None:
    wav = noise(2, int(rate * 3.3))
    got = decoded(all_segments(wav, rate, TINY), rate, tmp_path / "a.mp4")
    whole = quantise(resample(wav, rate, hls.preview_rate(rate)), 24)
    assert got.shape == whole.shape
    assert np.abs(got - whole).max() < 2**8  # under -90 dB: the resampler's own precision


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (6, "5.1")])
def test_every_preview_is_stereo(channels: int, layout: str, tmp_path: Path) -> None:
    wav = noise(channels, 8000)
    got = dequantise(decoded(all_segments(wav, 8000, TINY, layout), 8000, tmp_path / "a.mp4"), 24)
    assert got.shape == (2, 8000)
    assert 0.1 < np.abs(got).max() <= 1


@pytest.mark.parametrize(
    ("rate", "preview"),
    [
        (8000, 8000),
        (44100, 44100),
        (48000, 48000),
        (88200, 44100),
        (96000, 48000),
        (12345, 16000),
        (4000, 8000),
    ],
)
def test_preview_rate(rate: int, preview: int) -> None:
    assert hls.preview_rate(rate) == preview


@pytest.mark.parametrize("rate", hls.RATES)
def test_preview_rates_lie_on_the_grid(rate: int) -> None:
    assert 3 * rate % 75 == 0


def test_the_playlist_grows_and_ends() -> None:
    entries = [("segments/0.m4s", 3.2), ("segments/1.m4s", 3.2), ("segments/2.m4s", 1e-6)]
    growing = [playlist(entries[:n], "init.mp4", final=False) for n in range(4)]
    assert all(later.startswith(earlier) for earlier, later in pairwise(growing))
    assert playlist(entries, "init.mp4", final=True) == growing[-1] + "#EXT-X-ENDLIST\n"
    assert growing[-1].splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
        '#EXT-X-MAP:URI="init.mp4"',
        "#EXTINF:3.200000,",
        "segments/0.m4s",
        "#EXTINF:3.200000,",
        "segments/1.m4s",
        "#EXTINF:0.001000,",
        "segments/2.m4s",
    ]
