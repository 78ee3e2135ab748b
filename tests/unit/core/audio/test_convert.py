"""Lossy files from a finished lossless one."""

from pathlib import Path

import numpy as np
import pytest

from core.audio.convert import convert
from core.audio.decode import Limits, SourceInfo, open_audio
from core.audio.encode import write_stems
from core.audio.formats import OutputFormat
from core.audio.stems import Parts
from core.errors import Stopped
from core.jobs.conversion import CONVERSIONS, Converted, expected_bytes
from tests.support.media import picture, tones

pytestmark = pytest.mark.slow

RATE, SECONDS = 44100, 10


@pytest.fixture(scope="module")
def stem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished file of noise and tones, with a cover, louder than full scale."""
    info = SourceInfo("wav", "pcm_f32le", RATE, 2, "stereo", None, None, True, True, {"title": "Song"})
    noise = np.random.default_rng(1).normal(0, 0.1, (2, SECONDS * RATE)).astype(np.float32)
    wav, path = 4 * (tones(RATE, SECONDS * RATE) + noise), tmp_path_factory.mktemp("stem") / "vocals.flac"
    write_stems([Parts(wav, {"vocals": wav})], {"vocals": path}, OutputFormat.FLAC, info, cover=picture("png"))
    return path


@pytest.mark.parametrize("to", CONVERSIONS)
def test_it_is_the_same_music_with_tags_and_cover(to: Converted, stem: Path, tmp_path: Path) -> None:
    output, target = OutputFormat(to), tmp_path / f"vocals.{to}"
    tags, seconds = {"title": "Song", "artist": "Ärger"}, []
    converted = convert(stem, target, output, "vocals", tags, Limits(), lambda: seconds.append(1))
    assert (converted.path, converted.bytes, converted.bits) == (target, target.stat().st_size, None)
    assert len(seconds) == SECONDS
    with open_audio(target) as stream:
        wav = np.concatenate(list(stream), axis=1)
        assert (stream.info.tags["title"], stream.info.tags["artist"]) == ("Song (Vocals)", "Ärger")
        assert stream.cover == picture("png")
        rate = stream.info.sample_rate
    with open_audio(stem) as stream:
        whole = np.concatenate(list(stream), axis=1)
    assert wav.shape[1] / rate == pytest.approx(SECONDS, abs=1 / rate)
    if rate == RATE:
        assert np.corrcoef(wav[0], whole[0])[0, 1] > 0.98


@pytest.mark.parametrize("to", CONVERSIONS)
def test_its_size_is_estimated(to: Converted, stem: Path, tmp_path: Path) -> None:
    converted = convert(stem, tmp_path / "x", OutputFormat(to), "vocals", {}, Limits(), lambda: None)
    assert converted.bytes == pytest.approx(expected_bytes(to, SECONDS, RATE, 2), rel=0.35)


@pytest.mark.parametrize("to", ["m4a", "opus"])
def test_the_estimated_bit_rates_equal_those_of_the_encoders(to: Converted) -> None:
    bit_rate = OutputFormat(to).recipe.bit_rate
    assert bit_rate is not None
    assert expected_bytes(to, 8.0, 48000, 1) == bit_rate


def test_it_stops_on_request(stem: Path, tmp_path: Path) -> None:
    def check() -> None:
        raise Stopped("enough")

    with pytest.raises(Stopped):
        convert(stem, tmp_path / "x", OutputFormat.MP3, "vocals", {}, Limits(), check)
