"""Songs sung by voicebanks: real sung syllables, taken apart by WORLD and put together on new melodies.

    strings of syllables --WORLD--> f0, envelope, aperiodicity --syllables on notes--> --WORLD--> song

A voicebank holds strings such as "nya-nya-nyi-nya" on one flat pitch. Each is cut into syllables where its energy
dips; a note gets one syllable, whose consonant keeps its length while its vowel is stretched. Neighbours of a string
stay neighbours, so that joins are the singer's own. The pitch is the melody's, with portamento, vibrato and jitter;
loudness, breath, throat (a warp of the envelope) and a few backing voices in harmony are drawn at random.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks, lfilter

from core.separation.level import rms
from lab.evaluation.perceptual import world
from lab.training.augment import Mono, band_limit
from lab.training.pool import RATE
from lab.training.score import Note, Phrase, Song

FRAME = 0.005  # seconds between WORLD's frames
MOST_GAP = 40  # frames without f0 that may still be voice
MOST_HEAD, TAIL = 50, 12  # frames of a syllable that are not stretched: its consonant, and the way to the next

Curve = NDArray[np.float64]  # [frames]


@dataclass(frozen=True)
class Sung:
    """A string of syllables in WORLD's parts.

    `f0` [frames] in Hz, 0 unvoiced; `envelope`, `aperiodicity` [frames, bins]; `syllables`: (start, nucleus, end) in
    frames, where the vowel begins at the nucleus.
    """

    f0: Curve
    envelope: NDArray[np.float64]
    aperiodicity: NDArray[np.float64]
    syllables: tuple[tuple[int, int, int], ...]

    @property
    def pitch(self) -> float:
        """The MIDI number it is sung on."""
        return float(69 + 12 * np.log2(np.median(self.f0[self.f0 > 0]) / 440))


def analyse(wav: Mono) -> Sung | None:
    """Take a string apart; None when there is too little voice in it to sing with."""
    pyworld, audio = world(), wav.astype(np.float64)
    f0, times = pyworld.dio(audio, RATE, f0_floor=70, f0_ceil=900, frame_period=1000 * FRAME)
    f0 = pyworld.stonemask(audio, f0, times, RATE)
    if np.count_nonzero(f0) < 0.3 * len(f0):
        return None
    f0 = _without_gaps(f0, wav)
    envelope = pyworld.cheaptrick(audio, f0, times, RATE)
    # Its own judgement of voicing (threshold above 0) calls breathy vowels noise.
    aperiodicity = pyworld.d4c(audio, f0, times, RATE, threshold=0.0)
    syllables = _syllables(10 * np.log10(envelope.sum(1) + 1e-12), f0 > 0)
    return Sung(f0, envelope, aperiodicity, syllables) if syllables else None


def _without_gaps(f0: Curve, wav: Mono) -> Curve:
    """f0 through the short gaps in which it was only not found: where the sound below 800 Hz goes on as before."""
    hop = int(FRAME * RATE)
    low = band_limit(wav, 800).astype(np.float64)
    power = uniform_filter1d(np.square(low), 3 * hop)[::hop][: len(f0)]
    level = 10 * np.log10(np.pad(power, (0, len(f0) - len(power))) + 1e-10)
    voiced = np.flatnonzero(f0)
    filled = f0.copy()
    for before, after in pairwise(voiced.tolist()):
        gap = slice(before + 1, after)
        if 1 < after - before <= MOST_GAP and level[gap].min() > min(level[before], level[after]) - 6:
            filled[gap] = np.linspace(f0[before], f0[after], after - before + 1)[1:-1]
    return filled


def _syllables(level: Curve, voiced: NDArray[np.bool_]) -> tuple[tuple[int, int, int], ...]:
    """(start, nucleus, end) of each, from the energy in dB: cut where it dips by 3 dB, at least 0.15 s apart."""
    smooth = uniform_filter1d(level, 7)
    loudest = float(np.percentile(smooth, 95))
    sounding = np.flatnonzero(smooth > loudest - 40)
    dips, _ = find_peaks(-smooth, prominence=3, distance=30)
    cuts = [int(sounding[0]), *(int(d) for d in dips if sounding[0] < d < sounding[-1]), int(sounding[-1]) + 1]
    syllables = []
    for start, end in pairwise(cuts):
        if end == cuts[-1]:  # the last vowel is left as it fades
            end = start + int(np.flatnonzero(smooth[start:end] > smooth[start:end].max() - 12)[-1]) + 1
        piece = smooth[start:end]
        vowel = np.where(voiced[start:end], piece, -np.inf)  # a hiss may be louder than it
        nucleus = start + int(np.argmax(vowel > vowel.max() - 4))
        if end - start >= 20 and vowel.max() > loudest - 15 and voiced[nucleus:end].mean() > 0.6:
            syllables.append((max(start, nucleus - MOST_HEAD), nucleus, end))
    return tuple(syllables)


@dataclass(frozen=True)
class Manner:
    """How one singer sings one song. Rates in Hz, depths in semitones; `scoop` and `breath` are chances a phrase."""

    throat: float
    breathiness: float
    glide: float
    vibrato_rate: float
    vibrato_depth: float
    jitter: float
    scoop: float
    tilt: float
    breath: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> "Manner":
        return cls(
            throat=float(2 ** random.uniform(-0.2, 0.2)),
            breathiness=float(random.uniform(0.6, 1.0)),
            glide=float(random.uniform(3.0, 9.0)),
            vibrato_rate=float(random.uniform(4.6, 6.6)),
            vibrato_depth=float(random.uniform(0.1, 0.9)),
            jitter=float(random.uniform(0.04, 0.16)),
            scoop=float(random.uniform(0, 0.5)),
            tilt=float(random.normal(0, 1.5)),
            breath=float(random.uniform(0, 0.8)),
        )


def sing(random: np.random.Generator, song: Song, strings: list[Sung], manner: Manner, backing: float = 0.35) -> Mono:
    """The song, float32 `[T]`, peak 0.5: phrase by phrase, `backing` the chance of other voices behind a phrase."""
    pieces = []
    for phrase in song.phrases:
        seed = int(random.integers(2**31))
        lead = _phrase(np.random.default_rng(seed), random, song, phrase, strings, manner)
        if random.uniform() < backing:
            for _ in range(int(random.integers(1, 4))):
                lead = _layered(random, seed, song, phrase, strings, manner, lead)
        pieces += [lead, np.zeros(int(phrase.rest * RATE), np.float32)]
    wav = np.concatenate(pieces)
    return (0.5 * wav / float(np.abs(wav).max())).astype(np.float32)


def _layered(
    random: np.random.Generator,
    seed: int,
    song: Song,
    phrase: Phrase,
    strings: list[Sung],
    manner: Manner,
    lead: Mono,
) -> Mono:
    """The lead and one more voice on the same words: doubled, or a third, a fifth or an octave away in key."""
    octave = len(song.scale)
    third, fifth = (2, 4) if octave > 5 else (1, 3)
    steps = int(random.choice((0, third, -third, fifth, -octave), p=(0.3, 0.3, 0.15, 0.15, 0.1)))
    notes = tuple(Note(n.degree + steps, n.seconds, n.tied) for n in phrase.notes)
    other = replace(manner, throat=manner.throat * float(2 ** random.normal(0, 0.06)), breath=0.0)
    detuned = Song(song.key + random.normal(0, 0.12), song.scale, ())
    voice = _phrase(np.random.default_rng(seed), random, detuned, Phrase(notes, 0), strings, other)
    delay = int(random.uniform(0.0, 0.04) * RATE)
    level = 10 ** (random.uniform(-14, -3) / 20) * rms(lead) / max(rms(voice), 1e-6)
    out = np.pad(lead, (0, max(0, delay + len(voice) - len(lead))))
    out[delay : delay + len(voice)] += level * voice
    return out


def _phrase(
    words: np.random.Generator,
    random: np.random.Generator,
    song: Song,
    phrase: Phrase,
    strings: list[Sung],
    manner: Manner,
) -> Mono:
    """One phrase `[T]`. `words` decides the syllables and their lengths, so that layers sing the same ones."""
    voiced, envelope, aperiodicity = _text(words, phrase, strings)
    pitch = _pitch(random, song, phrase, manner)
    envelope, aperiodicity = _throat(envelope, manner), _throat(aperiodicity, manner, tilt=False)
    aperiodicity = np.clip(aperiodicity**manner.breathiness, 0, 1)
    position = np.linspace(0, 1, len(voiced))
    arc = random.uniform(0, 5) * (np.sin(np.pi * position) - 0.6) + _drift(random, len(voiced), 1.5, 1.0)
    ends = np.clip(np.minimum(np.arange(len(voiced)) / 4, np.arange(len(voiced))[::-1] / random.uniform(8, 30)), 0, 1)
    envelope = envelope * (10 ** (arc / 10) * ends**2)[:, None]
    if random.uniform() < manner.breath:
        envelope, aperiodicity, pitch, voiced = _breathe(random, envelope, aperiodicity, pitch, voiced)
    f0 = np.where(voiced, 440 * 2 ** ((pitch - 69) / 12), 0.0)
    f0, envelope, aperiodicity = map(np.ascontiguousarray, (f0, np.maximum(envelope, 1e-16), aperiodicity))
    return world().synthesize(f0, envelope, aperiodicity, RATE, 1000 * FRAME).astype(np.float32)


def _text(
    words: np.random.Generator, phrase: Phrase, strings: list[Sung]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """A syllable for every note that is not tied: voicing, envelope and aperiodicity of each frame."""
    lengths: list[int] = []
    for note in phrase.notes:
        if note.tied:
            lengths[-1] += round(note.seconds / FRAME)
        else:
            lengths.append(round(note.seconds / FRAME))
    rows: list[tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]] = []
    while lengths:
        string = strings[int(words.integers(len(strings)))]
        first = int(words.integers(len(string.syllables)))
        for start, nucleus, end in string.syllables[first : first + len(lengths)]:
            chosen = _stretched(words, start, nucleus, end, lengths.pop(0))
            rows.append((string.f0[chosen] > 0, string.envelope[chosen], string.aperiodicity[chosen]))
    voiced, envelope, aperiodicity = (np.concatenate(part) for part in zip(*rows, strict=True))
    return voiced, envelope, aperiodicity


def _stretched(words: np.random.Generator, start: int, nucleus: int, end: int, length: int) -> list[int]:
    """Frames of a syllable for `length` frames of time: the consonant as it is, the vowel's middle stretched."""
    head = min(nucleus - start, length // 2)
    tail = min(TAIL, (end - nucleus) // 3, (length - head) // 3)
    middle = np.linspace(nucleus, end - tail - 1, length - head - tail)
    middle += _drift(words, len(middle), 4, 0.5)
    chosen = [*range(nucleus - head, nucleus), *np.clip(middle, nucleus, end - 1), *range(end - tail, end)]
    return [int(frame) for frame in chosen]


def _pitch(random: np.random.Generator, song: Song, phrase: Phrase, manner: Manner) -> Curve:
    """The MIDI number of every frame: the notes through a resonance that overshoots a little, and what a voice adds."""
    steps, vibrato = np.empty(0), np.empty(0)
    for note in phrase.notes:
        count = round(note.seconds / FRAME)
        steps = np.append(steps, np.full(count, song.pitch(note.degree)))
        since = np.arange(count) * FRAME - random.uniform(0.15, 0.4)
        depth = manner.vibrato_depth * random.uniform(0.3, 1) * np.clip(since / 0.3, 0, 1)
        rate = manner.vibrato_rate * (1 + 0.04 * _drift(random, count, 1, 1.0))
        vibrato = np.append(vibrato, depth * np.sin(2 * np.pi * np.cumsum(rate) * FRAME + random.uniform(0, 6)))
    w, damping = 2 * np.pi * manner.glide * FRAME, 0.8
    pole = np.exp(-w * (damping + 1j * np.sqrt(1 - damping**2)))
    start = steps[0] - 3 * (random.uniform() < manner.scoop) * random.uniform(0.3, 1)
    down = [1, -2 * pole.real, abs(pole) ** 2]
    glided = start + lfilter([sum(down)], down, steps - start)
    return glided + vibrato + _drift(random, len(steps), manner.jitter, 3.0)


def _throat(rows: NDArray[np.float64], manner: Manner, tilt: bool = True) -> NDArray[np.float64]:
    """Rows [frames, bins] with their frequencies scaled by the throat, the envelope's slope changed by a few dB."""
    bins = rows.shape[1]
    source = np.minimum(np.arange(bins) / manner.throat, bins - 1.001)
    low, part = source.astype(int), source % 1
    moved = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    octaves = np.log2(np.maximum(np.arange(bins) * RATE / 2 / bins, 250) / 1000)
    return moved * 10 ** (manner.tilt * octaves / 10) if tilt else moved


def _breathe(
    random: np.random.Generator,
    envelope: NDArray[np.float64],
    aperiodicity: NDArray[np.float64],
    pitch: Curve,
    voiced: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64], Curve, NDArray[np.bool_]]:
    """A breath before the phrase: noise in the shape of its vowels, 26 to 40 dB below them."""
    count = int(random.uniform(0.15, 0.45) / FRAME)
    shape = np.sqrt(np.mean(envelope, axis=0)) * np.sqrt(np.mean(envelope))  # flatter than a vowel
    swell = np.sin(np.pi * np.linspace(0, 1, count)) ** 2 * 10 ** (random.uniform(-40, -26) / 10)
    return (
        np.concatenate([swell[:, None] * shape, envelope]),
        np.concatenate([np.ones((count, envelope.shape[1])), aperiodicity]),
        np.concatenate([np.full(count, pitch[0]), pitch]),
        np.concatenate([np.zeros(count, bool), voiced]),
    )


def _drift(random: np.random.Generator, count: int, depth: float, hertz: float) -> Curve:
    """Slow noise of standard deviation about `depth`, mostly below `hertz`."""
    keep = np.exp(-2 * np.pi * hertz * FRAME)
    return lfilter([np.sqrt(1 - keep**2)], [1, -keep], random.standard_normal(count + 200))[200:] * depth
