"""Melodies to sing: scales, contours, rhythm and rests, drawn at random, in degrees so that harmony stays in key."""

from dataclasses import dataclass

import numpy as np

# Semitones above the key note.
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
}
# Lengths in beats; how common each is differs from song to song.
BEATS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
SHORTEST = 0.14  # seconds


@dataclass(frozen=True)
class Note:
    """`degree`: steps of the scale above the key note; `tied`: goes on with the syllable of the note before."""

    degree: int
    seconds: float
    tied: bool = False


@dataclass(frozen=True)
class Phrase:
    """Notes in one breath, then `rest` seconds of silence."""

    notes: tuple[Note, ...]
    rest: float


@dataclass(frozen=True)
class Song:
    """`key`: the MIDI number of degree 0."""

    key: float
    scale: tuple[int, ...]
    phrases: tuple[Phrase, ...]

    def pitch(self, degree: int) -> float:
        """The MIDI number of a degree; those below zero and above the octave go on."""
        octave, step = divmod(degree, len(self.scale))
        return self.key + 12 * octave + self.scale[step]

    @property
    def seconds(self) -> float:
        return sum(sum(note.seconds for note in phrase.notes) + phrase.rest for phrase in self.phrases)


def compose(random: np.random.Generator, centre: float, seconds: float) -> Song:
    """A song of at least `seconds` around the MIDI number `centre`, within about an octave of it.

    A few phrases come back, now and then varied, as in songs.
    """
    scale = SCALES[str(random.choice(list(SCALES)))]
    beat = 60 / random.uniform(60, 150)
    likes = random.dirichlet((3, 1, 4, 1.5, 2, 0.7))
    rests = random.uniform(0.15, 1.2)
    span = len(scale) * 3 // 4
    song = Song(centre + random.uniform(-3, 3) - scale[len(scale) // 2], scale, ())
    themes: list[tuple[Note, ...]] = []
    while song.seconds < seconds:
        if len(themes) > 1 and random.uniform() < 0.4:
            notes = _varied(random, themes[int(random.integers(len(themes)))])
        else:
            notes = _line(random, int(random.integers(4, 13)), beat, likes, span)
            themes.append(notes)
        rest = float(rests * random.uniform(0.5, 2))
        song = Song(song.key, scale, (*song.phrases, Phrase(notes, rest)))
    return song


def _line(random: np.random.Generator, count: int, beat: float, likes: np.ndarray, span: int) -> tuple[Note, ...]:
    """Mostly steps, some leaps, drawn back to the middle of the range; the last note is long and at rest."""
    notes: list[Note] = []
    middle = span // 2
    degree = int(random.integers(0, span))
    for index in range(count):
        seconds = max(SHORTEST, beat * float(random.choice(BEATS, p=likes)))
        tied = index > 0 and random.uniform() < 0.12
        if index == count - 1:
            degree = int(random.choice((0, 2, 4) if span > 4 else (0, 2, 3)))
            seconds, tied = max(seconds, beat * random.uniform(1.5, 4)), False
        notes.append(Note(degree, float(seconds), tied))
        move = int(random.choice((0, 1, 2, 3, 5), p=(0.17, 0.5, 0.2, 0.09, 0.04)))
        up = random.uniform() < 0.5 + 0.15 * np.clip(middle - degree, -3, 3)
        degree += move if up else -move
    return tuple(notes)


def _varied(random: np.random.Generator, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The theme again; half the time with some of its notes moved by a step."""
    if random.uniform() < 0.5:
        return notes
    moves = random.choice((-1, 0, 1), size=len(notes), p=(0.12, 0.76, 0.12))
    return tuple(Note(n.degree + int(m), n.seconds, n.tied) for n, m in zip(notes, moves, strict=True))
