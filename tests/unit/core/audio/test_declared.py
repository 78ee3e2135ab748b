"""Truncated files are reported in every format that declares its length; whole files are not."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.audio.decode import DAMAGED_WARNING, open_audio

pytestmark = pytest.mark.slow

Make = Callable[..., Path]
Tones = Callable[..., np.ndarray]
RATE = 48000

KINDS = [
    ("a.wav", "pcm_s16le", {}),
    ("b.wav", "pcm_f32le", {}),
    ("c.wav", "adpcm_ms", {}),
    ("d.wav", "pcm_s16le", {"rf64": "always"}),
    ("e.aiff", "pcm_s16be", {}),
    ("f.w64", "pcm_s16le", {}),
    ("g.caf", "pcm_s16le", {}),
    ("h.au", "pcm_s16be", {}),
    ("i.mp3", "libmp3lame", {}),
    ("j.mkv", "flac", {}),
    ("k.mkv", "aac", {"video": "mpeg4"}),
    ("l.webm", "libopus", {}),
    ("m.ogg", "vorbis", {}),
    ("n.opus", "libopus", {}),
    ("o.ogg", "flac", {}),
    ("p.flac", "flac", {}),
    ("q.wv", "wavpack", {}),
    ("r.tta", "tta", {}),
    ("s.avi", "libmp3lame", {"video": "mpeg4"}),
    ("t.mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}),
]


def warnings_of(path: Path) -> tuple[list[str], int]:
    with open_audio(path) as stream:
        for _ in stream:
            pass
        return stream.warnings, stream.samples


@pytest.mark.parametrize(("name", "codec", "options"), KINDS, ids=[kind[0] for kind in KINDS])
def test_a_truncated_file_is_reported_and_a_whole_one_is_not(
    name: str, codec: str, options: dict[str, str], tmp_path: Path, media: Make, signal: Tones
) -> None:
    path = media(tmp_path / name, codec, signal(RATE, 4 * RATE), RATE, **options)
    warnings, samples = warnings_of(path)
    assert samples >= 4 * RATE
    assert warnings == []
    content = path.read_bytes()
    for share in (0.5, 0.9):
        path.write_bytes(content[: int(len(content) * share)])
        warnings, samples = warnings_of(path)
        assert 0 < samples < 4 * RATE
        assert warnings == [DAMAGED_WARNING]


@pytest.mark.parametrize("rate", [8000, 22050, 32000, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_frames_of_every_mp3_version_are_counted(
    rate: int, channels: int, tmp_path: Path, media: Make, signal: Tones
) -> None:
    path = media(tmp_path / "a.mp3", "libmp3lame", signal(rate, 4 * rate, channels), rate, metadata={"title": "x" * 90})
    assert warnings_of(path) == ([], 4 * rate)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert warnings_of(path)[0] == [DAMAGED_WARNING]


@pytest.mark.parametrize("lengths", [(1, 1), (2, 1), (1, 2), (4, 0.2), (0.2, 4), (1, 1, 1, 1)])
def test_concatenated_mp3s_are_whole(lengths: tuple[float, ...], tmp_path: Path, media: Make, signal: Tones) -> None:
    tags = {"title": "x" * 180, "artist": "y" * 3000}
    parts = [
        media(tmp_path / f"{n}.mp3", "libmp3lame", signal(RATE, int(n * RATE)), RATE, metadata=tags) for n in lengths
    ]
    (tmp_path / "all.mp3").write_bytes(b"".join(part.read_bytes() for part in parts))
    warnings, samples = warnings_of(tmp_path / "all.mp3")
    assert warnings == []
    assert abs(samples - sum(lengths) * RATE) < 4096 * len(lengths)


APE = b"APETAGEX" + struct.pack("<II", 2000, 32 + 40) + bytes(16 + 72)
ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize(
    "tags",
    [
        ID3V1,
        APE + ID3V1,
        b"LYRICSBEGIN" + b"IND00002" + b"x" * 500 + b"000519LYRICS200" + ID3V1,
        b"LYRICSBEGIN" + b"y" * 500 + b"LYRICSEND" + ID3V1,
    ],
)
def test_tags_after_an_mp3_are_no_damage(tags: bytes, tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.mp3", "libmp3lame", signal(RATE, 2 * RATE), RATE)
    path.write_bytes(path.read_bytes() + tags)
    assert warnings_of(path) == ([], 2 * RATE)


def test_an_mp3_without_a_declared_length_is_not_checked(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.mp3", "libmp3lame", signal(RATE, 2 * RATE), RATE, write_xing="0")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert warnings_of(path)[0] == []


@pytest.mark.parametrize("align", [2, 4, 6, 12])
@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFF000, 0x7FFFF000 - 36])
def test_sizes_that_mean_unknown_declare_nothing(declared: int, align: int, tmp_path: Path, media: Make) -> None:
    """Files written to a pipe by ffmpeg, sox and others; also sizes rounded down to whole blocks."""
    path = media(tmp_path / "a.wav", "pcm_s16le", np.zeros((2, RATE), np.float32), RATE)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", declared // align * align)
    path.write_bytes(content)
    assert warnings_of(path) == ([], RATE)


@pytest.mark.parametrize("declared", [0xFFFFFFFF, 0x7F000008])  # with 0 FFmpeg does not read it
def test_an_aiff_written_to_a_pipe_declares_nothing(declared: int, tmp_path: Path, media: Make) -> None:
    path = media(tmp_path / "a.aiff", "pcm_s16be", np.zeros((2, RATE), np.float32), RATE)
    content = bytearray(path.read_bytes())
    at = content.index(b"SSND") + 4
    content[at : at + 4] = struct.pack(">I", declared)
    path.write_bytes(content)
    assert warnings_of(path)[0] == []


def test_a_length_off_by_the_header_size_is_no_damage(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.wav", "pcm_s16le", signal(RATE, RATE), RATE)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", len(content))
    path.write_bytes(content)
    assert warnings_of(path) == ([], RATE)


def test_audio_shorter_than_its_video_is_whole(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.mkv", "flac", signal(RATE, RATE // 4), RATE, video="mpeg4")  # a second of pictures
    assert warnings_of(path) == ([], RATE // 4)


def test_matroska_written_to_a_pipe_declares_nothing(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.mkv", "flac", signal(RATE, 2 * RATE), RATE, live="1")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert warnings_of(path)[0] == []


def test_data_after_the_last_ogg_page_is_no_damage(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.opus", "libopus", signal(RATE, RATE), RATE)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    assert warnings_of(path) == ([], RATE)
