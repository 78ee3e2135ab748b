"""Speech to song: flite speaks a line, WORLD sings it to the score.

flite reports the end of each phone, so each vowel can be stretched over its note while consonants keep roughly their
spoken length and end where the next vowel starts. WORLD (Morise et al. 2016; package `pyworld`) splits the speech into
pitch, spectral envelope and aperiodicity every 5 ms; the time axis of the last two is warped, the pitch is replaced by
the melody with portamento and vibrato, and all three are resynthesised.
"""

import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyworld
import soxr
from numpy.typing import NDArray

from deploy.local.demo_song.score import SECONDS_PER_BEAT, Phrase

Curve = NDArray[np.floating]  # samples, or one value per 5 ms, or [frames, bins]

RATE = 44100
HOP_MS = 5.0
HOP = HOP_MS / 1000.0
VOWELS = set("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())
UNVOICED = set("p t k f s sh ch th hh".split())
LEAD_IN = 0.4  # seconds before the first vowel, for the consonants in front of it


@dataclass(frozen=True)
class Phone:
    name: str
    start: float
    stop: float


def speak(text: str, voice: str) -> tuple[Curve, list[Phone]]:
    """Say `text`. Returns mono samples at RATE, and the phones between the pauses at both ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = [
            "flite",
            "-voice",
            voice,
            "--setf",
            "duration_stretch=1.25",
            "-psdur",
            "-t",
            text,
            "-o",
            str(path),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        with wave.open(str(path)) as file:
            spoken_rate, raw = file.getframerate(), file.readframes(file.getnframes())
    speech = np.frombuffer(raw, np.int16).astype(np.float64) / 32768.0
    ends = [(name, float(stop)) for name, stop in re.findall(r"(\w+):([\d.]+)", done.stdout)]
    starts = [0.0] + [stop for _, stop in ends[:-1]]
    phones = [Phone(name, start, stop) for start, (name, stop) in zip(starts, ends, strict=True)]
    spoken = [phone for phone in phones if phone.name != "pau"]
    return soxr.resample(speech, spoken_rate, RATE, quality="VHQ"), spoken


def sung_times(phones: list[Phone], phrase: Phrase) -> list[Phone]:
    """The sung time of each phone: seconds from LEAD_IN before the phrase's first vowel."""
    vowels = [i for i, p in enumerate(phones) if p.name in VOWELS]
    if len(vowels) != len(phrase.notes):
        raise ValueError(f"{phrase.text!r} has {len(vowels)} vowels but {len(phrase.notes)} notes: {phones}")
    onsets = LEAD_IN + SECONDS_PER_BEAT * np.cumsum([0.0] + [beats for beats, _ in phrase.notes])
    groups = [phones[: vowels[0]]] + [
        phones[a + 1 : b] for a, b in zip(vowels, [*vowels[1:], len(phones)], strict=True)
    ]
    sung: list[Phone] = []
    for k, consonants in enumerate(groups):
        spoken = sum(p.stop - p.start for p in consonants)
        room = 0.5 * (onsets[k] - onsets[k - 1]) if k else LEAD_IN
        scale = min(1.0, room / spoken) if spoken else 1.0
        at = float(onsets[k]) - spoken * scale  # consonants end where the next vowel starts
        if k:
            sung.append(Phone(phones[vowels[k - 1]].name, float(onsets[k - 1]), at))
        for p in consonants:
            sung.append(Phone(p.name, at, at + (p.stop - p.start) * scale))
            at = sung[-1].stop
    return sung


def melody(phrase: Phrase, times: Curve, transpose: int, rng: np.random.Generator) -> Curve:
    """The pitch in Hz at `times`: slides of about 80 ms, vibrato on long notes, a little drift."""
    onsets = LEAD_IN + SECONDS_PER_BEAT * np.cumsum([0.0] + [beats for beats, _ in phrase.notes])
    pitch = np.full(times.size, float(phrase.notes[0][1]))
    vibrato = np.zeros(times.size)
    for (beats, note), onset in zip(phrase.notes, onsets, strict=False):
        pitch[times >= onset - 0.05] = note
        if beats >= 0.9:
            since = times - onset - 0.25
            held = (since > 0) & (times < onset + beats * SECONDS_PER_BEAT)
            vibrato[held] += 0.32 * np.minimum(since[held] / 0.3, 1.0) * np.sin(2 * np.pi * 5.6 * since[held])
    width = round(0.08 / HOP)
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(pitch, width, mode="edge")
    pitch = np.convolve(padded, window / window.sum(), mode="same")[width:-width]
    drift = np.convolve(rng.standard_normal(times.size), np.ones(60) / 60, mode="same")
    return 440.0 * 2.0 ** ((pitch + vibrato + 0.35 * drift + transpose - 69) / 12.0)


def sing(phrase: Phrase, transpose: int = 0, voice: str = "slt", seed: int = 0) -> Curve:
    """Sing `phrase`, `transpose` semitones off its melody. Mono at RATE; the first vowel is at LEAD_IN."""
    rng = np.random.default_rng(seed)
    speech, phones = speak(phrase.text, voice)
    sung = sung_times(phones, phrase)
    f0, axis = pyworld.harvest(speech, RATE, f0_floor=90.0, f0_ceil=400.0, frame_period=HOP_MS)
    envelope = _with_air(pyworld.cheaptrick(speech, f0, axis, RATE))
    aperiodicity = pyworld.d4c(speech, f0, axis, RATE)

    times = np.arange(round((sung[-1].stop + 0.15) / HOP)) * HOP
    source = _warp(times, phones, sung) / HOP
    envelope, aperiodicity = _interpolated(envelope, source), _interpolated(aperiodicity, source)
    pitch = melody(phrase, times, transpose, rng)
    for phone in sung:
        where = (times >= phone.start) & (times < phone.stop)
        if phone.name in UNVOICED:
            pitch[where] = 0.0
    outside = (times < sung[0].start - 0.03) | (times > sung[-1].stop + 0.05)
    envelope[outside] *= 1e-8
    return _without_rumble(pyworld.synthesize(pitch, envelope, aperiodicity, RATE, HOP_MS))


def _warp(times: Curve, spoken: list[Phone], sung: list[Phone]) -> Curve:
    """For each sung time, the spoken time of its sound. Diphthongs glide late, as singers do."""
    known_sung, known_spoken = [0.0], [spoken[0].start - sung[0].start]
    for spoken_s, held in zip(spoken, sung, strict=True):
        known_sung.append(held.start)
        known_spoken.append(spoken_s.start)
        if spoken_s.name in VOWELS:
            known_sung.append(held.start + 0.75 * (held.stop - held.start))
            known_spoken.append(spoken_s.start + 0.45 * (spoken_s.stop - spoken_s.start))
    known_sung += [sung[-1].stop, sung[-1].stop + 0.15]
    known_spoken += [spoken[-1].stop, spoken[-1].stop + 0.15]
    return np.maximum(np.interp(times, known_sung, known_spoken), 0.0)


def _interpolated(frames: Curve, source: Curve) -> Curve:
    position = np.clip(source, 0, len(frames) - 1.001)
    low = position.astype(int)
    share = (position - low)[:, None]
    mixed: Curve = (1 - share) * frames[low] + share * frames[low + 1]
    return mixed


def _with_air(envelope: Curve) -> Curve:
    """Fill the band above flite's 8 kHz: the level at 6 to 7.4 kHz continues, falling 9 dB per octave."""
    frequency = np.arange(envelope.shape[1]) * RATE / (2 * (envelope.shape[1] - 1))
    level = envelope[:, (frequency > 6000) & (frequency < 7400)].mean(axis=1, keepdims=True)
    above = frequency > 7400
    envelope = envelope.copy()
    envelope[:, above] = level * (7400 / frequency[above]) ** 3
    return envelope


def _without_rumble(wav: Curve) -> Curve:
    """Remove what WORLD leaves below the voice (under about 150 Hz) at unvoiced consonants."""
    spectrum = np.fft.rfft(wav)
    frequency = np.arange(spectrum.size) * RATE / wav.size
    return np.fft.irfft(spectrum * np.clip((frequency - 100) / 80, 0, 1), wav.size)
