"""A folder of songs sung by the voicebanks of open/vocals, in the layout that `voicelift train pool` reads."""

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
from lab.training.singing import Manner, Sung, analyse, sing
from lab.training.song_files import write_songs
from lab.training.sources import read_licences

SECONDS = 75.0  # of a song, about
STRINGS, NEAR = 16, 4.0  # taken from a voicebank for a song; semitones from the first that they may lie apart
FILE = "vocals.opus"
SEGMENTS = "open/vocals/segments.tsv"  # where the strings of every voicebank lie


@dataclass(frozen=True)
class Bank:
    """One file of a voicebank: where its strings lie, in seconds, and whose it is."""

    path: Path
    strings: tuple[tuple[float, float], ...]
    licence: str
    credit: str


@dataclass(frozen=True)
class Job:
    """One song to be sung. `backing`: the chance of other voices in a phrase."""

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
        manner = Manner.draw(random)
        strings = _strings(self.bank, random)
        # A smaller throat sings higher, though not by as much.
        centre = float(np.median([string.pitch for string in strings])) + 9 * np.log2(manner.throat)
        song = compose(random, centre, self.seconds)
        return sing(random, song, strings, manner, self.backing)[None]


def find_banks(root: Path) -> list[Bank]:
    """The voicebanks in `root`, by segments.tsv and licences.tsv.

    Raises:
        InputError: they are not there.
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

    Song `i` depends on the voicebanks, the seed, `backing`, `i` and its length alone, which is `minutes` in equal
    parts of about `SECONDS`; those that are there already are kept, so the same call goes on where it was interrupted.
    `backing` is the chance of other voices in a phrase.

    Raises:
        InputError: no voicebanks in `root`, or the package pyworld is not installed, or `out` holds songs of other
            voicebanks, another seed or `backing`.
    """
    if not installed("pyworld"):
        raise InputError('Singing needs the package pyworld (and a C compiler): pip install -e ".[evaluation-voice]"')
    banks = find_banks(root)
    count = max(1, round(60 * minutes / SECONDS))
    jobs = [Job(banks[i % len(banks)], i, seed, 60 * minutes / count, backing) for i in range(count)]
    write_songs(jobs, out, FILE, {"segments": sha256(root / SEGMENTS), "seed": seed, "backing": backing})


def _strings(bank: Bank, random: np.random.Generator) -> list[Sung]:
    """Strings of a voicebank that are sung on about one pitch, so that none is carried far from its own."""
    wav = read_wav(bank.path).mean(0)
    chosen: list[Sung] = []
    for place in random.permutation(len(bank.strings)):
        start, end = (int(seconds * RATE) for seconds in bank.strings[place])
        string = analyse(wav[start:end])
        if string and (not chosen or abs(string.pitch - chosen[0].pitch) <= NEAR):
            chosen.append(string)
        if len(chosen) == STRINGS:
            break
    if not chosen:
        raise InputError(f"{bank.path} has no sung syllables at the places that segments.tsv names.")
    return chosen
