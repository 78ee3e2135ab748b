import io
import json
import signal as signals
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.audio import decode_process
from core.audio.decode import DAMAGED_WARNING, SENSELESS_WARNING, Limits, SourceInfo, open_audio, probe
from core.errors import (
    AudioTooLong,
    DamagedMedia,
    EmptyAudio,
    InputError,
    InternalError,
    NoAudio,
    UnsupportedAudio,
    UnsupportedMedia,
)
from tests.support.waiting import child_running

pytestmark = pytest.mark.slow

Make = Callable[..., Path]
Tones = Callable[..., np.ndarray]


def decode(path: Path) -> tuple[np.ndarray, SourceInfo, bool]:
    with open_audio(path) as stream:
        wav = np.concatenate(list(stream), axis=1)
        assert stream.samples == wav.shape[1]
        return wav, stream.info, stream.warnings == [DAMAGED_WARNING]


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels", "bits"),
    [
        ("a.wav", "pcm_u8", 44100, 2, 8),
        ("a.wav", "pcm_s16le", 44100, 2, 16),
        ("a.wav", "pcm_s24le", 48000, 2, 24),
        ("a.wav", "pcm_s32le", 48000, 2, 32),
        ("a.wav", "pcm_s16le", 8000, 1, 16),
        ("a.wav", "pcm_s24le", 96000, 2, 24),
        ("a.wav", "pcm_s16le", 12345, 2, 16),
        ("a.wav", "pcm_s24le", 48000, 6, 24),
        ("a.wav", "pcm_f32le", 44100, 2, None),
        ("a.wav", "pcm_f64le", 44100, 1, None),
        ("a.aiff", "pcm_s16be", 22050, 2, 16),
        ("a.flac", "flac", 11025, 2, 16),
        ("a.flac", "flac", 48000, 8, 16),
        ("a.m4a", "alac", 44100, 2, 24),
        ("a.mov", "pcm_s16le", 32000, 2, 16),
        ("Ünïcødé 🎵 名前.wav", "pcm_s16le", 44100, 1, 16),
        ("with: a colon?.flac", "flac", 44100, 2, 16),
    ],
)
def test_lossless_audio_decodes_sample_exactly(
    name: str,
    codec: str,
    rate: int,
    channels: int,
    bits: int | None,
    tmp_path: Path,
    media: Make,
    signal: Tones,
) -> None:
    wav = signal(rate, rate // 2, channels)
    if bits == 8:
        wav = np.rint(wav * 128).astype(np.float32) / 128
    got, info, damaged = decode(media(tmp_path / name, codec, wav, rate))
    assert np.array_equal(got, wav)
    assert got.dtype == np.float32
    assert (info.sample_rate, info.channels, info.bits, info.lossless) == (rate, channels, bits, True)
    assert info.is_float == (bits is None)
    assert info.layout == {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[channels]
    assert info.duration_s == pytest.approx(0.5, abs=0.01)
    assert not damaged


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels", "video", "options"),
    [
        ("a.mp3", "libmp3lame", 44100, 2, None, {}),
        ("a.mp3", "libmp3lame", 8000, 1, None, {}),
        ("a.m4a", "aac", 44100, 2, None, {"movie_timescale": "44100"}),
        ("a.m4a", "aac", 11025, 1, None, {"movie_timescale": "11025"}),
        ("a.mp4", "aac", 48000, 2, "mpeg4", {"movie_timescale": "48000"}),
        ("a.mov", "aac", 48000, 6, "mpeg4", {"movie_timescale": "48000"}),
        ("a.opus", "libopus", 48000, 2, None, {}),
        ("a.ogg", "libopus", 48000, 8, None, {}),
        ("a.webm", "libopus", 48000, 2, "libvpx", {}),
    ],
)
@pytest.mark.parametrize("samples", [5000, 24001, 50007])
def test_lossy_audio_keeps_its_length_without_the_encoders_padding(
    name: str, codec: str, rate: int, channels: int, video: str | None, options: dict[str, str], samples: int,
    tmp_path: Path, media: Make, signal: Tones,
) -> None:  # fmt: skip
    wav = signal(rate, samples, channels)
    got, info, damaged = decode(media(tmp_path / name, codec, wav, rate, video=video, **options))
    assert got.shape == wav.shape
    assert (info.sample_rate, info.channels, info.bits, info.lossless, info.is_float) == (
        rate, channels, None, False, False,
    )  # fmt: skip
    # In place, not shifted by the encoder's delay: the low tone of the first channel is hardly changed.
    middle = slice(samples // 4, samples // 2)
    assert np.corrcoef(got[0, middle], wav[0, middle])[0, 1] > 0.95
    assert not damaged


@pytest.mark.parametrize(
    ("name", "codec", "video"), [("a.ogg", "vorbis", None), ("a.mkv", "aac", "mpeg4"), ("a.aac", "aac", None),
                                 ("a.mp2", "mp2", None), ("a.ac3", "ac3", None)]
)  # fmt: skip
def test_other_formats_are_read_too(
    name: str, codec: str, video: str | None, tmp_path: Path, media: Make, signal: Tones
) -> None:
    wav = signal(44100, 44100)
    got, info, _ = decode(media(tmp_path / name, codec, wav, 44100, video=video))
    assert got.shape[0] == 2
    assert 0 <= got.shape[1] - 44100 < 4096  # these files do not say where the padding ends
    assert info.sample_rate == 44100
    assert not info.lossless


def test_blocks_are_about_a_second(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.wav", "pcm_s16le", signal(8000, 20001, 1), 8000)
    with open_audio(path) as stream:
        assert [block.shape for block in stream] == [(1, 8000), (1, 8000), (1, 4001)]


@pytest.mark.parametrize("samples", [1, 800])
def test_the_shortest_clips(samples: int, tmp_path: Path, media: Make, signal: Tones) -> None:
    wav = signal(8000, samples, 1)
    assert np.array_equal(decode(media(tmp_path / "a.wav", "pcm_s16le", wav, 8000))[0], wav)


def test_the_file_name_does_not_matter(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "song.mp3", "flac", signal(44100, 1000), 44100, muxer="flac")
    assert probe(path).codec == "flac"


def test_tags_are_read(tmp_path: Path, media: Make, signal: Tones) -> None:
    tags = {"title": "Lied 名", "artist": "x" * 1000, "encoder": "y"}
    path = media(tmp_path / "a.flac", "flac", signal(8000, 100), 8000, metadata=tags)
    assert probe(path).tags == {"title": "Lied 名", "artist": "x" * 200}


def test_non_finite_samples_become_silence_with_a_warning(tmp_path: Path, media: Make) -> None:
    wav = np.full((2, 1000), 1.5, np.float32)
    wav[:, :6] = [np.nan, np.inf, -np.inf, 1e30, -9e5, 100.01]
    wav[:, 6] = -100  # 40 dB over full scale
    with open_audio(media(tmp_path / "a.wav", "pcm_f32le", wav, 44100)) as stream:
        (got,) = stream
    assert np.all(got[:, :6] == 0)
    assert np.all(got[:, 6] == -100)
    assert np.all(got[:, 7:] == 1.5)  # beyond full scale is no error in float
    assert stream.info.is_float
    assert stream.warnings == [f"12 {SENSELESS_WARNING}"]


def test_a_source_info_survives_json(tmp_path: Path, media: Make, signal: Tones) -> None:
    info = probe(media(tmp_path / "a.wav", "pcm_s24le", signal(44100, 100), 44100))
    assert SourceInfo(**json.loads(json.dumps(vars(info)))) == info


def zip_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("song.mp3", b"x" * 1000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", EmptyAudio, "empty"),
        (b"\n", UnsupportedMedia, "format"),
        (b"This is not a song.\n" * 500, UnsupportedMedia, "format"),
        (zip_file(), UnsupportedMedia, "format"),
        (b"\0" * 100_000, UnsupportedMedia, "format"),
        (np.random.default_rng(0).bytes(100_000), UnsupportedMedia, "format"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{song}\n", UnsupportedMedia, "format"),
        (b"#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1/song.mp3\n", UnsupportedMedia, "format"),
        (b"ffconcat version 1.0\nfile '{song}'\n", UnsupportedMedia, "format"),
        (
            b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
            UnsupportedMedia,
            "format",
        ),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n", UnsupportedMedia, "format"),
        (b"RIFF\x24\0\0\0WAVEjunk", DamagedMedia, "like WAV"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", DamagedMedia, "like MP4"),
        (b"fLaC" + b"\xff" * 200, DamagedMedia, "like FLAC"),
    ],
)
def test_other_files_are_refused_by_type(
    content: bytes, error: type[InputError], words: str, tmp_path: Path, media: Make, signal: Tones
) -> None:
    song = media(tmp_path / "song.wav", "pcm_s16le", signal(8000, 8000), 8000)
    path = tmp_path / "file.mp3"
    path.write_bytes(content.replace(b"{song}", str(song).encode()))
    with pytest.raises(error, match=words) as caught:
        probe(path)
    assert caught.value.message.endswith(".")


def riff(rate: int, channels: int, data: bytes, declared: int | None = None) -> bytes:
    header = b"WAVEfmt " + (16).to_bytes(4, "little") + (1).to_bytes(2, "little") + channels.to_bytes(2, "little")
    header += rate.to_bytes(4, "little") + min(rate * channels * 2, 2**32 - 1).to_bytes(4, "little")
    header += (channels * 2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    header += b"data" + (len(data) if declared is None else declared).to_bytes(4, "little") + data
    return b"RIFF" + (len(header) + 8).to_bytes(4, "little") + header


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (riff(2_000_000_000, 2, b"\0" * 10000), "2000000000 Hz"),
        (riff(768_000, 2, b"\0" * 10000), "768000 Hz"),
        (riff(100, 2, b"\0" * 10000), "100 Hz"),
        (riff(44100, 64, b"\0" * 12800), "64 channels"),
        (riff(44100, 9, b"\0" * 18000), "9 channels"),
    ],
)
def test_unsupported_rates_and_channels_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(UnsupportedAudio, match=words):
        probe(tmp_path / "a.wav")


@pytest.mark.parametrize(
    "content",
    [riff(44100, 0, b"\0" * 100), riff(0, 2, b"\0" * 100), riff(2**32 - 1, 2, b"\0" * 100)],
)
def test_wav_files_with_invalid_headers_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises((EmptyAudio, NoAudio, DamagedMedia, UnsupportedAudio, UnsupportedMedia)):
        probe(tmp_path / "a.wav")


def test_pictures_alone_have_no_audio(tmp_path: Path, media: Make, signal: Tones) -> None:
    import av

    path = tmp_path / "silent film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(NoAudio, match="pictures but no audio"):
        probe(path)


def test_a_track_without_samples_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(riff(44100, 2, b""))
    with pytest.raises(EmptyAudio):
        probe(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.ogg", "libopus"), ("a.wav", "pcm_s16le")],
)
def test_a_truncated_file_keeps_its_beginning(
    name: str, codec: str, tmp_path: Path, media: Make, signal: Tones
) -> None:
    wav = signal(48000, 240_000)
    path = media(tmp_path / name, codec, wav, 48000)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    got, info, _ = decode(path)
    assert 80_000 < got.shape[1] < 160_000
    assert np.corrcoef(got[0, 10_000:60_000], wav[0, 10_000:60_000])[0, 1] > 0.95
    assert info.channels == 2


def test_damage_in_the_middle_is_skipped_with_a_warning(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.flac", "flac", signal(48000, 480_000), 48000)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = np.random.default_rng(0).bytes(20_000)
    path.write_bytes(content)
    got, _, damaged = decode(path)
    assert 300_000 < got.shape[1] <= 490_000
    assert damaged


def test_undecodable_from_the_start_is_damaged(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.mp4", "aac", signal(48000, 48000), 48000)
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    stop = content.index(b"moov") - 4
    content[start:stop] = b"\xff" * (stop - start)
    path.write_bytes(content)
    with pytest.raises(DamagedMedia, match="cannot be decoded"):
        probe(path)


def test_too_long_by_the_header_is_refused_at_once(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.flac", "flac", signal(8000, 8000 * 121), 8000)
    with pytest.raises(AudioTooLong, match=r"2 minutes; the maximum is 1\."):
        open_audio(path, Limits(max_duration_s=60))


def test_too_long_against_the_header_is_refused_while_decoding(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.aac", "aac", signal(8000, 8000 * 12, 1), 8000)
    with (
        open_audio(path, Limits(max_duration_s=6)) as stream,
        pytest.raises(AudioTooLong, match=r"longer than 0\.1"),
    ):
        list(stream)
    assert 6 * 8000 < stream.samples <= 7 * 8000


def test_a_small_file_that_unpacks_to_very_much_is_refused(tmp_path: Path, media: Make) -> None:
    path = media(tmp_path / "bomb.flac", "flac", np.zeros((8, 20 * 96_000), np.float32), 96_000)
    assert path.stat().st_size < 100_000
    with (
        open_audio(path, Limits(max_values=8 * 96_000 * 6)) as stream,
        pytest.raises(AudioTooLong, match="8 channels at 96000 Hz"),
    ):
        list(stream)
    assert stream.samples <= 7 * 96_000


def test_excessive_work_per_second_of_audio_is_stopped(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "slow.m4a", "aac", signal(8000, 8000 * 60, 1), 8000)
    with pytest.raises(DamagedMedia, match="too much time"), open_audio(path, Limits(patience_s=-100)) as stream:
        list(stream)


def test_an_exaggerated_duration_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(riff(8000, 1, b"\0\1" * 8000, declared=2**32 - 1))
    assert decode(tmp_path / "a.wav")[0].shape == (1, 8000)


def test_an_offset_beyond_the_file_is_skipped(tmp_path: Path) -> None:
    """An offset where no file can be: FFmpeg seeks there, and the system refuses."""
    path, sound = tmp_path / "a.caf", struct.pack(">1000h", *range(1000))
    parts = {
        b"desc": struct.pack(">d4sIIIII", 44100, b"lpcm", 0, 2, 1, 1, 16),
        b"data": bytes(4) + sound,
    }
    chunks = [name + struct.pack(">q", len(data)) + data for name, data in parts.items()]
    chunks.insert(1, b"junk" + struct.pack(">q", 1 << 62))
    path.write_bytes(b"caff\x00\x01\x00\x00" + b"".join(chunks))
    wav, info, _ = decode(path)
    assert (info.container, info.sample_rate, info.channels) == ("caf", 44100, 1)
    assert np.array_equal(wav[0] * 32768, np.arange(1000))


@pytest.mark.parametrize("path", ["missing.wav", ".", "/dev/zero"])
def test_an_unreadable_path_is_an_error(path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be opened|is not a file"):
        open_audio(tmp_path / path)


@pytest.fixture
def long_file(tmp_path: Path, media: Make) -> Path:
    return media(tmp_path / "long.wav", "pcm_s16le", np.zeros((2, 3_000_000), np.float32), 48000)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (signals.SIGSEGV, DamagedMedia),  # as a file that crashes the decoder
        (signals.SIGXCPU, DamagedMedia),  # as one that costs too much CPU time
        (signals.SIGKILL, InternalError),  # not an error of the file
    ],
)
def test_a_decoder_that_dies_is_an_error(sent: signals.Signals, error: type[Exception], long_file: Path) -> None:
    with open_audio(long_file) as stream:
        blocks = iter(stream)
        next(blocks)
        child_running("core.audio.decode_process").send_signal(sent)
        with pytest.raises(error):
            list(blocks)


def test_a_hanging_decoder_times_out(long_file: Path) -> None:
    with open_audio(long_file, Limits(stall_s=8)) as stream:
        blocks = iter(stream)
        next(blocks)
        child_running("core.audio.decode_process").suspend()
        with pytest.raises(DamagedMedia, match="too long to decode"):
            list(blocks)


def test_leaving_early_leaves_no_process_behind(long_file: Path) -> None:
    with open_audio(long_file) as stream:
        next(iter(stream))
        child = child_running("core.audio.decode_process")
    assert not child.is_running()


def test_too_little_memory_is_an_error(long_file: Path) -> None:
    with pytest.raises((DamagedMedia, InternalError)):
        probe(long_file, Limits(memory_bytes=1 << 20))


def test_the_decoder_imports_nothing_heavy() -> None:
    code = "import sys; import core.audio.decode_process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "av" in loaded
    assert {"torch", "scipy", "pydantic", "boto3", "redis", "core.settings"}.isdisjoint(loaded)


def test_the_decoder_has_an_empty_environment(long_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    with open_audio(long_file) as stream:
        assert stream.info.channels == 2
        assert "canary" not in str(child_running("core.audio.decode_process").environ())


def test_no_demuxer_that_follows_references_is_allowed() -> None:
    allowed = set(decode_process.DEMUXERS.split(","))
    assert allowed.isdisjoint(
        {"hls", "concat", "dash", "image2", "sdp", "rtsp", "lavfi", "tty", "imf", "webm_dash_manifest"}
    )


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        file.write(riff(8000, 2, b"", declared=8000 * 4 * 1200))
        for _ in range(1200):
            file.write(b"\1" * 32000)
    with open_audio(path) as stream:
        blocks = iter(stream)
        for _ in range(60):
            next(blocks)
        child = child_running("core.audio.decode_process")
        before = child.memory_info().rss
        for _ in range(1000):
            next(blocks)
        assert child.memory_info().rss < before + (4 << 20)
