"""Random melodies: scale, contour, rhythm and rests. Notes are scale degrees, so that harmonies stay in key."""

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
# Lengths of notes in beats; each song draws their frequencies.
BEATS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
MIN_S = 0.14  # length of the shortest note


@dataclass(frozen=True)
class Note:
    """A note. degree: scale steps above the key note; tied: continues the syllable of the previous note."""

    degree: int
    seconds: float
    tied: bool = False


@dataclass(frozen=True)
class Phrase:
    """Notes sung in one breath, followed by `rest` seconds of silence."""

    notes: tuple[Note, ...]
    rest: float


@dataclass(frozen=True)
class Song:
    """A melody. key: MIDI number of degree 0; scale: semitones of the degrees of one octave."""

    key: float
    scale: tuple[int, ...]
    phrases: tuple[Phrase, ...]

    def pitch(self, degree: int) -> float:
        """The MIDI number of a degree, which may be negative or exceed one octave."""
        octave, step = divmod(degree, len(self.scale))
        return self.key + 12 * octave + self.scale[step]

    @property
    def seconds(self) -> float:
        return sum(sum(note.seconds for note in phrase.notes) + phrase.rest for phrase in self.phrases)


def compose(random: np.random.Generator, centre: float, seconds: float) -> Song:
    """A song of at least `seconds`, within about an octave of the MIDI number `centre`.

    Phrases recur, sometimes varied.
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
    """`count` notes: mostly steps, some leaps, biased to the middle of the range, ending on a long chord tone."""
    notes: list[Note] = []
    middle = span // 2
    degree = int(random.integers(0, span))
    for index in range(count):
        seconds = max(MIN_S, beat * float(random.choice(BEATS, p=likes)))
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
    """A repetition of `notes`, half of the time with some notes moved by a step."""
    if random.uniform() < 0.5:
        return notes
    moves = random.choice((-1, 0, 1), size=len(notes), p=(0.12, 0.76, 0.12))
    return tuple(Note(n.degree + int(m), n.seconds, n.tied) for n, m in zip(notes, moves, strict=True))
