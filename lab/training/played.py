"""Pieces rendered with the sampled instruments of a SoundFont, in the layout that `voicelift train pool` reads.

Real reeds, strings and pipes at the pitch of a voice, with little or no accompaniment: closer to recordings than
synthesised leads (leads.py), and rare on records without vocals [D].

[P], [C], [I] and [D]: docs/method.md.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.audio.types import Wav
from core.digest import sha256
from core.errors import InputError
from lab.training.pool import RATE
from lab.training.score import Song, compose
from lab.training.song_files import write_songs

SECONDS = 45.0  # approximate length of a piece
FILE = "accompaniment.opus"
# Debian's package fluid-soundfont-gm, its licence and credit.
FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
LICENCE = ("MIT", "Fluid R3 GM (Frank Wen)")
# Programs of General MIDI, from 0, by family with its weight as a melody instrument; no voices and sound effects.
LEADS: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.20, (20, 21, 22, 23)),  # reed organ, accordion, harmonica, bandoneon
    (0.15, (40, 41, 42, 44, 110)),  # violin, viola, cello, tremolo strings, fiddle
    (0.08, (48, 49, 50, 51)),  # string ensembles
    (0.12, (56, 57, 58, 59, 60, 61, 62, 63)),  # brass
    (0.13, (64, 65, 66, 67, 68, 69, 70, 71, 109, 111)),  # saxophones, double reeds, clarinet, bagpipe, shanai
    (0.10, (72, 73, 74, 75, 76, 77, 78, 79)),  # pipes
    (0.10, (24, 25, 26, 27, 28, 29, 30, 31, 104, 105, 106, 107)),  # guitars, sitar, banjo, shamisen, koto
    (0.05, (80, 81, 82, 83, 84, 86, 87, 88, 89, 90, 92, 93, 94, 95)),  # synthesiser leads and pads
    (0.07, (0, 4, 5, 6, 11, 12, 16, 17, 18, 19, 108)),  # keys, mallets, organs
)
CHORDS = (0, 4, 16, 19, 20, 21, 21, 22, 23, 23, 24, 25, 27, 46, 48, 49, 61, 89)
BASSES = tuple(range(32, 40))
DRUM_CHANNEL, DRUM_BANK = 9, 128
PERCUSSION = (35, 36, 38, 40, 42, 44, 46)
GLIDE_STEP, BEND = 0.01, 4096  # seconds; units of pitch bend per semitone


@dataclass(frozen=True)
class Note:
    """A note from `start` to `end` in seconds; `key`: MIDI number; `velocity`: 1 to 127."""

    start: float
    end: float
    key: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """The notes and settings of one channel.

    program: of General MIDI, from 0; None for drums. vibrato, volume: 0 to 127. pan: 0 (left) to 127 (right), 64 is
    the centre. glide: seconds. swell: each note has a crescendo and a decrescendo.
    """

    program: int | None
    notes: list[Note]
    volume: int = 100
    pan: int = 64
    vibrato: int = 0
    glide: float = 0.0
    swell: bool = False


@dataclass(frozen=True)
class Job:
    """One piece to render."""

    font: Path
    licence: str
    credit: str
    index: int
    seed: int
    seconds: float

    @property
    def name(self) -> str:
        """Folder of the piece; every tenth is in the dev split."""
        return f"{'train' if self.index % 10 else 'dev'}/piece_{self.index:04}"

    def wav(self) -> Wav:
        return play(self.font, arrange(np.random.default_rng((self.seed, self.index)), self.seconds), self.seconds)


def generate(font: Path, out: Path, minutes: float, licence: str, credit: str, seed: int = 0) -> None:
    """Write about `minutes` of music to `out`/SPLIT/PIECE/accompaniment.opus, and `out`/licences.tsv.

    All pieces have the same length, about `SECONDS`. Piece `i` depends on the SoundFont, the seed, `i` and this length
    only. Existing pieces are kept, even if their length differs.

    Raises:
        InputError: `font` does not exist or cannot be read, FluidSynth is not installed, or `out` contains pieces of
            another SoundFont or seed.
    """
    _fluidsynth()
    if not font.is_file():
        raise InputError(f"{font} does not exist. On Debian and Ubuntu: apt-get install fluid-soundfont-gm")
    count = max(1, round(60 * minutes / SECONDS))
    jobs = [Job(font, licence, credit, i, seed, 60 * minutes / count) for i in range(count)]
    write_songs(jobs, out, FILE, {"soundfont": sha256(font), "seed": seed})


def arrange(random: np.random.Generator, seconds: float) -> list[Part]:
    """The parts of a random piece: a melody with optional second voice, chords, bass and drums, or chords alone."""
    song = compose(random, random.uniform(55, 76), seconds)
    song = Song(round(song.key), song.scale, song.phrases)
    program = _lead(random)
    expressive = partial(
        Part,
        vibrato=int(random.uniform(20, 127)) if random.uniform() < 0.4 else 0,
        glide=float(random.uniform(0.03, 0.15)) if random.uniform() < 0.3 else 0.0,
        swell=bool(random.uniform() < 0.3),
        pan=64 if random.uniform() < 0.6 else int(random.integers(0, 128)),
    )
    alone = random.uniform() < 0.15
    parts = [] if alone else [expressive(program, list(_melody(random, song)))]
    if not alone and random.uniform() < 0.3:
        second = program if random.uniform() < 0.6 else _lead(random)
        shift = int(random.choice((-3, -2, 2, 4)))
        parts.append(expressive(second, list(_melody(random, song, shift)), int(random.integers(60, 110))))
    if alone or random.uniform() < 0.5:
        chords = int(random.choice(CHORDS))
        pan = int(random.integers(0, 128))
        parts.append(Part(chords, list(_chords(random, song)), int(random.integers(50, 115)), pan, swell=alone))
    if random.uniform() < 0.4:
        parts.append(Part(int(random.choice(BASSES)), list(_bass(random, song)), int(random.integers(60, 115))))
    if random.uniform() < 0.25:
        parts.append(Part(None, list(_drums(random, song)), int(random.integers(50, 115))))
    return parts


def play(font: Path, parts: list[Part], seconds: float) -> Wav:
    """Render `parts`, at most one of them drums, with FluidSynth: `[2, T]` at `RATE`, peak at most 0.5.

    Raises:
        InputError: `font` is not a SoundFont, or FluidSynth is not installed.
    """
    synth = _fluidsynth().Synth(gain=0.4, samplerate=RATE)  # a new one: reverb and chorus tails persist
    try:
        loaded = synth.sfload(str(font))
        if loaded < 0:
            raise InputError(f"{font} is not a SoundFont that FluidSynth can read.")
        wav = _perform(synth, loaded, parts, seconds)
    finally:
        synth.delete()
    return np.asarray(0.5 * wav / max(float(np.abs(wav).max()), 1.0), np.float32)


def _perform(synth: Any, font: int, parts: list[Part], seconds: float) -> Wav:
    events: list[tuple[float, int, tuple[Any, ...]]] = []
    for place, part in enumerate(parts):
        channel, bank = (DRUM_CHANNEL, DRUM_BANK) if part.program is None else (place, 0)
        synth.program_select(channel, font, bank, part.program or 0)
        for control, value in ((7, part.volume), (10, part.pan), (1, part.vibrato), (11, 127)):
            synth.cc(channel, control, value)
        synth.pitch_bend(channel, 0)
        events += _events(channel, part)
    pieces, now = [], 0
    for time, _, (call, *arguments) in sorted(events, key=lambda event: event[:2]):
        if (wait := round(time * RATE) - now) > 0:
            pieces.append(synth.get_samples(wait))
            now += wait
        getattr(synth, call)(*arguments)
    pieces.append(synth.get_samples(max(RATE // 2, round(seconds * RATE) - now)))
    return np.asarray(np.concatenate(pieces).reshape(-1, 2).T, np.float32)


def _events(channel: int, part: Part) -> Iterator[tuple[float, int, tuple[Any, ...]]]:
    """(seconds, order at equal times, call on the synthesiser); notes end before others start."""
    before: int | None = None
    for note in part.notes:
        yield note.end, 0, ("noteoff", channel, note.key)
        yield note.start, 2, ("noteon", channel, note.key, note.velocity)
        if part.swell:
            for place, level in ((0.0, 60), (0.15, 90), (0.35, 127), (0.7, 110), (0.9, 70)):
                yield note.start + place * (note.end - note.start), 1, ("cc", channel, 11, level)
        if part.glide and before is not None and 0 < abs(note.key - before) <= 2:
            steps = max(1, round(min(part.glide, note.end - note.start) / GLIDE_STEP))
            for step in range(steps + 1):
                bend = (before - note.key) * (1 - step / steps)
                yield note.start + step * GLIDE_STEP, 1, ("pitch_bend", channel, round(bend * BEND))
        before = note.key


def _lead(random: np.random.Generator) -> int:
    odds = np.array([odds for odds, _ in LEADS])
    return int(random.choice(LEADS[int(random.choice(len(LEADS), p=odds / odds.sum()))][1]))


def _times(song: Song) -> Iterator[tuple[float, float, int]]:
    """(start, end, degree) of the song's notes, in seconds."""
    now = 0.0
    for phrase in song.phrases:
        for note in phrase.notes:
            yield now, now + note.seconds, note.degree
            now += note.seconds
        now += phrase.rest


