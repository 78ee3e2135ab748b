"""Folders of synthetic songs: existing songs are kept, with their licence and provenance."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.audio.types import Wav
from core.errors import InputError
from lab.training.build_pool import read_wav
from lab.training.pool import RATE
from lab.training.song_files import PROVENANCE, write_opus, write_songs
from lab.training.sources import find_recordings

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Tone:
    name: str
    licence: str
    credit: str = "Ann"

    def wav(self) -> Wav:
        return np.sin(np.arange(RATE, dtype=np.float32) / 10)[None]


def make(out: Path, licence: str, count: int, seed: int = 0) -> None:
    songs = [Tone(f"song_{i}", licence) for i in range(count)]
    write_songs(songs, out, "vocals.opus", {"font": licence, "seed": seed})


def licences(out: Path) -> dict[str, str]:
    return {entry.song: entry.licence for entry in find_recordings([out])}


def test_a_folder_has_one_provenance_and_keeps_existing_songs(tmp_path: Path) -> None:
    out = tmp_path / "songs"
    make(out, "MIT", 2)
    first = (out / "song_0" / "vocals.opus").stat().st_mtime_ns
    for licence, seed in (("GPL", 0), ("MIT", 1)):
        with pytest.raises(InputError, match="Name another folder"):
            make(out, licence, 2, seed)
    make(out, "MIT", 3)
    assert licences(out) == {f"song_{i}": "MIT" for i in range(3)}
    make(out, "MIT", 1)
    assert licences(out) == {f"song_{i}": "MIT" for i in range(3)}, "songs of the longer call keep their rows"
    assert (out / "song_0" / "vocals.opus").stat().st_mtime_ns == first


def test_a_folder_without_songs_takes_any_provenance(tmp_path: Path) -> None:
    make(tmp_path / "songs", "MIT", 0)
    make(tmp_path / "songs", "GPL", 1)
    assert licences(tmp_path / "songs") == {"song_0": "GPL"}


def test_songs_of_unknown_provenance_are_not_changed(tmp_path: Path) -> None:
    out = tmp_path / "songs"
    make(out, "MIT", 2)
    (out / PROVENANCE).unlink()
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="other material"):
        make(out, "MIT", 2)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("pitches", [(600,), (600, 1100)])
def test_a_file_keeps_the_order_of_channels(tmp_path: Path, pitches: tuple[int, ...]) -> None:
    t = np.arange(RATE, dtype=np.float32) / RATE
    wav = np.stack([0.3 * np.sin(2 * np.pi * hertz * t) for hertz in pitches]).astype(np.float32)
    write_opus(tmp_path / "song.opus", wav)
    again = read_wav(tmp_path / "song.opus")
    assert again.shape == wav.shape
    for channel, before in zip(again, wav, strict=True):
        error = channel[2000:-2000] - before[2000:-2000]
        assert np.sum(error**2) < 0.01 * np.sum(before[2000:-2000] ** 2)
    if len(wav) > 1:
        np.testing.assert_array_equal(read_wav(tmp_path / "song.opus", "1"), again[1:])
