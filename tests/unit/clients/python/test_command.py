"""Names, journal and output of the command line."""

import io
from pathlib import Path

import pytest

from voicelift_client.command.bar import Bar
from voicelift_client.command.journal import NAME, Entry, Journal, fingerprint
from voicelift_client.command.main import main
from voicelift_client.command.songs import Song, WrongCommand, plan
from voicelift_client.models import Progress


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def targets(songs: list[Song], out: Path) -> dict[str, str]:
    return {song.name: song.target.relative_to(out).as_posix() for song in songs}


def test_a_folder_keeps_its_structure_and_skips_other_files(tmp_path: Path) -> None:
    touch(tmp_path, "b.MP3", "a/song.flac", "a/b/song.wav", "cover.jpg", ".hidden.mp3", ".git/x.mp3")
    out = tmp_path / "stems"
    touch(out, "b (vocals).flac")
    songs = plan([str(tmp_path)], out)
    assert targets(songs, out) == {"b.MP3": "b", "a/song.flac": "a/song", "a/b/song.wav": "a/b/song"}
    assert next(song.name for song in plan([str(tmp_path)], tmp_path)) == "b.MP3", "out may be the folder itself"


def test_songs_with_equal_names_get_separate_stems(tmp_path: Path) -> None:
    touch(tmp_path, "Song.mp3", "song.wav", "other/song.mp3")
    names = [str(tmp_path / name) for name in ("Song.mp3", "song.wav", "Song.mp3")]
    assert targets(plan(names, tmp_path), tmp_path) == {"Song.mp3": "Song.mp3", "song.wav": "song.wav"}
    with pytest.raises(WrongCommand, match="under the same names"):
        plan([str(tmp_path / "Song.mp3"), str(tmp_path / "other" / "song.mp3")], tmp_path)


def test_urls_are_named_by_their_last_segment(tmp_path: Path) -> None:
    (song,) = plan(["https://media.example/a/My%20song.mp3?token=secret"], tmp_path)
    assert (song.path, song.target.name) == (None, "My song")
    assert "secret" not in song.name + song.key, "they are shown, and kept in a file"
    (song,) = plan(["https://media.example"], tmp_path)
    assert song.target.name == "media"


def test_invalid_sources_are_named(tmp_path: Path) -> None:
    with pytest.raises(WrongCommand, match="does not exist"):
        plan([str(tmp_path / "nothing.mp3")], tmp_path)
    with pytest.raises(WrongCommand, match="no recordings"):
        plan([str(tmp_path)], tmp_path)


def test_the_journal_survives_an_incomplete_line(tmp_path: Path) -> None:
    song = Song("https://media.example/1", "1", tmp_path / "1")
    other = Song("https://media.example/2", "2", tmp_path / "2")
    journal = Journal(tmp_path)
    entry = journal.put(Entry(song.key, "request", "key"))
    journal.note(entry, job_id="job_1", files=("1 (vocals).flac",))
    journal.put(Entry(other.key, "request", "key"))
    journal.forget(other)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"song": "sha256:...", "request": ')
    again = Journal(tmp_path)
    known = again.get(song, "request")
    assert known == Entry(song.key, "request", "key", job_id="job_1", files=("1 (vocals).flac",))
    assert again.get(song, "something else") is again.get(other, "request") is None
    again.put(Entry(other.key, "request", "key 2"))
    assert Journal(tmp_path).get(other, "request") == Entry(other.key, "request", "key 2")


def test_a_changed_song_is_a_new_one(tmp_path: Path) -> None:
    touch(tmp_path, "song.mp3")
    (song,) = plan([str(tmp_path / "song.mp3")], tmp_path)
    first = fingerprint(song, "http://here", {"format": "mp3"})
    assert first == fingerprint(song, "http://here", {"format": "mp3"})
    assert first != fingerprint(song, "http://here", {"format": "flac"})
    assert first != fingerprint(song, "http://there", {"format": "mp3"})
    Path(song.source).write_bytes(b"longer than before")
    assert first != fingerprint(song, "http://here", {"format": "mp3"})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_bar_covers_all_songs() -> None:
    now, stream = [0.0], Terminal()
    bar = Bar(stream, 4, clock=lambda: now[0])
    bar.update("a.mp3", Progress(phase="queued", fraction=0, queue_position=3))
    assert bar.text(100) == "[........................]   2%  0 of 4  a.mp3: queued behind 3"
    bar.update("a.mp3", Progress(phase="separating", fraction=0.5, eta_s=130))
    assert stream.getvalue().count("\r") == 1, "not drawn at every step"
    now[0] = 1.0
    bar.update("b.mp3", Progress(phase="uploading", fraction=1))
    assert bar.text(100) == "[###.....................]  15%  0 of 4  a.mp3: separating 50%, about 2 min, and 1 more"
    assert len(bar.text(40)) == 39
    bar.finish("a.mp3")
    bar.line("a line")
    assert "\r\x1b[Ka line\n\r[" in stream.getvalue()
    bar.update("b.mp3", Progress(phase="downloading", fraction=0.5))
    assert bar.fraction == pytest.approx((1 + 0.95) / 4)
    bar.clear()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_without_a_terminal_progress_is_printed_as_lines() -> None:
    stream = io.StringIO()
    bar = Bar(stream, 1)
    bar.update("a.mp3", Progress(phase="uploading", fraction=1))
    bar.line("a line")
    bar.finish("a.mp3")
    bar.clear()
    assert stream.getvalue() == "a line\n"


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["separate", "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(f"  {code}  " in text for code in range(4))