def _melody(random: np.random.Generator, song: Song, shift: int = 0) -> Iterator[Note]:
    """The notes of the song, transposed by `shift` steps of its scale."""
    held = random.uniform(0.5, 1.0)
    for start, end, degree in _times(song):
        key, velocity = round(song.pitch(degree + shift)), int(random.integers(60, 120))
        yield Note(start, start + held * (end - start), key, velocity)


def _harmony(random: np.random.Generator, song: Song) -> Iterator[tuple[float, float, int]]:
    """(start, end, degree of the root) of triads that contain the note of the melody at their start."""
    bar = random.uniform(0.7, 2.5)
    started: tuple[float, int] | None = None
    last = 0.0
    for start, end, degree in _times(song):
        if started is None or start - started[0] >= bar:
            if started is not None:
                yield started[0], start, started[1]
            started = start, degree - int(random.choice((0, 2, 4)))
        last = end
    if started is not None:
        yield started[0], last, started[1]


def _chords(random: np.random.Generator, song: Song) -> Iterator[Note]:
    """Triads, sustained or repeated."""
    struck = random.uniform(0.15, 0.6) if random.uniform() < 0.5 else np.inf
    octave = 12 * int(random.integers(-1, 1))
    for start, end, root in _harmony(random, song):
        keys = sorted({round(song.pitch(root % len(song.scale) + third)) + octave for third in (0, 2, 4)})
        now = start
        while now < end - 0.05:
            until = min(end, now + struck)
            velocity = int(random.integers(50, 110))
            yield from (Note(now, now + 0.95 * (until - now), key, velocity) for key in keys)
            now = until


def _bass(random: np.random.Generator, song: Song) -> Iterator[Note]:
    for start, end, root in _harmony(random, song):
        key = round(song.pitch(root % len(song.scale)))
        while key > 48:
            key -= 12
        yield Note(start, end, key, int(random.integers(70, 115)))


def _drums(random: np.random.Generator, song: Song) -> Iterator[Note]:
    beat = random.uniform(0.2, 0.5)
    bar = [[int(random.choice(PERCUSSION)) for _ in range(int(random.integers(0, 3)))] for _ in range(8)]
    for index in range(int(song.seconds / beat)):
        for key in bar[index % len(bar)]:
            yield Note(index * beat, index * beat + 0.1, key, int(random.integers(60, 120)))


def _fluidsynth() -> Any:
    try:
        return importlib.import_module("fluidsynth")
    except ImportError:  # of the package, or of the shared library that it loads
        raise InputError(
            "Rendering needs FluidSynth (on Debian and Ubuntu: apt-get install libfluidsynth3) and the package "
            'pyfluidsynth: pip install -e ".[train]"'
        ) from None
