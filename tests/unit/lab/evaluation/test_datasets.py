"""Layouts of recordings."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import NotFound
from lab.evaluation.audio_files import read_audio, write_audio
from lab.evaluation.datasets import folder_set, limited, load, pool_set, synthetic_set

pytestmark = pytest.mark.slow

RATE = 8000
LSB = 1.5 / 32768


def tone(seconds: float, frequency: float, channels: int = 2) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(0.2 * np.sin(2 * np.pi * frequency * t)[None], channels, axis=0).astype(np.float32)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_written_audio_reads_back(tmp_path: Path, suffix: str, channels: int) -> None:
    wav = tone(0.5, 440, channels)
    wav[0] *= 0.5
    write_audio(tmp_path / f"a{suffix}", wav, RATE)
    read, rate = read_audio(tmp_path / f"a{suffix}")
    assert rate == RATE and read.shape == wav.shape
    assert np.abs(read - wav).max() < LSB


def pool(root: Path) -> Path:
    """A small folder of all four sets. Files with the suffix .opus contain FLAC."""
    lists = {
        "musdb7": {"dev": ["Track_A"], "train": ["Track_B"]},
        "mir1k": {"dev": ["amy"], "train": []},
        "songs": {"dev": ["moon"], "train": []},
        "instrumental": {"dev": ["waltz.flac"], "train": []},
    }
    (root / "splits.json").write_text(json.dumps(lists))
    for track in ("Track_A", "Track_B"):
        for k, stem in enumerate(("drums", "bass", "other", "vocals")):
            path = root / "research/musdb7" / track / f"{stem}.flac"
            write_audio(path, tone(1.0 + 0.01 * k, 200 + 50 * k), RATE)
            path.rename(path.with_suffix(".opus"))
    write_audio(root / "research/mir1k/amy/amy_1_01.flac", np.concatenate([tone(1, 200, 1), tone(1, 400, 1)]), RATE)
    song = tone(40, 300)
    song[:, : 13 * RATE] = 0  # no voice in the first excerpt and in most of the third
    song[:, 26 * RATE : 36 * RATE] = 0
    write_audio(root / "open/songs/moon/vocals.flac", song, RATE)
    write_audio(root / "open/songs/moon/accompaniment.flac", tone(40, 100), RATE)
    write_audio(root / "open/instrumental/waltz.flac", tone(31, 100), RATE)
    return root


def test_dev_lists_of_the_sets(tmp_path: Path) -> None:
    root = pool(tmp_path)
    [ref] = pool_set(root, "musdb7").clips
    clip = load(ref)
    assert ref.name == ref.song == "Track_A" and clip.rate == RATE
    assert clip.mixture.shape == (2, RATE), "cut to the shortest stem"
    assert clip.vocals is not None
    assert np.abs(clip.mixture - sum(tone(1.0, f) for f in (200, 250, 300, 350))).max() < 4 * LSB
    assert np.abs(clip.mixture - clip.vocals - clip.accompaniment).max() < 1e-6

    clip = load(pool_set(root, "mir1k").clips[0])
    assert clip.ref.name == "amy_1_01" and clip.ref.song == "amy_1"
    assert clip.rate == 16000 and clip.vocals is not None and clip.mixture.shape[0] == 1
    assert np.abs(np.fft.rfft(clip.vocals[0])).argmax() == 400, "the voice is on the right"
    assert np.abs(np.fft.rfft(clip.accompaniment[0])).argmax() == 200

    [ref] = pool_set(root, "songs").clips
    clip = load(ref)
    assert (ref.start, ref.stop) == (12.0, 24.0) and clip.seconds == 12.0
    assert ref.name == "moon_012s" and ref.song == "moon"

    clip = load(pool_set(root, "instrumental").clips[0])
    assert clip.vocals is None and clip.seconds == 30.0
    assert np.array_equal(clip.mixture, clip.accompaniment)


def test_missing_folders_and_sets_are_reported(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="--folder"):
        pool_set(tmp_path, "musdb7")
    with pytest.raises(NotFound, match="Available: musdb7, mir1k"):
        pool_set(pool(tmp_path), "jazz")
    with pytest.raises(NotFound, match="No pairs"):
        folder_set(tmp_path)


def test_a_folder_of_pairs_in_each_layout(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_audio(tmp_path / "a" / name / "mixture.wav", tone(1, 200) + tone(1, 300), RATE)
        write_audio(tmp_path / "a" / name / "vocals.wav", tone(1, 300), RATE)
        write_audio(tmp_path / "b" / "mixture" / f"{name}.wav", tone(1, 200) + tone(1, 300), RATE)
        write_audio(tmp_path / "b" / "vocals" / f"{name}.wav", tone(1, 300), RATE)
    for layout in ("a", "b"):
        clip_set = folder_set(tmp_path / layout)
        assert [clip.name for clip in clip_set.clips] == ["one", "two"] and not clip_set.full_songs
        clip = load(clip_set.clips[0])
        assert np.abs(clip.accompaniment - tone(1, 200)).max() < 4 * LSB, "mixture - vocals"


def test_vocals_with_some_of_the_stems_are_not_a_pair(tmp_path: Path) -> None:
    for stem in ("vocals", "other"):
        write_audio(tmp_path / "one" / f"{stem}.wav", tone(1, 200), RATE)
    with pytest.raises(NotFound, match="No pairs"):
        folder_set(tmp_path)


def test_a_folder_of_music_without_vocals(tmp_path: Path) -> None:
    write_audio(tmp_path / "one" / "accompaniment.wav", tone(1, 200), RATE)
    [ref] = folder_set(tmp_path).clips
    clip = load(ref)
    assert ref.name == "one" and clip.vocals is None and np.array_equal(clip.mixture, clip.accompaniment)


def test_musdb18_hq_scores_its_test_list_as_full_songs(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for stem in ("mixture", "drums", "bass", "other", "vocals"):
            write_audio(tmp_path / part / f"Song {part}" / f"{stem}.wav", tone(1, 200), RATE)
    clip_set = folder_set(tmp_path)
    assert [clip.name for clip in clip_set.clips] == ["Song test"] and clip_set.full_songs
    clip = load(clip_set.clips[0])
    assert np.abs(clip.mixture - tone(1, 200)).max() < LSB, "the recorded mixture"
    assert np.abs(clip.accompaniment - 3 * tone(1, 200)).max() < 4 * LSB, "drums + bass + other"


def test_limited_sets_are_spread_over_the_list_and_cut() -> None:
    clip_set = limited(synthetic_set(), 2, max_seconds=1.0)
    assert [clip.name for clip in clip_set.clips] == ["made_0", "made_3"]
    clip = load(clip_set.clips[0])
    assert clip.seconds == 1.0 and clip.vocals is not None and clip.mixture.shape == (2, 44100)
    again = load(clip_set.clips[0])
    assert np.array_equal(clip.mixture, again.mixture), "synthetic songs are reproducible"
