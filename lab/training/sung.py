"""Synthetic songs of the voicebanks in open/vocals, in the layout that `voicelift train pool` reads."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.audio.types import Wav
from core.digest import sha256
from core.errors import InputError
from lab.evaluation.perceptual import installed
from lab.training.build_pool import read_wav
from lab.training.pool import RATE
from lab.training.score import compose
from lab.training.singing import Style, SyllableString, analyse, sing
from lab.training.song_files import write_songs
from lab.training.sources import read_licences

SECONDS = 75.0  # approximate length of a song
STRINGS, NEAR = 16, 4.0  # strings per song; largest difference from the first one in semitones
FILE = "vocals.opus"
SEGMENTS = "open/vocals/segments.tsv"  # start and end of the strings of each voicebank


@dataclass(frozen=True)
class Bank:
    """One file of a voicebank: (start, end) of its strings in seconds, licence and credit."""

    path: Path
    strings: tuple[tuple[float, float], ...]
    licence: str
    credit: str


@dataclass(frozen=True)
class Job:
    """One song to synthesise. backing: probability of backing voices per phrase."""

    bank: Bank
    index: int
    seed: int
    seconds: float
    backing: float

    @property
    def name(self) -> str:
        return f"{self.bank.path.stem}_{self.index:04}"

    @property
    def licence(self) -> str:
        return self.bank.licence

    @property
    def credit(self) -> str:
        return self.bank.credit

    def wav(self) -> Wav:
        random = np.random.default_rng((self.seed, self.index))
        style = Style.draw(random)
        strings = _strings(self.bank, random)
        # A shorter vocal tract sings higher, by 9 semitones per octave of formants.
        centre = float(np.median([string.pitch for string in strings])) + 9 * np.log2(style.vocal_tract)
        song = compose(random, centre, self.seconds)
        return sing(random, song, strings, style, self.backing)[None]


def find_banks(root: Path) -> list[Bank]:
    """The voicebanks in `root`, read from segments.tsv and licences.tsv.

    Raises:
        InputError: one of these files does not exist.
    """
    segments, licences = root / SEGMENTS, root / "licences.tsv"
    if not (segments.is_file() and licences.is_file()):
        raise InputError(f"{root} has no voicebanks: open/vocals/segments.tsv and licences.tsv are needed.")
    facts = read_licences(root)
    strings: dict[str, list[tuple[float, float]]] = {}
    with segments.open(newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            strings.setdefault(row["file"], []).append((float(row["start_s"]), float(row["end_s"])))
    return [Bank(root / path, tuple(spans), *facts[path]) for path, spans in sorted(strings.items())]


def generate(root: Path, out: Path, minutes: float, seed: int = 0, backing: float = 0.35) -> None:
    """Write about `minutes` of singing to `out`/SONG/vocals.opus, and `out`/licences.tsv.

    All songs have the same length, about `SECONDS`. Song `i` depends on the voicebanks, the seed, `backing`, `i` and
    this length only. Existing songs are kept, so that an interrupted call can be repeated.
    backing: probability of backing voices per phrase.

    Raises:
        InputError: `root` has no voicebanks, the package pyworld is not installed, or `out` contains songs of other
            voicebanks, another seed or another `backing`.
    """
    if not installed("pyworld"):
        raise InputError('Singing needs the package pyworld (and a C compiler): pip install -e ".[evaluation-voice]"')
    banks = find_banks(root)
    count = max(1, round(60 * minutes / SECONDS))
    jobs = [Job(banks[i % len(banks)], i, seed, 60 * minutes / count, backing) for i in range(count)]
    write_songs(jobs, out, FILE, {"segments": sha256(root / SEGMENTS), "seed": seed, "backing": backing})


def _strings(bank: Bank, random: np.random.Generator) -> list[SyllableString]:
    """Random strings of a voicebank on similar pitches, so that none is shifted far."""
    wav = read_wav(bank.path).mean(0)
    chosen: list[SyllableString] = []
    for place in random.permutation(len(bank.strings)):
        start, end = (int(seconds * RATE) for seconds in bank.strings[place])
        string = analyse(wav[start:end])
        if string and (not chosen or abs(string.pitch - chosen[0].pitch) <= NEAR):
            chosen.append(string)
        if len(chosen) == STRINGS:
            break
    if not chosen:
        raise InputError(f"{bank.path} contains no sung syllables in the spans that segments.tsv lists.")
    return chosen
