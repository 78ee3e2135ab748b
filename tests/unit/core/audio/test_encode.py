import wave
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.audio import tags
from core.audio.decode import SourceInfo, open_audio
from core.audio.encode import Written, write_stems
from core.audio.formats import OutputFormat, choose_format, nearest_rate
from core.audio.stems import Parts
from tests.support.media import picture, tones, write_media

pytestmark = pytest.mark.slow

Tones = Callable[..., np.ndarray]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
INTEGER = [OutputFormat.WAV16, OutputFormat.WAV24, OutputFormat.FLAC]


def source(rate: int = 44100, channels: int = 2, bits: int | None = 16, layout: str | None = None) -> SourceInfo:
    return SourceInfo(
        container="wav",
        codec="pcm",
        sample_rate=rate,
        channels=channels,
        layout=layout or LAYOUTS[channels],
        duration_s=None,
        bits=bits,
        is_float=bits is None,
        lossless=True,
    )


def pieces(mixture: np.ndarray, vocals: np.ndarray, size: int) -> Iterator[Parts]:
    for first in range(0, mixture.shape[1], size):
        here = slice(first, first + size)
        yield Parts(mixture[:, here], {"vocals": vocals[:, here]})


def write(
    folder: Path,
    output: OutputFormat,
    mixture: np.ndarray,
    vocals: np.ndarray,
    info: SourceInfo,
    size: int = 10_000,
) -> Written:
    paths = {stem: folder / f"{stem}.{output.extension}" for stem in ("vocals", "instrumental")}
    return write_stems(pieces(mixture, vocals, size), paths, output, info)


def read(path: Path) -> tuple[np.ndarray, SourceInfo]:
    with open_audio(path) as stream:
        return np.concatenate(list(stream), axis=1), stream.info


RESAMPLING = [OutputFormat.MP3, OutputFormat.M4A, OutputFormat.OPUS]  # or with another choice of layouts


@pytest.mark.parametrize(
    ("output", "rate", "channels", "samples"),
    [
        *((output, *shape) for output in OutputFormat for shape in [(44100, 2, 100), (12345, 1, 6173)]),
        *product(RESAMPLING, [44100], [2], [22050]),
        *product(RESAMPLING, [8000], [1], [30011]),
        *product([*RESAMPLING, OutputFormat.FLAC], [48000], [6], [30011]),
        *product(RESAMPLING, [96000], [2], [48001]),
    ],
)
def test_a_file_decodes_to_its_declared_samples(
    output: OutputFormat, rate: int, channels: int, samples: int, tmp_path: Path, signal: Tones
) -> None:
    mixture = signal(rate, samples, channels)
    vocals = mixture * np.float32(0.25)
    written = write(tmp_path, output, mixture, vocals, source(rate, channels))
    assert [file.stem for file in written.files] == ["vocals", "instrumental"]
    file = written.files[0]
    wav, info = read(file.path)
    assert wav.shape == (file.channels, file.samples)
    assert info.sample_rate == file.sample_rate
    assert file.bytes == file.path.stat().st_size

    same = (file.sample_rate, file.channels) == (rate, channels)
    assert same == (file.converted is None)
    assert same or not output.lossless
    if same:
        assert file.samples == samples
    if same and samples > 20_000:  # in place, and at its level
        middle = slice(5000, -5000)
        error = np.sum((wav[0, middle] - vocals[0, middle]) ** 2) / np.sum(vocals[0, middle] ** 2)
        assert error < 0.01


