"""Synthetic singing with a voicebank of harmonic tones: melodies, pitch, syllables and files."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from core.errors import InputError
from lab.evaluation.perceptual import pitch
from lab.training.pool import RATE
from lab.training.score import MIN_S, Note, Phrase, Song, compose
from lab.training.singing import FRAME, Style, SyllableString, analyse, sing
from lab.training.song_files import write_opus
from lab.training.sources import find_recordings
from lab.training.sung import find_banks, generate

pytestmark = pytest.mark.slow

needs_world = pytest.mark.skipif(
    importlib.util.find_spec("pyworld") is None,
    reason="the package pyworld (extra `evaluation-voice`) is not installed",
)
PLAIN = Style(1.0, 1.0, 8.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def syllables(count: int = 4, f0: float = 220, seed: int = 0) -> np.ndarray:
    """`count` syllables of half a second: 80 ms of noise, then a vowel that fades out."""
    random = np.random.default_rng(seed)
    t = np.arange(int(0.42 * RATE)) / RATE
    source = np.sum([np.sin(2 * np.pi * f0 * k * t + k) / k for k in range(1, int(9000 / f0))], axis=0)
    vowel = lfilter([1], [1, -1.6, 0.8], source) * np.clip(np.minimum(t / 0.03, (t[-1] - t) / 0.06), 0.02, 1)
    hiss = random.normal(0, 0.15, int(0.08 * RATE))
    word = np.concatenate([hiss, vowel / np.abs(vowel).max()])
    return (0.4 * np.concatenate([np.zeros(2400), *[word] * count, np.zeros(2400)])).astype(np.float32)


@pytest.fixture(scope="module")
def string() -> SyllableString:
    sung = analyse(syllables())
    assert sung
    return sung


def test_composed_songs_have_their_key_range_and_length() -> None:
    for seed in range(5):
        song = compose(np.random.default_rng(seed), centre=60, seconds=40)
        assert 40 <= song.seconds < 80
        notes = [note for phrase in song.phrases for note in phrase.notes]
        assert all(abs(song.pitch(n.degree) - 60) < 20 for n in notes)
        assert {round(song.pitch(n.degree) - song.key) % 12 for n in notes} <= set(song.scale)
        assert min(n.seconds for n in notes) >= MIN_S
        assert not any(phrase.notes[0].tied for phrase in song.phrases)
        assert len({n.degree for n in notes}) > 3


def test_degrees_extend_beyond_one_octave() -> None:
    song = Song(60, (0, 2, 4, 5, 7, 9, 11), ())
    assert [song.pitch(d) for d in (-1, 0, 4, 7, 9)] == [59, 60, 67, 72, 76]


@needs_world
def test_analysis_yields_syllables_and_pitch(string: SyllableString) -> None:
    assert len(string.syllables) == 4
    assert string.pitch == pytest.approx(57, abs=0.1)
    for number, (start, nucleus, end) in enumerate(string.syllables):
        begins = 0.1 + 0.5 * number
        assert abs(nucleus * FRAME - (begins + 0.1)) < 0.04, "the vowel starts after the noise"
        assert start < nucleus < end <= (begins + 0.55) / FRAME


@needs_world
def test_noise_is_rejected() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert analyse(noise) is None


@needs_world
def test_the_song_has_the_pitches_and_times_of_its_notes(string: SyllableString) -> None:
    notes = tuple(Note(degree, 0.6) for degree in (0, 2, 4, 0))
    song = Song(57, (0, 2, 4, 5, 7, 9, 11), (Phrase(notes, 0.5),))
    wav = sing(np.random.default_rng(0), song, [string], PLAIN, backing=0)
    assert len(wav) == pytest.approx(2.9 * RATE, abs=0.02 * RATE)
    assert np.abs(wav).max() == pytest.approx(0.5)
    assert np.abs(wav[-RATE // 3 :]).max() < 1e-3, "the rest is silent"
    track = pitch(wav, RATE)
    for number, note in enumerate(notes):
        middle = track[int((number + 0.45) * 60) : int((number + 0.8) * 60)]
        sung = 69 + 12 * np.log2(np.median(middle[middle > 0]) / 440)
        assert sung == pytest.approx(song.pitch(note.degree), abs=0.25)


@needs_world
def test_backing_voices_breath_and_vocal_tract_change_the_sound(string: SyllableString) -> None:
    song = Song(57, (0, 2, 4, 5, 7, 9, 11), (Phrase((Note(0, 1.0), Note(2, 1.0)), 0.0),))

    def sung(backing: float = 0.0, **changes: float) -> np.ndarray:
        style = Style(**{**PLAIN.__dict__, **changes})
        return sing(np.random.default_rng(1), song, [string], style, backing)

    alone = sung()
    assert len(sung(breath=1.0)) > len(alone) + 0.1 * RATE, "the breath precedes the phrase"
    layered = sung(backing=1.0)
    assert len(layered) >= len(alone)
    assert np.abs(layered[: len(alone)] - alone).max() > 0.02

    def centroid(wav: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(wav)) ** 2
        return float((power * np.arange(len(power))).sum() / power.sum()) / len(wav)

    assert centroid(sung(vocal_tract=1.25)) > 1.05 * centroid(alone)


@needs_world
def test_songs_are_written_in_the_layout_of_a_pool(tmp_path: Path) -> None:
    root = tmp_path / "audio"
    (root / "open/vocals").mkdir(parents=True)
    write_opus(root / "open/vocals/ann_00.opus", np.concatenate([syllables(4, 220, s) for s in range(2)])[None])
    length = len(syllables(4)) / RATE
    rows = [("open/vocals/ann_00.opus", i * length, (i + 1) * length, "nya") for i in range(2)]
    for name, table in (
        ("open/vocals/segments.tsv", [("file", "start_s", "end_s", "source_name"), *rows]),
        ("licences.tsv", [("path", "licence", "credit"), ("open/vocals/ann_00.opus", "CC0", "Ann")]),
    ):
        with (root / name).open("w", newline="") as file:
            csv.writer(file, delimiter="\t").writerows(table)
    generate(root, tmp_path / "sung", minutes=0.1)
    (entry,) = find_recordings([tmp_path / "sung"])
    assert (entry.pool, entry.song, entry.role, entry.licence, entry.credit) == (
        "sung",
        "ann_00_0000",
        "vocals",
        "CC0",
        "Ann",
    )
    song = entry.files[0].path
    assert song.stat().st_size > 20_000
    written = song.stat().st_mtime_ns
    generate(root, tmp_path / "sung", minutes=0.1)
    assert song.stat().st_mtime_ns == written, "existing songs are not rendered again"


def test_missing_voicebanks_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"segments\.tsv"):
        find_banks(tmp_path)
