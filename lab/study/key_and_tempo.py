"""Accuracy of the key and tempo estimates of core/audio/music.py on generated songs with known key and tempo.

python -m lab.study.key_and_tempo [--songs 100] [--font PATH]

Each song has a random key and tempo, a chord progression, a melody and, in most styles, drums. FluidSynth renders it
with a SoundFont, detuned by up to 30 cents, with notes up to 12 ms early or late. The demo song, which has a voice, is
estimated too. lab/notes/key-and-tempo.md has the figures.
"""

import argparse
import collections
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.audio.decode import open_audio
from core.audio.music import KEYS, KeyTempo, KeyTempoEstimator
from core.audio.types import Wav
from core.errors import InputError
from deploy.local.demo_song import score
from lab.tables import print_table
from lab.training.played import FONT, Note, Part, play
from lab.training.pool import RATE

SECONDS, SEED = 40.0, 28  # the estimator was developed on the songs of seed 27
TOLERANCE = 0.04  # of the tempo, as in MIREX
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = {
    "major": ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (1, 4, 0, 0), (5, 3, 0, 4)),
    "minor": ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 6), (0, 3, 0, 4), (0, 5, 3, 4)),
}
KICK, SNARE, HAT = 36, 38, 42
# By style: beats per bar, range of tempi, and the onsets of each drum in beats.
STYLES: dict[str, tuple[int, tuple[float, float], dict[int, tuple[float, ...]]]] = {
    "rock": (4, (90, 160), {KICK: (0, 2), SNARE: (1, 3), HAT: tuple(np.arange(0, 4, 0.5))}),
    "dance": (4, (115, 135), {KICK: (0, 1, 2, 3), SNARE: (1, 3), HAT: (0.5, 1.5, 2.5, 3.5)}),
    "slow": (4, (60, 90), {KICK: (0, 1.5, 2), SNARE: (1, 3), HAT: tuple(np.arange(0, 4, 0.5))}),
    "swing": (4, (100, 170), {KICK: (0,), HAT: (0, 1, 1.67, 2, 3, 3.67)}),
    "waltz": (3, (85, 170), {KICK: (0,), HAT: (1, 2)}),
    "no drums": (4, (65, 120), {}),
}
CHORDS, BASSES, LEADS = (0, 4, 16, 24, 25, 27, 48), (32, 33, 34), (40, 56, 65, 73, 80)


@dataclass(frozen=True)
class Song:
    """A song with its key and tempo."""

    style: str
    key: str
    bpm: float
    wav: Wav


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.study.key_and_tempo", description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--font", type=Path, default=FONT, help="a SoundFont of General MIDI")
    args = parser.parse_args(argv)
    try:
        songs = [compose(np.random.default_rng((SEED, number)), number, args.font) for number in range(args.songs)]
    except InputError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    started = time.process_time()
    estimates = [estimate([song.wav], RATE) for song in songs]
    spent = (time.process_time() - started) / (SECONDS * len(songs))
    print_table([*rows(songs, estimates)])
    print(f"\nProcessor time: {1000 * spent:.1f} ms per second of audio.")
    with open_audio(Path(score.__file__).with_name("demo_song.flac")) as stream:
        demo = estimate(stream, stream.info.sample_rate)
    print(f"Demo song (A minor or C major, {score.TEMPO:g} BPM): {demo}")
    return 0


def estimate(blocks: Iterable[Wav], rate: int) -> KeyTempo:
    """The estimates for `blocks` `[C, n]`, passed in blocks of one second."""
    estimator = KeyTempoEstimator(rate)
    for block in blocks:
        seconds = (block[:, start : start + rate] for start in range(0, block.shape[1], rate))
        collections.deque(estimator.observing(seconds), maxlen=0)
    return estimator.estimate()


def rows(songs: list[Song], estimates: list[KeyTempo]) -> Iterator[dict[str, str]]:
    """Table rows: by style, all songs, and songs with confident estimates."""
    pairs = list(zip(songs, estimates, strict=True))
    for style in STYLES:
        yield row(style, [pair for pair in pairs if pair[0].style == style])
    yield row("all", pairs)
    sure = [pair for pair in pairs if (pair[1].key_confidence or 0) >= 0.6]
    yield row("key confidence at least 0.6", sure)
    steady = [pair for pair in pairs if (pair[1].tempo_confidence or 0) >= 0.5]
    yield row("tempo confidence at least 0.5", steady)


