"""The score of the demo song: tempo, chords, words and melody, and its backing as a standard MIDI file.

Words and music were written for this project. Times are in beats (quarter notes) from the start of the song;
pitches are MIDI note numbers.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise

TEMPO = 92.0  # beats per minute
SECONDS_PER_BEAT = 60.0 / TEMPO
BEATS = 40  # ten bars of four
TICKS = 480  # MIDI ticks per beat

# One chord per half bar: an intro bar, four bars of verse, four of chorus, a closing bar.
CHORDS = "Am G  Am Am F F C C G G  F F G G Am Am F C  C C".split()
TRIADS = {"Am": (57, 60, 64), "F": (53, 57, 60), "C": (55, 60, 64), "G": (55, 59, 62)}
ROOTS = {"Am": 45, "F": 41, "C": 36, "G": 43}
CHORUS_START, ENDING_START = 20.0, 36.0


@dataclass(frozen=True)
class Phrase:
    """A sung line: `notes` has one (beats, pitch) per syllable; `start` is the time of the first vowel."""

    text: str
    start: float
    notes: tuple[tuple[float, int], ...]
    chorus: bool = False


PHRASES = (
    Phrase(
        "I can hear the morning rising in the rain",
        4.0,
        (
            (0.5, 64),
            (0.5, 67),
            (1, 69),
            (0.5, 69),
            (0.75, 72),
            (0.75, 71),
            (1, 69),
            (0.5, 67),
            (0.5, 65),
            (0.5, 67),
            (1.2, 69),
        ),
    ),
    Phrase(
        "all the open windows sing your name",
        12.0,
        ((0.75, 67), (0.25, 64), (1, 67), (0.5, 69), (0.75, 72), (0.75, 71), (1, 71), (0.75, 69), (1.3, 67)),
    ),
    Phrase(
        "so lift your voice and let it fly",
        19.5,
        ((0.5, 67), (1, 72), (0.5, 71), (1.5, 69), (0.5, 67), (0.5, 69), (1, 71), (2.4, 74)),
        chorus=True,
    ),
    Phrase(
        "over the river over the sky",
        28.0,
        ((1, 72), (0.5, 71), (0.5, 69), (1, 69), (1, 67), (0.75, 69), (0.75, 67), (0.5, 71), (3.6, 72)),
        chorus=True,
    ),
)


@dataclass(frozen=True)
class _Hit:
    start: float
    beats: float
    pitch: int
    velocity: int


def _drums() -> list[_Hit]:
    kick, snare, hat, open_hat, crash, tom = 36, 38, 42, 46, 49, 45
    hits = [_Hit(b / 2, 0.2, hat, 70 if b % 2 == 0 else 52) for b in range(int(ENDING_START) * 2)]
    for bar in range(1, 9):
        start = bar * 4.0
        kicks = (0.0, 1.5, 2.0) if start < CHORUS_START else (0.0, 1.0, 2.0, 2.5, 3.0)
        hits += [_Hit(start + b, 0.2, kick, 104) for b in kicks]
        hits += [_Hit(start + b, 0.2, snare, 100) for b in (1.0, 3.0)]
        hits.append(_Hit(start + 3.5, 0.2, open_hat, 60))
    hits += [_Hit(3.0 + b / 4, 0.2, pitch, 78 + 6 * b) for b, pitch in enumerate((snare, snare, tom, tom))]
    hits += [_Hit(start, 1.0, crash, 96) for start in (4.0, CHORUS_START, ENDING_START)]
    return [*hits, _Hit(ENDING_START, 0.2, kick, 110)]


def _harmony() -> dict[str, list[_Hit]]:
    """Bass, strummed guitar, piano and, from the chorus on, strings, all from the chord list."""
    bass: list[_Hit] = []
    guitar: list[_Hit] = []
    piano: list[_Hit] = []
    strings: list[_Hit] = []
    for half_bar, chord in enumerate(CHORDS[:-1]):
        start, triad, root = half_bar * 2.0, TRIADS[chord], ROOTS[chord]
        last = start >= ENDING_START
        length = 4.0 if last else 2.0
        bass += [_Hit(start, length if last else 0.9, root, 100)]
        piano += [_Hit(start, length, p + 12, 74 if start >= CHORUS_START else 62) for p in triad]
        if start >= CHORUS_START:
            strings += [_Hit(start, length, p + 12, 64) for p in (*triad, triad[0] + 12)]
        if last:
            guitar += [_Hit(start + 0.03 * i, 4.0, p, 78) for i, p in enumerate((root + 12, *triad))]
            continue
        fifth = root + 7 if root < 43 else root - 5
        bass += [_Hit(start + 1.0, 0.45, root, 86), _Hit(start + 1.5, 0.45, fifth, 84)]
        for beat, velocity in ((0.0, 84), (0.5, 58), (1.0, 72), (1.5, 60)):
            strum = triad if beat % 1 == 0 else tuple(reversed(triad))
            guitar += [_Hit(start + beat + 0.02 * i, 0.46, p, velocity) for i, p in enumerate(strum)]
    return {"bass": bass, "guitar": guitar, "piano": piano, "strings": strings}


# General MIDI: name -> (channel, program, pan 0..127, volume 0..127)
_PARTS = {
    "bass": (0, 33, 64, 105),
    "guitar": (1, 25, 26, 88),
    "piano": (2, 0, 98, 84),
    "strings": (3, 48, 72, 66),
    "drums": (9, 0, 64, 108),
}


def _track(hits: list[_Hit], channel: int, program: int, pan: int, volume: int) -> bytes:
    messages = [(0, bytes([0xC0 | channel, program]))]
    controls = ((10, pan), (7, volume), (91, 40))  # 91 is the reverb send
    messages += [(0, bytes([0xB0 | channel, control, value])) for control, value in controls]
    for hit in hits:
        on, off = round(hit.start * TICKS), round((hit.start + hit.beats) * TICKS)
        messages.append((on, bytes([0x90 | channel, hit.pitch, hit.velocity])))
        messages.append((off, bytes([0x80 | channel, hit.pitch, 0])))
    messages.sort(key=lambda m: (m[0], m[1][0] & 0xF0 == 0x90))  # a note ends before its repetition
    deltas = [b[0] - a[0] for a, b in pairwise([(0, b""), *messages])]
    body = b"".join(_variable_length(d) + m for d, (_, m) in zip(deltas, messages, strict=True))
    return _chunk(b"MTrk", body + b"\x00\xff\x2f\x00")


def _variable_length(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | (value & 0x7F))
    return bytes(reversed(digits))


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">I", len(body)) + body


def midi() -> bytes:
    """The backing (drums, bass, guitar, piano, strings) as the bytes of a format-1 MIDI file."""
    microseconds = round(60e6 / TEMPO)
    tempo = _chunk(b"MTrk", b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big") + b"\x00\xff\x2f\x00")
    parts = {**_harmony(), "drums": _drums()}
    tracks = [_track(parts[name], *settings) for name, settings in _PARTS.items()]
    return _chunk(b"MThd", struct.pack(">HHH", 1, 1 + len(tracks), TICKS)) + tempo + b"".join(tracks)
