"""The song in the repository matches its script, and its score is consistent."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from deploy.local.demo_song import score

FOLDER = Path(score.__file__).parent
RATE = 44100


def decoded(path: Path) -> tuple[str, np.ndarray]:
    """(sample format in the file, samples [2, n] at RATE)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        frames = [part for frame in container.decode(stream) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
        return stream.format.name, np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.fixture(scope="module")
def mixture() -> np.ndarray:
    return decoded(FOLDER / "demo_song.flac")[1]


@pytest.fixture(scope="module")
def vocals() -> np.ndarray:
    return decoded(FOLDER / "vocals.opus")[1]


def test_it_is_20_to_30_s_of_16_bit_stereo_and_small(mixture: np.ndarray) -> None:
    path = FOLDER / "demo_song.flac"
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels, stream.format.name) == (RATE, 2, "s16")
    assert 20 <= mixture.shape[1] / RATE <= 30
    assert path.stat().st_size <= 3_000_000
    assert 0.5 < np.abs(mixture).max() < 1.0


def test_the_left_and_right_channels_differ(mixture: np.ndarray) -> None:
    side = mixture[0] - mixture[1]
    assert (side**2).mean() > 0.01 * (mixture**2).mean()


def test_the_voice_has_the_stated_level(mixture: np.ndarray, vocals: np.ndarray) -> None:
    n = min(mixture.shape[1], vocals.shape[1])
    backing = mixture[:, :n] - vocals[:, :n]
    sounding = np.abs(vocals[:, :n]).max(axis=0) > 0.02 * np.abs(vocals).max()
    level = 10 * np.log10((vocals[:, :n][:, sounding] ** 2).mean() / (backing[:, sounding] ** 2).mean())
    assert level == pytest.approx(-4.0, abs=0.5)


def test_without_the_voice_the_mixture_would_be_different(mixture: np.ndarray, vocals: np.ndarray) -> None:
    """Removing the true vocals removes their energy: they line up with the mixture to the sample."""
    n = min(mixture.shape[1], vocals.shape[1])
    correlation = (mixture[:, :n] * vocals[:, :n]).sum() / (vocals[:, :n] ** 2).sum()
    assert correlation == pytest.approx(1.0, abs=0.1)


def test_every_chord_of_the_score_has_two_beats() -> None:
    assert len(score.CHORDS) * 2 == score.BEATS
    assert set(score.CHORDS) <= set(score.TRIADS)


def test_phrases_do_not_overlap() -> None:
    ends = [phrase.start + sum(beats for beats, _ in phrase.notes) for phrase in score.PHRASES]
    assert all(end <= after.start + 0.01 for end, (_, after) in zip(ends, pairwise(score.PHRASES), strict=False))
    assert ends[-1] <= score.BEATS


def test_the_backing_is_a_midi_file_whose_tracks_have_the_stated_lengths() -> None:
    data = score.midi()
    assert data[:4] == b"MThd"
    at, tracks = 14, 0
    while at < len(data):
        assert data[at : at + 4] == b"MTrk"
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        assert data[at - 3 : at] == b"\xff\x2f\x00"
        tracks += 1
    assert at == len(data)
    assert tracks == int.from_bytes(data[10:12], "big") == 6
