"""Folders of songs that are made: what is there is kept, and never said to be another's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.training.augment import Mono
from core.training.made import NOTE, write_songs
from core.training.pool import RATE
from core.training.sources import find_recordings


@dataclass(frozen=True)
class Tone:
    name: str
    licence: str
    credit: str = "Ann"

    def wav(self) -> Mono:
        return np.sin(np.arange(RATE, dtype=np.float32) / 10)


def make(out: Path, licence: str, count: int, seed: int = 0) -> None:
    songs = [Tone(f"song_{i}", licence) for i in range(count)]
    write_songs(songs, out, "vocals.opus", {"font": licence, "seed": seed})


def licences(out: Path) -> dict[str, str]:
    return {entry.song: entry.licence for entry in find_recordings([out])}


def test_a_folder_goes_on_with_what_it_was_made_by_and_refuses_anything_else(tmp_path: Path) -> None:
    out = tmp_path / "made"
    make(out, "MIT", 2)
    first = (out / "song_0" / "vocals.opus").stat().st_mtime_ns
    for licence, seed in (("GPL", 0), ("MIT", 1)):
        with pytest.raises(InputError, match="Name another folder"):
            make(out, licence, 2, seed)
    make(out, "MIT", 3)
    assert licences(out) == {f"song_{i}": "MIT" for i in range(3)}
    make(out, "MIT", 1)
    assert licences(out) == {f"song_{i}": "MIT" for i in range(3)}, "those beyond this call keep theirs"
    assert (out / "song_0" / "vocals.opus").stat().st_mtime_ns == first


def test_a_folder_in_which_nothing_could_be_made_is_free(tmp_path: Path) -> None:
    make(tmp_path / "made", "MIT", 0)
    make(tmp_path / "made", "GPL", 1)
    assert licences(tmp_path / "made") == {"song_0": "GPL"}


def test_a_folder_without_a_note_is_adopted_by_what_its_licences_say(tmp_path: Path) -> None:
    out = tmp_path / "made"
    make(out, "MIT", 2)
    (out / NOTE).unlink()
    with pytest.raises(InputError, match="other material"):
        make(out, "GPL", 2)
    make(out, "MIT", 2)
    assert (out / NOTE).exists()
    (out / NOTE).unlink()
    (out / "licences.tsv").unlink()
    with pytest.raises(InputError, match="other material"):
        make(out, "MIT", 2)
