"""Pieces by sampled instruments: programs, pitch, panning, and the folder for a pool."""

import ctypes.util
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from lab.training import played
from lab.training.played import BEND, CHORDS, LEADS, Note, Part, arrange, generate, play
from lab.training.pool import RATE
from lab.training.sources import find_recordings

pytestmark = pytest.mark.slow

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
VOICES = {52, 53, 54, 85, 91}  # choir, "oohs", synth voice, their lead and pad
needs_font = pytest.mark.skipif(
    not (FONT.exists() and importlib.util.find_spec("fluidsynth") and ctypes.util.find_library("fluidsynth")),
    reason="Debian's libfluidsynth3 and timgm6mb-soundfont, or the package pyfluidsynth, are not installed",
)


def test_no_program_is_a_voice() -> None:
    leads = [program for _, programs in LEADS for program in programs]
    assert not VOICES & {*leads, *CHORDS}
    assert len(leads) == len(set(leads)) > 60
    assert sum(odds for odds, _ in LEADS) == pytest.approx(1)


def test_a_piece_depends_on_its_seed_and_has_valid_parts() -> None:
    pieces = [arrange(np.random.default_rng(seed), 20) for seed in range(30)]
    assert arrange(np.random.default_rng(3), 20) == pieces[3] != pieces[4]
    for parts in pieces:
        assert parts
        for part in parts:
            assert all(0 <= note.start < note.end and 0 <= note.key <= 127 for note in part.notes)
            assert part.notes or part.program is None
    assert {len(parts) for parts in pieces} >= {1, 2, 3}, "with and without accompaniment"
    assert any(part.program is None for parts in pieces for part in parts)
    pans = [part.pan for parts in pieces for part in parts]
    assert all(0 <= pan <= 127 for pan in pans)
    assert 64 in pans and min(pans) < 32 and max(pans) > 96, "from left to right"
    volumes = [part.volume for parts in pieces for part in parts if part.program is not None]
    assert min(volumes) > 0


def test_a_glide_bends_from_the_previous_note() -> None:
    notes = [Note(0, 1, 60, 90), Note(1, 2, 62, 90), Note(2, 3, 70, 90)]
    bends = [call[2] for _, _, call in played._events(0, Part(40, notes, glide=0.1)) if call[0] == "pitch_bend"]
    assert bends[0] == -2 * BEND and bends[-1] == 0 and bends == sorted(bends)
    assert len(bends) == 11, "no glide over eight semitones"


@needs_font
def test_a_note_has_its_pitch_and_duration() -> None:
    for key in (57, 69):
        sides = play(FONT, [Part(73, [Note(0.5, 1.5, key, 100)])], 3)
        assert sides.shape == (2, 3 * RATE) and sides.dtype == np.float32
        assert np.abs(sides).max() == pytest.approx(0.5, abs=0.01)
        wav = sides.mean(0)
        assert np.abs(wav[: int(0.49 * RATE)]).max() < 1e-3 < np.abs(wav[int(0.6 * RATE) :]).max()
        assert np.abs(wav[int(2.5 * RATE) :]).max() < 0.02
        power = np.abs(np.fft.rfft(wav[int(0.7 * RATE) : int(1.4 * RATE)] * np.hanning(int(0.7 * RATE))))
        hertz = float(power.argmax() / 0.7)
        expected = 440 * 2 ** ((key - 69) / 12)
        assert min(abs(hertz - k * expected) for k in (1, 2, 3)) < 0.02 * expected


@needs_font
def test_a_part_is_panned() -> None:
    def sides(pan: int) -> np.ndarray:
        wav = play(FONT, [Part(73, [Note(0.1, 0.9, 69, 100)], pan=pan)], 1)
        return np.sqrt(np.mean(np.square(wav), axis=1))

    left, middle, right = sides(0), sides(64), sides(127)
    assert left[0] > 4 * left[1]
    assert right[1] > 4 * right[0]
    assert middle[0] == pytest.approx(middle[1], rel=0.1)


@needs_font
def test_rendering_does_not_depend_on_earlier_pieces() -> None:
    parts = arrange(np.random.default_rng(2), 5)
    first = play(FONT, parts, 5)
    play(FONT, arrange(np.random.default_rng(3), 2), 2)
    assert np.array_equal(play(FONT, parts, 5), first)


@needs_font
def test_pieces_are_written_in_the_layout_of_a_pool(tmp_path: Path) -> None:
    generate(FONT, tmp_path / "played", 1.5, "GPL", "Tim")
    entries = find_recordings([tmp_path / "played"])
    assert [(e.pool, e.song, e.role, e.split, e.licence, e.credit) for e in entries] == [
        ("played", "piece_0000", "accompaniment", "dev", "GPL", "Tim"),
        ("played", "piece_0001", "accompaniment", "train", "GPL", "Tim"),
    ]
    piece = entries[0].files[0].path
    written = piece.stat().st_mtime_ns
    generate(FONT, tmp_path / "played", 1.5, "GPL", "Tim")
    assert piece.stat().st_mtime_ns == written, "existing pieces are not rendered again"


@needs_font
def test_a_file_that_is_not_a_soundfont_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fluid-soundfont-gm"):
        generate(tmp_path / "none.sf2", tmp_path / "out", 1, "", "")
    (tmp_path / "font.sf2").write_bytes(b"RIFF")
    with pytest.raises(InputError, match="not a SoundFont"):
        generate(tmp_path / "font.sf2", tmp_path / "out", 1, "", "")


def test_a_missing_fluidsynth_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match="libfluidsynth3"):
        generate(FONT, tmp_path / "out", 1, "", "")
