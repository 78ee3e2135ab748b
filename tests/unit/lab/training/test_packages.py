"""Music from Debian packages: licences by file, sound effects skipped, recordings with vocals held for review."""

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from core.errors import InputError
from core.settings import REPOSITORY
from lab.training import packages
from lab.training.packages import UNREADABLE, read_package
from lab.training.pool import RATE
from lab.training.song_files import write_opus
from lab.training.sources import find_recordings

pytestmark = pytest.mark.slow

TINY = REPOSITORY / "tests/data/tiny"
STATEMENT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020 The Game
License: GPL-2+

Files: music/*
Copyright: 2021 A Composer
License: CC-BY-3.0

License: CC-BY-3.0
 Text.
"""


def tone(seconds: float) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE))[None].astype(np.float32)


def deb(folder: Path, files: dict[str, bytes], statement: str = STATEMENT, name: str = "game-music") -> Path:
    root = folder / name
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: music\n"
    contents = files | {f"usr/share/doc/{name}/copyright": statement.encode(), "DEBIAN/control": control.encode()}
    for path, data in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    subprocess.run(["dpkg-deb", "-b", "-Zxz", str(root), str(folder / f"{name}.deb")], check=True, capture_output=True)
    return folder / f"{name}.deb"


@pytest.fixture
def song(tmp_path: Path) -> bytes:
    write_opus(tmp_path / "song.ogg", tone(20))
    return (tmp_path / "song.ogg").read_bytes()


def test_each_file_has_the_licence_of_its_paragraph(tmp_path: Path, song: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "data.pk3", "w") as archive:
        archive.writestr("sound/cdtracks/one.ogg", song)
        archive.writestr("textures/wall.png", b"")
    package = deb(
        tmp_path,
        {
            "usr/share/games/game/music/a.ogg": song,
            "usr/share/games/game/intro.ogg": song,
            "usr/share/games/game/data.pk3": (tmp_path / "data.pk3").read_bytes(),
        },
    )
    read = {
        item.name: (item.pool, item.licence, item.credit)
        for item in read_package(package, tmp_path / "x", tmp_path / "terms")
    }
    assert read == {
        "game-music__music__a": ("debian", "CC-BY-3.0", "2021 A Composer"),
        "game-music__game__intro": ("debian_gpl", "GPL-2+", "2020 The Game"),
        "game-music__cdtracks__one": ("debian_gpl", "GPL-2+", "2020 The Game"),
    }
    assert (tmp_path / "terms/game-music").read_text() == STATEMENT


def test_unreadable_licences_are_not_in_the_open_pool(tmp_path: Path, song: bytes) -> None:
    package = deb(tmp_path, {"usr/share/a.ogg": song}, "This package was made by hand. It is free for all.\n")
    (item,) = read_package(package, tmp_path / "x", tmp_path / "terms")
    assert (item.pool, item.licence) == ("debian_gpl", UNREADABLE)


def test_gathered_music_can_be_reviewed_and_built_into_a_pool(
    tmp_path: Path, song: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_opus(tmp_path / "blip.ogg", tone(2))
    files = {
        "usr/share/g/music/theme.ogg": song,
        "usr/share/g/music/sung.ogg": song + b"\0",
        "usr/share/g/music/blip.ogg": (tmp_path / "blip.ogg").read_bytes(),
        "usr/share/g/music/broken.ogg": b"OggS",
    }
    levels = iter([-30.0, -3.0])  # in alphabetical order: "sung", "theme"
    monkeypatch.setattr(packages, "voice_level", lambda *_: next(levels))
    out, package = tmp_path / "out", str(deb(tmp_path, files))
    command = ["train", "packages", package, "--model", str(TINY), "--out", str(out)]
    assert main(command) == 0
    assert [entry.song for entry in find_recordings([out / "debian"])] == ["game-music__music__sung"]
    assert (out / "held.tsv").read_text().splitlines()[1:] == ["game-music__music__theme\t-3.0"]

    assert main(command) == 0, "known recordings are not separated again: there is no third level"
    assert main([*command, "--keep", "game-music__music__theme"]) == 0
    entries = {e.song: (e.role, e.pool, e.licence, e.credit) for e in find_recordings([out / "debian"])}
    facts = ("accompaniment", "debian", "CC-BY-3.0", "2021 A Composer")
    assert entries == {"game-music__music__sung": facts, "game-music__music__theme": facts}
    assert (out / "held.tsv").read_text().splitlines()[1:] == []


def test_voice_level_is_that_of_the_loudest_window(monkeypatch: pytest.MonkeyPatch) -> None:
    wav = tone(9)
    vocals = wav.copy()
    vocals[:, : 3 * RATE] *= 0.01
    vocals[:, 3 * RATE :] *= 0.1
    monkeypatch.setattr(packages, "separate_array", lambda *_, **__: {"masked": vocals})
    assert packages.voice_level(None, wav) == pytest.approx(-20, abs=0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "message"), [(b"not a package", "cannot be read as a Debian package"), (None, "does not exist")]
)
def test_a_file_that_is_not_a_package_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "x.deb").write_bytes(content)
    with pytest.raises(InputError, match=message):
        packages.gather([str(tmp_path / "x.deb")], tmp_path / "out", TINY)
