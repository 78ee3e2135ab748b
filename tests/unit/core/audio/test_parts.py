"""WAV behind a tag, samples in wider containers, chained Ogg, and codecs that PyAV reads but cannot write."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.audio.decode import DAMAGED_WARNING, open_audio
from core.audio.encode import write_stems
from core.audio.formats import OutputFormat, choose_format
from core.audio.stems import Parts
from core.errors import UnsupportedMedia

pytestmark = pytest.mark.slow

Make = Callable[..., Path]
Tones = Callable[..., np.ndarray]
RATE = 44100
DATA = Path(__file__).parents[3] / "data" / "media"
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")


def decode(path: Path) -> tuple[np.ndarray, int | None, list[str]]:
    with open_audio(path) as stream:
        return np.concatenate(list(stream), axis=1), stream.info.bits, stream.warnings


def extensible(wav: np.ndarray, container: int, valid: int) -> bytes:
    """WAVE_FORMAT_EXTENSIBLE: `valid` bits at the top of `container` bits."""
    values = np.rint(wav.astype(np.float64) * 2 ** (valid - 1)).astype(np.int64) << (container - valid)
    data = values.T.astype("<i8").reshape(-1, 1).view(np.uint8)[:, : container // 8].tobytes()
    block = 2 * container // 8
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 2, RATE, RATE * block, block, container, 22, valid, 3) + PCM_GUID
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("container", "valid", "bits"), [(32, 24, 24), (32, 20, 20), (32, 16, 16), (24, 16, 16), (32, 32, 32), (24, 24, 24)]
)
def test_samples_in_wider_containers_decode_exactly(
    container: int, valid: int, bits: int, tmp_path: Path, signal: Tones
) -> None:
    wav = signal(RATE, 5000)  # on the grid of 16 bits
    (tmp_path / "a.wav").write_bytes(extensible(wav, container, valid))
    got, info, warnings = decode(tmp_path / "a.wav")
    assert np.array_equal(got, wav)
    assert (info, warnings) == (bits, [])


def test_24_bits_in_32_are_written_as_24_without_a_loss(tmp_path: Path, signal: Tones) -> None:
    (tmp_path / "a.wav").write_bytes(extensible(signal(RATE, 5000), 32, 24))
    with open_audio(tmp_path / "a.wav") as stream:
        (wav,) = stream
    assert choose_format("same", stream.info) is OutputFormat.WAV24
    written = write_stems(
        [Parts(wav, {"vocals": wav})], {"vocals": tmp_path / "v.wav"}, OutputFormat.WAV24, stream.info
    )
    assert (written.files[0].bits, written.files[0].converted) == (24, None)
    assert np.array_equal(decode(tmp_path / "v.wav")[0], wav)


@pytest.mark.parametrize("length", [0, 10, 5000, 200_000])
@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.m4a", "a.mkv"])
def test_a_tag_before_the_file_is_skipped(name: str, length: int, tmp_path: Path, media: Make, signal: Tones) -> None:
    wav = signal(RATE, 5000)
    codec = {"a.wav": "pcm_s16le", "a.aiff": "pcm_s16be", "a.m4a": "alac"}.get(name, "flac")
    tag = b"ID3\4\0\0" + bytes((length >> shift) & 127 for shift in (21, 14, 7, 0)) + bytes(length)
    path = media(tmp_path / name, codec, wav, RATE)
    path.write_bytes(tag + path.read_bytes())
    got, bits, warnings = decode(path)
    assert np.array_equal(got, wav)
    assert (bits, warnings) == (24 if codec == "alac" else 16, [])


LINKS = {
    "vorbis": ("a.ogg", "vorbis", 44100, 2),
    "slow vorbis": ("b.ogg", "vorbis", 22050, 2),
    "opus": ("c.opus", "libopus", 48000, 2),
    "mono opus": ("d.opus", "libopus", 48000, 1),
    "flac": ("e.ogg", "flac", 44100, 2),
    "mono flac": ("f.ogg", "flac", 44100, 1),
}


@pytest.mark.parametrize("first", ["vorbis", "opus", "flac"])
@pytest.mark.parametrize("second", LINKS)
def test_every_link_of_a_chained_ogg_is_decoded(
    first: str, second: str, tmp_path: Path, media: Make, signal: Tones
) -> None:
    """At the rate and with the channels of the first."""
    content, expected = b"", []
    rate = LINKS[first][2]
    for name, codec, own_rate, channels in (LINKS[first], LINKS[second], LINKS[first]):
        content += media(tmp_path / name, codec, signal(own_rate, own_rate, channels), own_rate).read_bytes()
        expected.append(signal(rate, rate, channels)[0])
    (tmp_path / "all.ogg").write_bytes(content)
    got, _, warnings = decode(tmp_path / "all.ogg")
    assert warnings == []
    assert abs(got.shape[1] - 3 * rate) < 1000
    for index, wav in enumerate(expected):
        middle = slice(rate // 4, rate // 2)
        part = got[0, index * rate :][: rate + 1000]
        best = max(np.corrcoef(part[shift:][middle], wav[middle])[0, 1] for shift in range(0, 700, 4))
        assert best > 0.9


def test_a_truncated_chain_is_reported(tmp_path: Path, media: Make, signal: Tones) -> None:
    whole = media(tmp_path / "a.ogg", "vorbis", signal(RATE, RATE), RATE).read_bytes()
    other = media(tmp_path / "b.opus", "libopus", signal(48000, 48000), 48000).read_bytes()
    for tail in (other[: len(other) // 2], other[:30]):
        (tmp_path / "c.ogg").write_bytes(whole + tail)
        got, _, warnings = decode(tmp_path / "c.ogg")
        assert got.shape[1] >= RATE
        assert warnings == [DAMAGED_WARNING]


@pytest.mark.parametrize(("name", "codec", "lossless"), [("dts.mkv", "dts", False), ("truehd.mkv", "truehd", True)])
def test_audio_of_discs_is_decoded(name: str, codec: str, lossless: bool) -> None:
    with open_audio(DATA / name) as stream:
        got = np.concatenate(list(stream), axis=1)
    assert (stream.info.codec, stream.info.lossless, stream.info.sample_rate) == (codec, lossless, 48000)
    assert got.shape[0] == 2
    assert 4800 <= got.shape[1] < 6200
    tone = got[0, 1000:4000]
    assert np.argmax(np.abs(np.fft.rfft(tone * np.hanning(3000)))) in (27, 28)  # bins of 16 Hz
    assert stream.warnings == []
    assert choose_format("same", stream.info) is (OutputFormat.FLAC if lossless else OutputFormat.M4A)


def test_latm_is_decoded(tmp_path: Path, media: Make, signal: Tones) -> None:
    wav = signal(48000, 48000)
    path = media(tmp_path / "latm.ts", "aac", wav, 48000, muxer="mpegts", mpegts_flags="latm")
    with open_audio(path) as stream:
        got = np.concatenate(list(stream), axis=1)
    assert stream.info.codec == "aac_latm"
    assert 0 <= got.shape[1] - 48000 < 4096
    assert choose_format("same", stream.info) is OutputFormat.M4A


def test_an_unsupported_codec_is_not_reported_as_no_audio(tmp_path: Path, media: Make, signal: Tones) -> None:
    path = media(tmp_path / "a.wav", "adpcm_yamaha", signal(RATE, RATE), RATE)
    with pytest.raises(UnsupportedMedia, match="codec"):
        open_audio(path)
