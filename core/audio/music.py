"""Streaming estimation of key and tempo.

Key: spectral peaks are folded to pitch classes, in thirds of a semitone to allow for detuned recordings, and correlated
with profiles of major and minor keys (Faraldo, Jorda, Herrera, A Multi-Profile Method for Key Estimation in EDM, 2017).
The bass is correlated separately, which distinguishes relative keys. Tempo: the autocorrelation of the spectral flux,
summed over multiples of the beat and weighted towards 120 beats per minute. docs/decisions/0029-key-and-tempo.md
compares libraries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.audio.resample import StreamResampler
from core.audio.types import Wav

MAX_S = 600.0  # length that is analysed
MIN_S = 8.0
RATE = 11025
ONSET_SIZE, ONSET_HOP = 512, 110
PITCH_SIZE = 8192
PITCH_HOP = PITCH_SIZE // 2
FRAMES_PER_S = RATE / ONSET_HOP
NOTES_HZ, BASS_HZ = (110.0, 2000.0), (40.0, 180.0)
BASS_WEIGHT = 0.6
OPENING_S = 3.0  # weighted twice: most songs begin with their tonic
PER_SEMITONE = 3
MAJOR = np.array([1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30])
MINOR = np.array([1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23])
KEYS = tuple(f"{tonic} major" for tonic in "C Db D Eb E F F# G Ab A Bb B".split()) + tuple(
    f"{tonic} minor" for tonic in "C C# D Eb E F F# G G# A Bb B".split()
)
SHARPNESS = 8.0  # softmax scale over keys, chosen so that the confidence equals the accuracy
TEMPI = np.arange(50.0, 210.0, 0.25)  # beats per minute
USUAL_BPM, OCTAVES = 120.0, 1.2  # centre and standard deviation, in octaves, of the prior on tempi
BEATS = 4  # lags of the autocorrelation, in beats
STEADINESS = 2.0  # scale from autocorrelation to confidence

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class KeyTempo:
    """Key and tempo of a recording.

    An estimate with confidence 0.8 is right in about 80 of 100 recordings. None: the recording has no notes or no
    onsets, or is shorter than 8 s.
    """

    key: str | None
    key_confidence: float | None
    tempo_bpm: float | None
    tempo_confidence: float | None


class KeyTempoEstimator:
    """Estimates key and tempo of a stream at `rate` Hz."""

    def __init__(self, rate: int) -> None:
        self._rate, self._left = rate, round(MAX_S * rate)
        self._resampler = StreamResampler(rate, RATE, 1)
        self._onsets, self._notes = _Frames(ONSET_SIZE, ONSET_HOP), _Frames(PITCH_SIZE, PITCH_HOP)
        self._flux: list[Floats] = []
        self._last = np.zeros((1, ONSET_SIZE // 2 + 1))
        self._pitches = np.zeros((2, 12 * PER_SEMITONE))  # of notes, and of the bass
        self._opening = round(OPENING_S * RATE / PITCH_HOP)

    def observing(self, stream: Iterable[Wav]) -> Iterator[Wav]:
        """Yield the blocks `[C, n]` of `stream` unchanged and analyse them."""
        for block in stream:
            if self._left > 0:
                self._observe(block[:, : self._left])
            yield block

    def estimate(self) -> KeyTempo:
        """Key and tempo of the blocks observed so far."""
        flux = np.concatenate(self._flux) if self._flux else np.zeros(0)
        if len(flux) < MIN_S * FRAMES_PER_S:
            return KeyTempo(None, None, None, None)
        return KeyTempo(*_key(self._pitches), *_tempo(flux))

    def _observe(self, block: Wav) -> None:
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
        """Magnitudes `[frames, bins]` of the frames that `wav` `[n]` completes."""
        self._rest = np.concatenate([self._rest, wav])
        count = max(0, (len(self._rest) - self._size) // self._hop + 1)
        if not count:
            return np.zeros((0, self._size // 2 + 1))
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, self._size)[:: self._hop][:count]
        spectra = np.abs(np.fft.rfft(frames * self._window, axis=1))
        self._rest = self._rest[count * self._hop :]
        return spectra


def _pitches(spectrum: Floats) -> Floats:
    """Weights `[2, thirds]` of each third of a semitone, from C, in the notes and in the bass of a frame.

    Each row sums to 1, so that loud and soft frames count the same.
    """
    inner, least = spectrum[1:-1], 0.02 * spectrum.max() + 1e-3
    at = 1 + np.flatnonzero((inner > spectrum[:-2]) & (inner >= spectrum[2:]) & (inner > least))
    before, here, after = spectrum[at - 1], spectrum[at], spectrum[at + 1]
    hertz = (at + 0.5 * (before - after) / (before - 2 * here + after)) * RATE / PITCH_SIZE
    place = np.rint(PER_SEMITONE * (12 * np.log2(hertz / 440) + 9)).astype(int) % (12 * PER_SEMITONE)
    weights = np.zeros((2, 12 * PER_SEMITONE))
    for row, (lowest, highest) in zip(weights, (NOTES_HZ, BASS_HZ), strict=True):
        notes = (hertz > lowest) & (hertz < highest)
        np.add.at(row, place[notes], np.sqrt(here[notes]))
        row /= max(row.sum(), 1e-9)
    return weights


def _key(pitches: Floats) -> tuple[str | None, float | None]:
    """Key and confidence for `pitches`, the sum of `_pitches` over frames."""
    if not pitches[0].any():
        return None, None
    # The tuning, of three, with most weight on the notes.
    tuned = max((-1, 0, 1), key=lambda shift: float(np.roll(pitches[0], -shift)[::PER_SEMITONE].sum()))
    notes, bass = np.roll(pitches, 1 - tuned, axis=1).reshape(2, 12, PER_SEMITONE).sum(axis=2)
    profiles = np.stack([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
    odds = np.exp(SHARPNESS * (_likeness(profiles, notes) + BASS_WEIGHT * _likeness(profiles, bass)))
    best = int(np.argmax(odds))
    return KEYS[best], round(float(odds[best] / odds.sum()), 2)


def _likeness(profiles: Floats, classes: Floats) -> Floats:
    """Correlation of each profile `[profiles, 12]` with `classes` `[12]`; 0 without notes."""
    centred = profiles - profiles.mean(axis=1, keepdims=True)
    deviations = classes - classes.mean()
    lengths = np.linalg.norm(centred, axis=1) * np.linalg.norm(deviations)
    return np.divide(centred @ deviations, lengths, out=np.zeros(len(profiles)), where=lengths > 0)


def _tempo(flux: Floats) -> tuple[float | None, float | None]:
    """Beats per minute and confidence for the spectral flux `[frames]`."""
    window = round(FRAMES_PER_S)
    onsets = np.maximum(0, flux - np.convolve(flux, np.ones(window) / window, "same"))
    onsets -= onsets.mean()
    if not onsets.any():
        return None, None
    size = 1 << (2 * len(onsets) - 1).bit_length()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(onsets, size)) ** 2)[: len(onsets)]
    likeness = likeness / likeness[0] * (len(onsets) / np.arange(len(onsets), 0, -1))

    def repeats(bpm: Floats, beats: NDArray[Any]) -> Floats:
        """Autocorrelation of the onsets for each tempo, averaged over lags of `beats`."""
        lags = FRAMES_PER_S * 60 / bpm[:, None] * beats
        return np.interp(lags, np.arange(len(likeness)), likeness).mean(axis=1)

    usual = np.exp(-0.5 * (np.log2(TEMPI / USUAL_BPM) / OCTAVES) ** 2)
    rough = TEMPI[np.argmax(repeats(TEMPI, np.arange(1, BEATS + 1)) * usual)]
    far = np.arange(1, max(2, int(len(flux) / 2 / FRAMES_PER_S * rough / 60)))[: 8 * BEATS]
    near = rough * np.linspace(0.985, 1.015, 121)
    best = near[np.argmax(repeats(near, far))]
    steadiness = float(repeats(np.array([best]), np.arange(1, BEATS + 1))[0])
    return round(float(best), 1), round(min(max(STEADINESS * steadiness, 0.0), 0.99), 2)
