"""Synthetic singing: recorded syllables of voicebanks, analysed by WORLD and resynthesised on new melodies.

    strings of syllables --WORLD--> f0, envelope, aperiodicity --syllables on notes--> --WORLD--> song

A voicebank contains strings such as "nya-nya-nyi-nya" on one flat pitch. Each string is cut into syllables at dips of
its energy. Each note gets one syllable: the consonant keeps its length, the vowel is stretched. Adjacent syllables of a
string stay adjacent, which preserves the singer's transitions. The pitch follows the melody with portamento, vibrato
and jitter. Loudness, breath, vocal tract (a warp of the envelope) and backing voices in harmony are random.
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
MAX_GAP = 40  # frames without f0 that may still be voiced
MAX_HEAD, TAIL = 50, 12  # frames of a syllable that are not stretched: the consonant, and the transition to the next

Curve = NDArray[np.float64]  # [frames]


@dataclass(frozen=True)
class SyllableString:
    """The WORLD analysis of a string of syllables.

    f0: `[frames]` in Hz, 0 if unvoiced; envelope, aperiodicity: `[frames, bins]`; syllables: (start, nucleus, end) in
    frames; the vowel starts at the nucleus.
    """

    f0: Curve
    envelope: NDArray[np.float64]
    aperiodicity: NDArray[np.float64]
    syllables: tuple[tuple[int, int, int], ...]

    @property
    def pitch(self) -> float:
        """The median pitch as a MIDI number."""
        return float(69 + 12 * np.log2(np.median(self.f0[self.f0 > 0]) / 440))


def analyse(wav: Mono) -> SyllableString | None:
    """Analyse a recorded string `[T]` at `RATE`; None if too little of it is voiced."""
    pyworld, audio = world(), wav.astype(np.float64)
    f0, times = pyworld.dio(audio, RATE, f0_floor=70, f0_ceil=900, frame_period=1000 * FRAME)
    f0 = pyworld.stonemask(audio, f0, times, RATE)
    if np.count_nonzero(f0) < 0.3 * len(f0):
        return None
    f0 = _without_gaps(f0, wav)
    envelope = pyworld.cheaptrick(audio, f0, times, RATE)
    # A threshold above 0 enables d4c's voicing decision, which classifies breathy vowels as unvoiced.
    aperiodicity = pyworld.d4c(audio, f0, times, RATE, threshold=0.0)
    syllables = _syllables(10 * np.log10(envelope.sum(1) + 1e-12), f0 > 0)
    return SyllableString(f0, envelope, aperiodicity, syllables) if syllables else None


def _without_gaps(f0: Curve, wav: Mono) -> Curve:
    """f0 interpolated over short gaps of the detection, in which the energy below 800 Hz stays constant."""
    hop = int(FRAME * RATE)
    low = band_limit(wav, 800).astype(np.float64)
    power = uniform_filter1d(np.square(low), 3 * hop)[::hop][: len(f0)]
    level = 10 * np.log10(np.pad(power, (0, len(f0) - len(power))) + 1e-10)
    voiced = np.flatnonzero(f0)
    filled = f0.copy()
    for before, after in pairwise(voiced.tolist()):
        gap = slice(before + 1, after)
        if 1 < after - before <= MAX_GAP and level[gap].min() > min(level[before], level[after]) - 6:
            filled[gap] = np.linspace(f0[before], f0[after], after - before + 1)[1:-1]
    return filled


def _syllables(level: Curve, voiced: NDArray[np.bool_]) -> tuple[tuple[int, int, int], ...]:
    """(start, nucleus, end) of each syllable, cut at dips of the energy (dB) by 3 dB, at least 0.15 s apart."""
    smooth = uniform_filter1d(level, 7)
    loudest = float(np.percentile(smooth, 95))
    sounding = np.flatnonzero(smooth > loudest - 40)
    dips, _ = find_peaks(-smooth, prominence=3, distance=30)
    cuts = [int(sounding[0]), *(int(d) for d in dips if sounding[0] < d < sounding[-1]), int(sounding[-1]) + 1]
    syllables = []
    for start, end in pairwise(cuts):
        if end == cuts[-1]:  # cut the fade of the last vowel
            end = start + int(np.flatnonzero(smooth[start:end] > smooth[start:end].max() - 12)[-1]) + 1
        piece = smooth[start:end]
        vowel = np.where(voiced[start:end], piece, -np.inf)  # fricatives may be louder
        nucleus = start + int(np.argmax(vowel > vowel.max() - 4))
        if end - start >= 20 and vowel.max() > loudest - 15 and voiced[nucleus:end].mean() > 0.6:
            syllables.append((max(start, nucleus - MAX_HEAD), nucleus, end))
    return tuple(syllables)


@dataclass(frozen=True)
class Style:
    """The singing style of one song.

    vocal_tract: frequency scale of the envelope; breathiness: exponent of the aperiodicity; glide, vibrato_rate: Hz;
    vibrato_depth, jitter: semitones; scoop, breath: probabilities per phrase; tilt: dB per octave.
    """

    vocal_tract: float
    breathiness: float
    glide: float
    vibrato_rate: float
    vibrato_depth: float
    jitter: float
    scoop: float
    tilt: float
    breath: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> "Style":
        return cls(
            vocal_tract=float(2 ** random.uniform(-0.2, 0.2)),
            breathiness=float(random.uniform(0.6, 1.0)),
            glide=float(random.uniform(3.0, 9.0)),
            vibrato_rate=float(random.uniform(4.6, 6.6)),
            vibrato_depth=float(random.uniform(0.1, 0.9)),
            jitter=float(random.uniform(0.04, 0.16)),
            scoop=float(random.uniform(0, 0.5)),
            tilt=float(random.normal(0, 1.5)),
            breath=float(random.uniform(0, 0.8)),
        )


def sing(
    random: np.random.Generator, song: Song, strings: list[SyllableString], style: Style, backing: float = 0.35
) -> Mono:
    """Synthesise the song: float32 `[T]` at `RATE`, peak 0.5. backing: probability of backing voices per phrase."""
    pieces = []
    for phrase in song.phrases:
        seed = int(random.integers(2**31))
        lead = _phrase(np.random.default_rng(seed), random, song, phrase, strings, style)
        if random.uniform() < backing:
            for _ in range(int(random.integers(1, 4))):
                lead = _layered(random, seed, song, phrase, strings, style, lead)
        pieces += [lead, np.zeros(int(phrase.rest * RATE), np.float32)]
    wav = np.concatenate(pieces)
    return (0.5 * wav / float(np.abs(wav).max())).astype(np.float32)


def _layered(
    random: np.random.Generator,
    seed: int,
    song: Song,
    phrase: Phrase,
    strings: list[SyllableString],
    style: Style,
    lead: Mono,
) -> Mono:
    """The lead plus a voice on the same syllables, in unison or a third, a fifth or an octave away in key."""
    octave = len(song.scale)
    third, fifth = (2, 4) if octave > 5 else (1, 3)
    steps = int(random.choice((0, third, -third, fifth, -octave), p=(0.3, 0.3, 0.15, 0.15, 0.1)))
    notes = tuple(Note(n.degree + steps, n.seconds, n.tied) for n in phrase.notes)
    other = replace(style, vocal_tract=style.vocal_tract * float(2 ** random.normal(0, 0.06)), breath=0.0)
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
    strings: list[SyllableString],
    style: Style,
) -> Mono:
    """One phrase `[T]`. The generator `words` draws the syllables and their lengths, so that layers share them."""
    voiced, envelope, aperiodicity = _text(words, phrase, strings)
    pitch = _pitch(random, song, phrase, style)
    envelope, aperiodicity = _warped(envelope, style), _warped(aperiodicity, style, tilt=False)
    aperiodicity = np.clip(aperiodicity**style.breathiness, 0, 1)
    position = np.linspace(0, 1, len(voiced))
    arc = random.uniform(0, 5) * (np.sin(np.pi * position) - 0.6) + _drift(random, len(voiced), 1.5, 1.0)
    ends = np.clip(np.minimum(np.arange(len(voiced)) / 4, np.arange(len(voiced))[::-1] / random.uniform(8, 30)), 0, 1)
    envelope = envelope * (10 ** (arc / 10) * ends**2)[:, None]
    if random.uniform() < style.breath:
        envelope, aperiodicity, pitch, voiced = _breathe(random, envelope, aperiodicity, pitch, voiced)
    f0 = np.where(voiced, 440 * 2 ** ((pitch - 69) / 12), 0.0)
    f0, envelope, aperiodicity = map(np.ascontiguousarray, (f0, np.maximum(envelope, 1e-16), aperiodicity))
    return world().synthesize(f0, envelope, aperiodicity, RATE, 1000 * FRAME).astype(np.float32)


def _text(
    words: np.random.Generator, phrase: Phrase, strings: list[SyllableString]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Voicing, envelope and aperiodicity by frame, with one syllable for every note that is not tied."""
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
    """`length` frame numbers of a syllable: the consonant unchanged, the middle of the vowel stretched."""
    head = min(nucleus - start, length // 2)
    tail = min(TAIL, (end - nucleus) // 3, (length - head) // 3)
    middle = np.linspace(nucleus, end - tail - 1, length - head - tail)
    middle += _drift(words, len(middle), 4, 0.5)
    chosen = [*range(nucleus - head, nucleus), *np.clip(middle, nucleus, end - 1), *range(end - tail, end)]
    return [int(frame) for frame in chosen]


def _pitch(random: np.random.Generator, song: Song, phrase: Phrase, style: Style) -> Curve:
    """The MIDI number of each frame: the notes through a slightly underdamped low-pass, plus vibrato and jitter."""
    steps, vibrato = np.empty(0), np.empty(0)
    for note in phrase.notes:
        count = round(note.seconds / FRAME)
        steps = np.append(steps, np.full(count, song.pitch(note.degree)))
        since = np.arange(count) * FRAME - random.uniform(0.15, 0.4)
        depth = style.vibrato_depth * random.uniform(0.3, 1) * np.clip(since / 0.3, 0, 1)
        rate = style.vibrato_rate * (1 + 0.04 * _drift(random, count, 1, 1.0))
        vibrato = np.append(vibrato, depth * np.sin(2 * np.pi * np.cumsum(rate) * FRAME + random.uniform(0, 6)))
    w, damping = 2 * np.pi * style.glide * FRAME, 0.8
    pole = np.exp(-w * (damping + 1j * np.sqrt(1 - damping**2)))
    start = steps[0] - 3 * (random.uniform() < style.scoop) * random.uniform(0.3, 1)
    down = [1, -2 * pole.real, abs(pole) ** 2]
    glided = start + lfilter([sum(down)], down, steps - start)
    return glided + vibrato + _drift(random, len(steps), style.jitter, 3.0)


def _warped(rows: NDArray[np.float64], style: Style, tilt: bool = True) -> NDArray[np.float64]:
    """Rows `[frames, bins]` with frequencies scaled by `style.vocal_tract` and, with `tilt`, a spectral tilt."""
    bins = rows.shape[1]
    source = np.minimum(np.arange(bins) / style.vocal_tract, bins - 1.001)
    low, part = source.astype(int), source % 1
    moved = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    octaves = np.log2(np.maximum(np.arange(bins) * RATE / 2 / bins, 250) / 1000)
    return moved * 10 ** (style.tilt * octaves / 10) if tilt else moved


def _breathe(
    random: np.random.Generator,
    envelope: NDArray[np.float64],
    aperiodicity: NDArray[np.float64],
    pitch: Curve,
    voiced: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64], Curve, NDArray[np.bool_]]:
    """Prepend a breath: noise with the spectral shape of the phrase's vowels, 26 to 40 dB below them."""
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
    """`[count]` of low-pass noise with cut-off `hertz` and standard deviation about `depth`."""
    keep = np.exp(-2 * np.pi * hertz * FRAME)
    return lfilter([np.sqrt(1 - keep**2)], [1, -keep], random.standard_normal(count + 200))[200:] * depth
