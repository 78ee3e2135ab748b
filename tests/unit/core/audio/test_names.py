"""Names of stems fit into a directory entry, and the stems of a song share its name."""

import os

import pytest

from core.audio.names import LONGEST, stem_name


def test_a_usual_name_is_kept() -> None:
    assert stem_name("a song. (live)", "vocals", "flac") == "a song. (live).vocals.flac"


@pytest.mark.parametrize("song", ["n" * 300, "é" * 150, "声" * 100, "n" * 233 + " tail", "\udcff" * 300])
@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_a_long_name_is_cut_between_characters(song: str, extension: str) -> None:
    names = [stem_name(song, stem, extension) for stem in ("vocals", "instrumental")]
    (start,) = {name.split(".")[0] for name in names}
    assert song.startswith(start)
    assert max(len(os.fsencode(name)) for name in names) > LONGEST - 10
    assert all(len(os.fsencode(name)) <= LONGEST for name in names)