@pytest.mark.parametrize("output", INTEGER)
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_integer_stems_sum_to_the_mixture_exactly(output: OutputFormat, channels: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    mixture = (rng.integers(-(2**15), 2**15, (channels, 30_000)) / 2**15).astype(np.float32)
    vocals = (rng.standard_normal((channels, 30_000)) * 2).astype(np.float32)  # mostly beyond full scale
    written = write(tmp_path, output, mixture, vocals, source(channels=channels))
    (voice, _), (rest, _) = (read(file.path) for file in written.files)
    assert np.array_equal(voice.astype(np.float64) + rest, mixture)
    assert written.null_error_db is None


def test_24_bit_sources_keep_their_bits_in_flac_and_16_bit_sources_stay_16(tmp_path: Path, signal: Tones) -> None:
    mixture = signal(44100, 1000)
    for bits, expected in [(8, 16), (16, 16), (24, 24), (32, 24), (None, 24)]:
        written = write(tmp_path, OutputFormat.FLAC, mixture, mixture * np.float32(0.5), source(bits=bits))
        assert written.files[0].bits == expected
        assert read(written.files[0].path)[1].bits == expected
        assert (written.files[0].converted is None) == (bits != 32)


def test_wav_is_readable_by_others(tmp_path: Path, signal: Tones) -> None:
    mixture = signal(44100, 1000)
    vocals = np.rint(mixture * 2**14).astype(np.float32) / 2**15
    written = write(tmp_path, OutputFormat.WAV16, mixture, vocals, source())
    with wave.open(str(written.files[0].path)) as file:
        assert file.getparams()[:4] == (2, 2, 44100, 1000)
        pcm = np.frombuffer(file.readframes(1000), "<i2").reshape(-1, 2).T
    assert np.array_equal(pcm, vocals * 2**15)


def test_float_keeps_samples_beyond_full_scale(tmp_path: Path) -> None:
    mixture = np.linspace(-3, 3, 2000, dtype=np.float32).reshape(2, -1)
    written = write(tmp_path, OutputFormat.WAV32F, mixture, mixture / 2, source(bits=None))
    assert np.array_equal(read(written.files[0].path)[0], mixture / 2)
    assert np.array_equal(read(written.files[1].path)[0], mixture / 2)
    assert written.files[0].bits == 32
    assert written.null_error_db is None


LIMITED = "{} samples exceeded full scale by up to 3.5 dB and were clipped; the format wav32f keeps them."
LOSSY = [output for output in OutputFormat if not output.lossless]


@pytest.mark.parametrize("output", LOSSY)
def test_lossy_formats_report_limited_samples(output: OutputFormat, tmp_path: Path, signal: Tones) -> None:
    """Each stem is limited separately, only as far as needed: their sum is not exact anyway."""
    vocals = signal(48000, 48000)
    vocals[0, 20_000:20_007] = -1.5
    rest = signal(48000, 48000)[:, ::-1].copy()
    rest[1, 30_000] = 1.25
    written = write(tmp_path, output, vocals + rest, vocals, source(48000, bits=None))
    assert [file.converted for file in written.files] == ["8 samples beyond full scale clipped"] * 2
    assert written.warnings == [LIMITED.format(8)]


@pytest.mark.parametrize(
    ("output", "level"),
    [*product(OutputFormat, [1.0, 9e5, 3e38]), (OutputFormat.WAV32F, 100.0)],  # the last is kept, and read as sound
)
def test_no_finite_sample_is_too_loud_for_an_encoder(output: OutputFormat, level: float, tmp_path: Path) -> None:
    """LAME aborts at 9e5, and Opus becomes silent."""
    mixture = np.random.default_rng(0).normal(0, 0.1, (2, 48_000)).astype(np.float32)
    mixture[:, ::7] = level
    written = write(tmp_path, output, mixture, mixture / 2, source(48_000, bits=None))
    wav, _ = read(written.files[0].path)
    limited = output is not OutputFormat.WAV32F
    halves = mixture / 2
    expected = (
        np.clip(halves, -1, 1) if limited else np.where(halves > 100, 0, halves)
    )  # non-finite samples are not decoded
    assert wav.shape == (2, 48_000)
    assert np.corrcoef(wav[0], expected[0])[0, 1] > 0.8  # it is noise
    assert bool(written.warnings) == (limited and level > 1)


def test_integer_formats_report_limited_samples(tmp_path: Path) -> None:
    mixture = np.full((2, 100), 0.5, np.float32)
    mixture[0, :7] = 1.5
    written = write(tmp_path, OutputFormat.WAV24, mixture, mixture * 0, source(bits=None))
    assert written.files[1].converted == "7 samples beyond full scale clipped"
    assert written.warnings == [LIMITED.format(7)]
    assert written.null_error_db is not None
    assert -20 < written.null_error_db < 0


@pytest.mark.parametrize(
    ("output", "rate", "channels", "converted"),
    [
        (OutputFormat.MP3, 96000, 2, "resampled from 96000 to 48000 Hz"),
        (OutputFormat.MP3, 88200, 2, "resampled from 88200 to 44100 Hz"),
        (OutputFormat.MP3, 48000, 6, "mixed down from 6 channels to stereo"),
        (
            OutputFormat.MP3,
            96000,
            6,
            "resampled from 96000 to 48000 Hz; mixed down from 6 channels to stereo",
        ),
        (OutputFormat.OPUS, 44100, 2, "resampled from 44100 to 48000 Hz"),
        (OutputFormat.M4A, 12345, 2, "resampled from 12345 to 16000 Hz"),
        (OutputFormat.M4A, 192000, 2, "resampled from 192000 to 96000 Hz"),
        (OutputFormat.M4A, 48000, 8, "mixed down from 8 channels to stereo"),
        (OutputFormat.WAV16, 44100, 2, "rounded from 24 to 16 bits"),
    ],
)
def test_limits_of_a_format_are_declared(
    output: OutputFormat, rate: int, channels: int, converted: str, tmp_path: Path, signal: Tones
) -> None:
    mixture = signal(rate, 5000, channels)
    written = write(tmp_path, output, mixture, mixture * np.float32(0.5), source(rate, channels, bits=24))
    assert [file.converted for file in written.files] == [converted] * 2


@pytest.mark.parametrize("output", list(OutputFormat))
def test_the_bytes_do_not_depend_on_the_pieces_or_the_time(output: OutputFormat, tmp_path: Path, signal: Tones) -> None:
    mixture = signal(44100, 30_000)
    vocals = mixture * np.float32(0.3)
    (tmp_path / "other").mkdir()
    one = write(tmp_path, output, mixture, vocals, source(), size=30_000)
    other = write(tmp_path / "other", output, mixture, vocals, source(), size=777)
    assert [file.sha256 for file in one.files] == [file.sha256 for file in other.files]
    assert len({file.sha256 for file in one.files}) == 2
    assert one.null_error_db == pytest.approx(other.null_error_db)


def test_the_instrumental_is_the_mixture_minus_masked_vocals(tmp_path: Path) -> None:
    mixture, generated, masked = (np.full((2, 1000), level, np.float32) for level in (0.5, 0.125, 0.25))
    paths = {stem: tmp_path / f"{stem}.flac" for stem in ("vocals", "instrumental")}
    written = write_stems([Parts(mixture, {"vocals": masked}, generated=generated)], paths, OutputFormat.FLAC, source())
    assert np.all(read(paths["vocals"])[0] == 0.125)
    assert np.all(read(paths["instrumental"])[0] == 0.25)
    assert written.null_error_db == pytest.approx(20 * np.log10(0.25))


@pytest.mark.parametrize("bits", [16, 24])
def test_all_stems_of_a_model_add_up_exactly_in_files(bits: int, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    mixture = (0.5 * random.standard_normal((2, 60_000))).clip(-1, 1).astype(np.float32)
    separated = {name: (0.6 * random.standard_normal(mixture.shape)).astype(np.float32) for name in ("vocals", "drums")}
    names = ("vocals", "drums", "other", "instrumental")
    paths = {name: tmp_path / f"{name}.flac" for name in names}
    written = write_stems([Parts(mixture, separated, "other")], paths, OutputFormat.FLAC, source(bits=bits))
    assert [file.stem for file in written.files] == list(names)
    whole = np.rint(mixture.clip(-1, 1 - 2.0 ** (1 - bits)) * 2 ** (bits - 1))
    vocals, drums, other, instrumental = (read(path)[0] * 2 ** (bits - 1) for path in paths.values())
    np.testing.assert_array_equal(vocals + drums + other, whole)
    np.testing.assert_array_equal(vocals + instrumental, whole)


def test_only_the_wanted_stems_are_written(tmp_path: Path, signal: Tones) -> None:
    mixture = signal(44100, 1000)
    written = write_stems(
        pieces(mixture, mixture, 500), {"instrumental": tmp_path / "i.flac"}, OutputFormat.FLAC, source()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["i.flac"]
    assert np.all(read(written.files[0].path)[0] == 0)


@pytest.mark.parametrize("output", [f for f in OutputFormat if f is not OutputFormat.MP3])
def test_one_sample_is_encoded(output: OutputFormat, tmp_path: Path) -> None:
    mixture = np.full((1, 1), 0.5, np.float32)
    written = write(tmp_path, output, mixture, mixture / 2, source(48000, 1))
    assert read(written.files[0].path)[0].shape == (1, 1)


TAGGED = {
    "title": "Lied 名",
    "artist": "Ärger",
    "album": "Größe",
    "album_artist": "Various",
    "date": "1999",
    "track": "3/12",
    "genre": "Jazz",
    "composer": "Ø",
    "disc": "2/3",
    "copyright": "℗ 1999 Jemand",
    "comment": "x" * 900,
    "isrc": "USRC17607839",
    "bpm": "120",
}
# Tags that FFmpeg cannot write: RIFF has no such fields, MP4 has a free-form field for ISRC.
MISSING = {"wav": {"album_artist", "composer", "disc", "isrc", "bpm"}, "m4a": {"isrc"}}
TEMPO = bytes.fromhex("0000001a 746d706f 00000012 64617461 00000015 00000000 0078")  # 120, which FFmpeg does not read


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_mp3_of_a_few_frames_is_decoded(seed: int, tmp_path: Path) -> None:
    """FFmpeg alone does not recognise each of them, for example the first."""
    mixture = (np.random.default_rng(seed).standard_normal((2, 3000)) * 0.1).astype(np.float32)
    written = write_stems(
        pieces(mixture, mixture / 2, 9999), {"vocals": tmp_path / "a.mp3"}, OutputFormat.MP3, source(44100)
    )
    with open_audio(written.files[0].path) as stream:
        assert sum(block.shape[1] for block in stream) == 3000


@pytest.mark.parametrize(("codec", "size"), [("mjpeg", 16), ("png", 900)])
@pytest.mark.parametrize("output", list(OutputFormat))
def test_the_cover_is_copied(output: OutputFormat, codec: str, size: int, tmp_path: Path, signal: Tones) -> None:
    cover, mixture = picture(codec, size), signal(48000, 48000)
    paths = {stem: tmp_path / f"{stem}.{output.extension}" for stem in ("vocals", "instrumental")}
    written = write_stems(pieces(mixture, mixture / 2, 9999), paths, output, source(48000), cover=cover)
    for file in written.files:
        with open_audio(file.path) as stream:
            assert stream.cover == (None if output.extension == "wav" else cover)  # RIFF holds no pictures
            wav = np.concatenate(list(stream), axis=1)
        assert wav.shape == mixture.shape
        assert stream.info.container in output.recipe.containers
        assert stream.warnings == []
    content = written.files[0].path.read_bytes()
    if output is OutputFormat.M4A:
        assert content[4:12] == b"ftypM4A "
        assert content.index(b"moov") < content.index(b"mdat")
    if output in (OutputFormat.FLAC, OutputFormat.MP3):
        with av.open(str(written.files[0].path)) as container:
            assert container.streams.video[0].metadata["comment"] == "Cover (front)"
            assert (container.streams.video[0].width, container.streams.video[0].height) == (size, size)


def test_the_front_cover_is_copied_and_invalid_or_large_pictures_are_dropped(tmp_path: Path, signal: Tones) -> None:
    """An MP3 as written by a tagger: ID3 2.3 with several APIC frames."""

    def apic(kind: int, data: bytes, mime: bytes = b"image/jpeg") -> bytes:
        body = b"\0" + mime + b"\0" + bytes([kind]) + b"\0" + data
        return b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body

    song = write_media(tmp_path / "a.mp3", "libmp3lame", signal(48000, 48000), 48000).read_bytes()
    front, back = picture("mjpeg", 32), picture("mjpeg", 48)
    filled = front[:2] + b"\xff\xff" + front[2:]  # as JPEG allows
    for frames, expected in (
        (apic(4, back) + apic(3, front), front),
        (apic(4, back), back),
        (apic(3, b"GIF89a" + bytes(100), b"image/gif"), None),
        (apic(3, front + bytes(5 << 20)), None),
        (apic(3, front[:20]), None),  # cut off before it says how large it is: FFmpeg writes no file with that
        (apic(3, b"\x89PNG\r\n\x1a\n" + bytes(30)), None),
        (apic(3, filled), filled),
        (b"", None),
    ):
        size = bytes((len(frames) >> shift) & 127 for shift in (21, 14, 7, 0))
        (tmp_path / "b.mp3").write_bytes(b"ID3\3\0\0" + size + frames + song[song.index(b"\xff\xfb") :])
        with open_audio(tmp_path / "b.mp3") as stream:
            assert stream.cover == expected
            assert sum(block.shape[1] for block in stream) == 48000


@pytest.mark.parametrize("output", list(OutputFormat))
def test_tags_of_any_language_are_copied(output: OutputFormat, tmp_path: Path, signal: Tones) -> None:
    folder = tmp_path / "Ünïcødé: 名前 🎵"
    folder.mkdir()
    mixture = signal(44100, 5000)
    info = SourceInfo(**{**vars(source()), "tags": TAGGED})
    written = write(folder, output, mixture, mixture, info)
    carried = {name: value for name, value in TAGGED.items() if name not in MISSING.get(output.extension, set())}
    for file in written.files:
        expected = carried | {"title": f"Lied 名 ({file.stem.capitalize()})"}
        if output is OutputFormat.M4A:
            del expected["bpm"]
            assert TEMPO in file.path.read_bytes()
        assert read(file.path)[1].tags == expected
        with av.open(str(file.path)) as container:  # as others read it; Ogg keeps them with the stream
            given = {**container.streams[0].metadata, **container.metadata}
        names = {"TSRC": "isrc", "TBPM": "bpm"}
        assert {names.get(name, name.lower()): value for name, value in given.items()}.items() >= expected.items()


def test_a_missing_title_stays_missing(tmp_path: Path, signal: Tones) -> None:
    info = SourceInfo(**{**vars(source()), "tags": {"artist": "A"}})
    written = write(tmp_path, OutputFormat.FLAC, signal(44100, 5000), signal(44100, 5000), info)
    assert read(written.files[0].path)[1].tags == {"artist": "A"}


@pytest.mark.parametrize(("bpm", "expected"), [("120", 120), ("99.6", 100), ("fast", 0), ("1e999", 0), ("-3", 0)])
def test_mp4_rounds_the_bpm(bpm: str, expected: int) -> None:
    assert tags.written({"bpm": bpm}, "vocals", "ipod") == {"tmpo": str(expected)}


SAME = [
    ("a.wav", "pcm_s16le", {}, OutputFormat.WAV16, None),
    ("b.wav", "pcm_s24le", {}, OutputFormat.WAV24, None),
    ("c.wav", "pcm_f32le", {}, OutputFormat.WAV32F, None),
    ("d.wav", "pcm_u8", {}, OutputFormat.WAV16, None),
    ("e.wav", "pcm_s32le", {}, OutputFormat.WAV24, "rounded from 32 to 24 bits"),
    ("f.aiff", "pcm_s16be", {}, OutputFormat.WAV16, "written to a .wav file: aiff output is not supported"),
    ("g.flac", "flac", {}, OutputFormat.FLAC, None),
    ("h.ogg", "flac", {}, OutputFormat.FLAC, "written to a .flac file: ogg output is not supported"),
    ("i.m4a", "alac", {"muxer": "ipod"}, OutputFormat.FLAC, "written as flac: alac output is not supported"),
    ("j.mp3", "libmp3lame", {}, OutputFormat.MP3, None),
    ("k.m4a", "aac", {"muxer": "ipod"}, OutputFormat.M4A, None),
    ("l.mp4", "aac", {"video": "mpeg4"}, OutputFormat.M4A, None),
    ("m.aac", "aac", {"muxer": "adts"}, OutputFormat.M4A, "written to a .m4a file: aac output is not supported"),
    ("n.opus", "libopus", {}, OutputFormat.OPUS, None),
    ("o.webm", "libopus", {}, OutputFormat.OPUS, "written to a .opus file: matroska output is not supported"),
    ("p.ogg", "vorbis", {}, OutputFormat.OPUS, "written as opus: vorbis output is not supported"),
]


@pytest.mark.parametrize(("name", "codec", "options", "expected", "note"), SAME, ids=[row[0] for row in SAME])
def test_same_keeps_the_sources_format_or_reports_the_nearest(
    name: str, codec: str, options: dict[str, Any], expected: OutputFormat, note: str | None, tmp_path: Path
) -> None:
    rate = 48000
    info = read(write_media(tmp_path / name, codec, tones(rate, 9600), rate, **options))[1]
    output = choose_format("same", info)
    assert output is expected
    mixture = tones(rate, 9600)
    half = (mixture / 2).astype(np.float32)
    paths = {"vocals": tmp_path / f"v.{output.extension}"}
    (file,) = write_stems([Parts(mixture, {"vocals": half})], paths, output, info, same=True).files
    assert file.converted == note
    (explicit,) = write_stems([Parts(mixture, {"vocals": half})], paths, output, info).files
    assert explicit.converted == (note if note and note.startswith("rounded") else None)
    with av.open(str(file.path)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == (
            output.recipe.codec.removeprefix("lib").replace("mp3lame", "mp3")
        )
        assert container.format.name in output.recipe.containers


def test_an_encoder_error_is_propagated(tmp_path: Path, signal: Tones) -> None:
    def failing() -> Iterator[Parts]:
        wav = signal(44100, 1000)
        yield Parts(wav, {"vocals": wav})
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        write_stems(failing(), {"vocals": tmp_path / "v.mp3"}, OutputFormat.MP3, source())


def test_choose_format() -> None:
    assert choose_format("auto", source()) is OutputFormat.FLAC
    assert choose_format("auto", source(channels=8)) is OutputFormat.FLAC
    assert choose_format("auto", source(channels=9, layout="9 channels")) is OutputFormat.WAV24
    assert choose_format("mp3", source()) is OutputFormat.MP3
    for codec, nearest in [("wmav2", OutputFormat.M4A), ("ac3", OutputFormat.M4A), ("amrnb", OutputFormat.MP3)]:
        info = SourceInfo(**{**vars(source(bits=None)), "codec": codec, "lossless": False})
        assert choose_format("same", info) is nearest
    with pytest.raises(ValueError, match="aiff"):
        choose_format("aiff", source())


def test_nearest_rate_keeps_most_of_the_band() -> None:
    allowed = (8000, 32000, 44100, 48000)
    wanted = {4000: 8000, 8000: 8000, 8001: 32000, 44100: 44100, 88200: 44100, 96000: 48000, 50000: 48000}
    assert {rate: nearest_rate(rate, allowed) for rate in wanted} == wanted


@pytest.mark.parametrize("output", list(OutputFormat))
def test_formats_know_their_names(output: OutputFormat) -> None:
    assert output.extension.isalnum()
    assert output.content_type.startswith("audio/")
    assert output.lossless == (output in {*INTEGER, OutputFormat.WAV32F})
