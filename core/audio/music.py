"""Key and tempo of a recording, from its samples as they pass.

Key: peaks of the spectrum are folded to pitch classes, in thirds of a semitone so that recordings out of tune fit too,
and compared with how often each occurs in major and in minor (Faraldo, Jorda, Herrera, A Multi-Profile Method for Key
Estimation in EDM, 2017); so is the bass by itself, which distinguishes relative keys. Tempo: increases of the
spectrum mark onsets, whose autocorrelation repeats with the beat; of its multiples the one near 120 is taken. Why not
a library: docs/decisions/0029-key-and-tempo.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.audio.resample import StreamResampler
from core.audio.types import Wav

MOST_S = 600.0  # that are listened to
LEAST_S = 8.0
RATE = 11025
ONSET_SIZE, ONSET_HOP = 512, 110
PITCH_SIZE = 8192
PITCH_HOP = PITCH_SIZE // 2
FRAMES_PER_S = RATE / ONSET_HOP
NOTES_HZ, BASS_HZ = (110.0, 2000.0), (40.0, 180.0)
BASS_WEIGHT = 0.6
OPENING_S = 3.0  # which counts twice: most songs begin with their tonic
PER_SEMITONE = 3
MAJOR = np.array([1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30])
MINOR = np.array([1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23])
KEYS = tuple(f"{tonic} major" for tonic in "C Db D Eb E F F# G Ab A Bb B".split()) + tuple(
    f"{tonic} minor" for tonic in "C C# D Eb E F F# G G# A Bb B".split()
)
SHARPNESS = 8.0  # of the choice between keys, so that the confidence is how often it is right
TEMPI = np.arange(50.0, 210.0, 0.25)  # beats per minute
USUAL_BPM, OCTAVES = 120.0, 1.2  # the middle of the tempi that are expected, and how far most are from it
BEATS = 4  # that are compared with each other
STEADINESS = 2.0  # from how alike they are to the confidence

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Heard:
    """Key and tempo of a recording. A confidence of 0.8 means that it is right in about 80 of 100 recordings; None: no
    notes, no onsets, or too short."""

    key: str | None
    key_confidence: float | None
    tempo_bpm: float | None
    tempo_confidence: float | None


class Ear:
    """Listens to a stream at `rate`; `heard` is what it made of it."""

    def __init__(self, rate: int) -> None:
        self._rate, self._left = rate, round(MOST_S * rate)
        self._resampler = StreamResampler(rate, RATE, 1)
        self._onsets, self._notes = _Frames(ONSET_SIZE, ONSET_HOP), _Frames(PITCH_SIZE, PITCH_HOP)
        self._flux: list[Floats] = []
        self._last = np.zeros((1, ONSET_SIZE // 2 + 1))
        self._pitches = np.zeros((2, 12 * PER_SEMITONE))  # of notes, and of the bass
        self._opening = round(OPENING_S * RATE / PITCH_HOP)

    def listening(self, stream: Iterable[Wav]) -> Iterator[Wav]:
        """The same blocks, listened to."""
        for block in stream:
            if self._left > 0:
                self._listen(block[:, : self._left])
            yield block

    def heard(self) -> Heard:
        """Listen no more, and say what it was."""
        flux = np.concatenate(self._flux) if self._flux else np.zeros(0)
        if len(flux) < LEAST_S * FRAMES_PER_S:
            return Heard(None, None, None, None)
        return Heard(*_key(self._pitches), *_tempo(flux))

    def _listen(self, block: Wav) -> None:
        self._left -= block.shape[1]
        wav = self._resampler.process(block.mean(axis=0, keepdims=True))[0]
        if len(spectra := self._onsets.spectra(wav)):
            loud = np.log1p(10 * spectra)
            self._flux.append(np.maximum(0, np.diff(loud, axis=0, prepend=self._last)).sum(axis=1))
            self._last = loud[-1:]
        for spectrum in self._notes.spectra(wav):
            weight = 2 if self._opening > 0 else 1
            self._opening -= 1
            self._pitches += weight * _pitches(spectrum)


class _Frames:
    """Overlapping frames of a stream."""

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop, self._window = size, hop, np.hanning(size)
        self._rest = np.zeros(0, np.float32)

    def spectra(self, wav: Wav) -> Floats:
        """[frames, bins]: magnitudes of the frames that are whole by now."""
        self._rest = np.concatenate([self._rest, wav])
        count = max(0, (len(self._rest) - self._size) // self._hop + 1)
        if not count:
            return np.zeros((0, self._size // 2 + 1))
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, self._size)[:: self._hop][:count]
        spectra = np.abs(np.fft.rfft(frames * self._window, axis=1))
        self._rest = self._rest[count * self._hop :]
        return spectra


def _pitches(spectrum: Floats) -> Floats:
    """[2, thirds]: how much of each third of a semitone, from C on, is in the notes and in the bass of a frame. Loud
    and soft frames count the same."""
    inner, least = spectrum[1:-1], 0.02 * spectrum.max() + 1e-3
    at = 1 + np.flatnonzero((inner > spectrum[:-2]) & (inner >= spectrum[2:]) & (inner > least))
    before, here, after = spectrum[at - 1], spectrum[at], spectrum[at + 1]
    hertz = (at + 0.5 * (before - after) / (before - 2 * here + after)) * RATE / PITCH_SIZE
    place = np.rint(PER_SEMITONE * (12 * np.log2(hertz / 440) + 9)).astype(int) % (12 * PER_SEMITONE)
    found = np.zeros((2, 12 * PER_SEMITONE))
    for row, (lowest, highest) in zip(found, (NOTES_HZ, BASS_HZ), strict=True):
        notes = (hertz > lowest) & (hertz < highest)
        np.add.at(row, place[notes], np.sqrt(here[notes]))
        row /= max(row.sum(), 1e-9)
    return found


def _key(pitches: Floats) -> tuple[str | None, float | None]:
    """`pitches` as `_pitches` gives them, of all frames together."""
    if not pitches[0].any():
        return None, None
    # Of the three tunings the one in which most of it lies on the notes.
    tuned = max((-1, 0, 1), key=lambda shift: float(np.roll(pitches[0], -shift)[::PER_SEMITONE].sum()))
    notes, bass = np.roll(pitches, 1 - tuned, axis=1).reshape(2, 12, PER_SEMITONE).sum(axis=2)
    profiles = np.stack([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
    odds = np.exp(SHARPNESS * (_likeness(profiles, notes) + BASS_WEIGHT * _likeness(profiles, bass)))
    best = int(np.argmax(odds))
    return KEYS[best], round(float(odds[best] / odds.sum()), 2)


def _likeness(profiles: Floats, classes: Floats) -> Floats:
    """The correlation of each profile with `classes`; 0 without notes."""
    centred = profiles - profiles.mean(axis=1, keepdims=True)
    found = classes - classes.mean()
    lengths = np.linalg.norm(centred, axis=1) * np.linalg.norm(found)
    return np.divide(centred @ found, lengths, out=np.zeros(len(profiles)), where=lengths > 0)


def _tempo(flux: Floats) -> tuple[float | None, float | None]:
    window = round(FRAMES_PER_S)
    onsets = np.maximum(0, flux - np.convolve(flux, np.ones(window) / window, "same"))
    onsets -= onsets.mean()
    if not onsets.any():
        return None, None
    size = 1 << (2 * len(onsets) - 1).bit_length()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(onsets, size)) ** 2)[: len(onsets)]
    likeness = likeness / likeness[0] * (len(onsets) / np.arange(len(onsets), 0, -1))

    def repeats(bpm: Floats, beats: NDArray[Any]) -> Floats:
        """How alike the onsets are so many beats later."""
        lags = FRAMES_PER_S * 60 / bpm[:, None] * beats
        return np.interp(lags, np.arange(len(likeness)), likeness).mean(axis=1)

    usual = np.exp(-0.5 * (np.log2(TEMPI / USUAL_BPM) / OCTAVES) ** 2)
    rough = TEMPI[np.argmax(repeats(TEMPI, np.arange(1, BEATS + 1)) * usual)]
    far = np.arange(1, max(2, int(len(flux) / 2 / FRAMES_PER_S * rough / 60)))[: 8 * BEATS]
    near = rough * np.linspace(0.985, 1.015, 121)
    best = near[np.argmax(repeats(near, far))]
    alike = float(repeats(np.array([best]), np.arange(1, BEATS + 1))[0])
    return round(float(best), 1), round(min(max(STEADINESS * alike, 0.0), 0.99), 2)