def row(name: str, pairs: list[tuple[Song, KeyTempo]]) -> dict[str, str]:
    """A table row: shares of correct estimates."""

    def share(right: list[bool]) -> str:
        return f"{100 * np.mean(right):.0f} %" if right else "-"

    return {
        "songs": name,
        "count": str(len(pairs)),
        "key": share([music.key == song.key for song, music in pairs]),
        "key, or its relative or fifth": share([is_near(music.key, song.key) for song, music in pairs]),
        "tempo": share([is_tempo(music, song.bpm, (1,)) for song, music in pairs]),
        "tempo, or a multiple": share([is_tempo(music, song.bpm, (1, 2, 3, 1 / 2, 1 / 3)) for song, music in pairs]),
        "mean confidence of key, tempo": ", ".join(
            f"{np.mean([confidence or 0 for confidence in confidences]):.2f}" if pairs else "-"
            for confidences in (
                [music.key_confidence for _, music in pairs],
                [music.tempo_confidence for _, music in pairs],
            )
        ),
    }


def is_tempo(music: KeyTempo, bpm: float, multiples: tuple[float, ...]) -> bool:
    """Whether the tempo is one of `multiples` of `bpm`."""
    estimated = music.tempo_bpm or 0
    return any(abs(estimated / (bpm * factor) - 1) <= TOLERANCE for factor in multiples)


def is_near(estimated: str | None, key: str) -> bool:
    """Whether a key is `key`, its relative, or a fifth away."""
    if estimated is None:
        return False
    place, true = KEYS.index(estimated), KEYS.index(key)
    tonic, mode = place % 12 - true % 12, place // 12 - true // 12
    if mode == 0:
        return tonic % 12 in (0, 5, 7)
    return tonic % 12 == (9 if mode > 0 else 3)


def compose(random: np.random.Generator, number: int, font: Path) -> Song:
    """Song `number`; the styles alternate."""
    style = [*STYLES][number % len(STYLES)]
    beats, (slowest, fastest), drums = STYLES[style]
    bpm, mode, tonic = random.uniform(slowest, fastest), str(random.choice([*SCALES])), int(random.integers(12))
    scale, beat = SCALES[mode], 60 / bpm
    progression = PROGRESSIONS[mode][int(random.integers(len(PROGRESSIONS[mode])))]
    chords, bass, lead, played = list[Note](), list[Note](), list[Note](), list[Note]()

    def put(notes: list[Note], at: float, length: float, key: int, velocity: int) -> None:
        start = max(0.0, at * beat + random.uniform(-0.012, 0.012))
        notes.append(Note(start, start + 0.95 * length * beat, key, velocity))

    def pitch(degree: int, low: int) -> int:
        return low + (tonic - low) % 12 + 12 * (degree // 7) + scale[degree % 7]

    per_beat = 1 if style in ("slow", "no drums", "waltz") else int(random.choice((1, 2)))
    for bar in range(int(SECONDS / beat / beats)):
        root, start = progression[bar % len(progression)], bar * beats
        leading = mode == "minor" and root == 4  # the dominant chord is major, as in most songs
        for step in range(beats * per_beat):
            for third in (0, 2, 4):
                raised = int(leading and third == 2)
                put(chords, start + step / per_beat, 1 / per_beat, pitch(root + third, 55) + raised, 70)
        for step in range(beats):
            if step == 0 or random.uniform() < 0.5:
                put(bass, start + step, 1, pitch(root, 36), 90)
        at, degree = 0.0, root + int(random.choice((0, 2, 4)))
        while at < beats:
            length = float(random.choice((0.5, 1, 1, 2)))
            if random.uniform() < 0.8:
                put(lead, start + at, min(length, beats - at), pitch(degree, 67), 95)
            degree, at = max(0, degree + int(random.integers(-2, 3))), at + length
        for drum, places in drums.items():
            for place in places:
                put(played, start + place, 0.2, drum, 100 if drum != HAT else 70)
    parts = [
        Part(int(random.choice(CHORDS)), chords, 80),
        Part(int(random.choice(BASSES)), bass, 90),
        Part(int(random.choice(LEADS)), lead, 90, vibrato=40),
        Part(None, played, 95),
    ]
    key = KEYS[12 * (mode == "minor") + tonic]
    return Song(style, key, bpm, detuned(play(font, parts, SECONDS), random.uniform(-0.3, 0.3)))


def detuned(wav: Wav, semitones: float) -> Wav:
    """`wav` `[C, n]` resampled by a fraction of a semitone, which hardly changes the tempo."""
    places = np.arange(0, wav.shape[1] - 1, 2 ** (semitones / 12))
    return np.stack([np.interp(places, np.arange(wav.shape[1]), channel) for channel in wav]).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
