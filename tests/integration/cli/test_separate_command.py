"""`voicelift separate` never replaces another song's stems, and always closes its engine."""

from pathlib import Path
from typing import Any

import pytest

from cli import separate as command
from cli.main import main
from core.audio.encode import write_stems
from core.separation.engine import Engine
from tests.support.media import tones, write_media


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, tiny_model_dir: Path) -> list[Engine]:
    """The engines that the command loads."""
    loaded: list[Engine] = []
    load = Engine.load

    def note(*_: Any) -> Engine:
        loaded.append(load(tiny_model_dir, "cpu", 1))
        return loaded[-1]

    monkeypatch.setattr(Engine, "load", note)
    return loaded


def song(path: Path, level: float = 0.3) -> Path:
    path.parent.mkdir(exist_ok=True)
    return write_media(path, "pcm_s16le", tones(44100, 22050, level=level), 44100)


def is_closed(engine: Engine) -> bool:
    return not any(lane.is_alive() for lane in engine._lanes)


def separate(*arguments: str | Path) -> int:
    return main(["separate", *map(str, arguments)])


def test_another_song_of_the_same_name_is_refused(
    engines: list[Engine], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert separate(song(tmp_path / "a" / "song.wav"), "-o", out) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(before) == {"song.vocals.flac", "song.instrumental.flac"}
    other = song(tmp_path / "b" / "song.wav", 0.2)
    assert separate(other, "-o", out) == 1
    assert f"{out / 'song.vocals.flac'} exists" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert separate(other, "-o", out, "--overwrite") == 0
    after = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(after) == set(before) and after["song.instrumental.flac"] != before["song.instrumental.flac"]
    assert len(engines) == 3 and all(map(is_closed, engines))


def test_the_same_name_in_another_format_is_refused(engines: list[Engine], tmp_path: Path) -> None:
    wav = song(tmp_path / "song.wav")
    flac = write_media(tmp_path / "song.flac", "flac", tones(44100, 22050), 44100)
    assert separate(wav, "-o", tmp_path / "out", "--format", "mp3", "--stems", "vocals") == 0
    before = (tmp_path / "out" / "song.vocals.mp3").read_bytes()
    assert separate(flac, "-o", tmp_path / "out", "--format", "mp3", "--stems", "vocals") == 1
    assert (tmp_path / "out" / "song.vocals.mp3").read_bytes() == before


@pytest.mark.parametrize("links", [True, False])
def test_a_file_created_meanwhile_is_kept(
    links: bool, engines: list[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def another_finishes(*arguments: Any, **options: Any) -> Any:
        written = write_stems(*arguments, **options)
        (out / "song.vocals.flac").write_bytes(b"another's")
        return written

    monkeypatch.setattr(command, "write_stems", another_finishes)
    if not links:  # as on a file system without hard links

        def refuse(self: Path, target: Path) -> None:
            raise PermissionError(1, "Operation not permitted", str(self), None, str(target))

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert separate(song(tmp_path / "song.wav"), "-o", out) == 1
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("song.vocals.flac", b"another's")]


def test_a_long_name_is_shortened(engines: list[Engine], tmp_path: Path) -> None:
    for name in ("n" * 236, "m" * 251, "é" * 125):  # with .wav 240, 255 and 254 bytes
        assert separate(song(tmp_path / f"{name}.wav"), "-o", tmp_path / "out") == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    starts = ("n" * 236, "m" * 237, "é" * 118)
    assert written == {f"{start}.{stem}.flac" for start in starts for stem in ("vocals", "instrumental")}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_the_engine_is_closed_and_no_file_is_left_after_an_interruption(
    failure: type[BaseException], engines: list[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(pieces: Any, *_: Any, **__: Any) -> None:
        next(iter(pieces))
        raise failure

    monkeypatch.setattr(command, "write_stems", stop)
    if failure is KeyboardInterrupt:
        assert separate(song(tmp_path / "song.wav"), "-o", tmp_path / "out") == 130
    else:
        with pytest.raises(failure):
            separate(song(tmp_path / "song.wav"), "-o", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert len(engines) == 1 and is_closed(engines[0])


def test_the_engine_is_closed_when_the_song_is_refused(engines: list[Engine], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("no song")
    assert separate(tmp_path / "letter.txt", "-o", tmp_path / "out") == 1
    assert len(engines) == 1 and is_closed(engines[0])
