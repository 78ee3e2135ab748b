"""What recordings a folder holds, in which roles: every layout that training material comes in.

    a folder of several pools      splits.json, licences.tsv, open/ and research/
    MUSDB18-HQ                     train/SONG/{mixture,vocals,drums,bass,other}.wav; test/ is left to scoring
    MoisesDB                       [PROVIDER/]ID/data.json and ID/STEM/TRACK.wav
    a folder of songs              [train|dev/]SONG/ with vocals.* and accompaniment.*, mixture.* or stems by name;
                                   a song of vocals alone or of accompaniment alone serves for remixes

The roles of a song always sum to its mixture. Of an accompaniment and stems, the stems are taken where all are there,
else the accompaniment; where the mixture and the vocals are there but neither of these is whole, the accompaniment is
what the mixture holds beyond the parts that are there. A licences.tsv (path, licence, credit; a path may be a folder)
is read wherever there is one.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InputError

AUDIO = frozenset((".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"))
VOCALS, ACCOMPANIMENT, MIXTURE = "vocals", "accompaniment", "mixture"
STEMS = ("drums", "bass", "other")
OTHER_NAMES = dict.fromkeys(("no_vocals", "no-vocals", "instrumental", "backing", "backing_track"), ACCOMPANIMENT)
# The songs of MUSDB18's training half that its own tools set apart for validation.
MUSDB_VALIDATION = (
    "ANiMAL - Rockshow",
    "Actions - One Minute Smile",
    "Alexander Ross - Goodbye Bolero",
    "Clara Berry And Wooldog - Waltz For My Victims",
    "Fergessen - Nos Palpitants",
    "James May - On The Line",
    "Johnny Lokke - Promises & Lies",
    "Leaf - Summerghost",
    "Meaxic - Take A Step",
    "Patrick Talbot - A Reason To Leave",
    "Skelpolu - Human Mistakes",
    "Traffic Experiment - Sirens",
    "Triviul - Angelsaint",
    "Young Griffo - Pennies",
)
# What `voicelift evaluate` scores on by default: musdb7's dev list, of songs that are in that half too.
MUSDB7_DEV = (
    "Actions_One_Minute_Smile",
    "Atlantis_Bound_It_Was_My_Fault_For_Waiting",
    "Auctioneer_Our_Future_Faces",
    "Chris_Durban_Celebrate",
    "Creepoid_OldTree",
    "Dark_Ride_Burning_Bridges",
    "James_May_All_Souls_Moon",
    "Meaxic_Take_A_Step",
    "Music_Delta_Gospel",
    "Night_Panther_Fire",
    "North_To_Alaska_All_The_Same",
    "Remember_December_C_U_Next_Time",
    "Skelpolu_Together_Alone",
    "St_Vitus_Word_Gets_Around",
    "Swinging_Steaks_Lost_My_Way",
    "The_Districts_Vermont",
    "The_Scarlet_Brand_Les_Fleurs_Du_Mal",
    "The_Wrong_Uns_Rothko",
    "Tim_Taler_Stalker",
    "Wall_Of_Death_Femme",
)
MUSDB_LICENCE = ("academic, non-commercial", "MUSDB18-HQ (Rafii et al.)")
MOISES_LICENCE = ("CC BY-NC-SA 4.0, non-commercial research", "MoisesDB (Pereira et al.)")


@dataclass(frozen=True)
class File:
    """Audio to add up. `channel`: "" for the mean of all, else its number."""

    path: Path
    channel: str = ""
    sign: int = 1


@dataclass(frozen=True)
class Entry:
    """One recording of the pool to be: the sum of `files`. See pool.Recording for the other fields."""

    files: tuple[File, ...]
    path: str
    pool: str
    song: str
    role: str
    split: str
    singer: str = ""
    licence: str = ""
    credit: str = ""
    root: str = ""


def find_recordings(roots: Iterable[Path]) -> list[Entry]:
    """The recordings of all the folders, each in whichever layout it has.

    A song that one folder holds back for scoring is held back in every other, under whatever spelling.

    Raises:
        InputError: a folder is not there, or in no layout that is known, or two of them make one pool, or a
            licences.tsv has other columns.
    """
    entries = [entry for root in roots for entry in _of_one(root)]
    owners: dict[str, str] = {}
    for entry in entries:
        if owners.setdefault(entry.pool, entry.root) != entry.root:
            raise InputError(
                f"{owners[entry.pool]} and {entry.root} would both be the pool {entry.pool!r}, in which songs of one "
                "name are taken for one song. Rename one of the folders, or put their songs into one."
            )
    held = {_plain(entry.song) for entry in entries if entry.split == "dev"}
    return [replace(entry, split="dev") if _plain(entry.song) in held else entry for entry in entries]


def _of_one(root: Path) -> list[Entry]:
    if not root.is_dir():
        raise InputError(f"There is no folder {root}.")
    layouts: tuple[Callable[[Path], Iterator[Entry]], ...] = (_pools, _moises, _songs)
    entries = next((entries_of_layout for layout in layouts if (entries_of_layout := list(layout(root)))), None)
    if entries is None:
        raise InputError(
            f"{root} contains no known training material. Put each song in a separate folder with "
            "vocals.wav and accompaniment.wav or mixture.wav (or other formats, or stems), or name the top folder "
            "of MUSDB18-HQ (the one with train and test) or of MoisesDB."
        )
    licences = read_licences(root)
    place = str(root.resolve())
    return [replace(e if e.licence else _licensed(e, licences), root=place) for e in entries]


def _pools(root: Path) -> Iterator[Entry]:
    if not (root / "splits.json").is_file():
        return

    def entry(path: str, pool: str, song: str, role: str, split: str, singer: str = "", channel: str = "") -> Entry:
        return Entry((File(root / path, channel),), path, pool, song, role, split, singer)

    splits: dict[str, dict[str, list[str]]] = json.loads((root / "splits.json").read_text())
    for split in ("train", "dev"):
        for song in splits["musdb7"][split]:
            for role in (VOCALS, *STEMS):
                yield entry(f"research/musdb7/{song}/{role}.opus", "musdb7", song, role, split)
        for singer in splits["mir1k"][split]:
            for file in sorted((root / "research/mir1k" / singer).glob("*.opus")):
                path = str(file.relative_to(root))
                yield entry(path, "mir1k", file.stem, VOCALS, split, singer, "1")
                yield entry(path, "mir1k", file.stem, ACCOMPANIMENT, split, singer, "0")
        for song in splits["songs"][split]:
            for role in (VOCALS, ACCOMPANIMENT):
                yield entry(f"open/songs/{song}/{role}.opus", "songs", song, role, split)
        for name in splits["instrumental"][split]:
            yield entry(f"open/instrumental/{name}", "instrumental", name, ACCOMPANIMENT, split)
    for file in sorted((root / "open/vocals").glob("*.opus")):
        pool = "pjs" if file.stem.startswith("pjs") else "vocals"  # phrases of one singer; syllables of voicebanks
        yield entry(f"open/vocals/{file.name}", pool, file.stem, VOCALS, "train")


def _moises(root: Path) -> Iterator[Entry]:
    for facts in sorted([*root.glob("*/data.json"), *root.glob("*/*/data.json")]):
        song = json.loads(facts.read_text())
        stems: dict[str, list[File]] = {}
        for stem in song.get("stems", []):
            for track in stem.get("tracks", []):
                file = facts.parent / stem["stemName"] / f"{track['id']}.{track.get('extension', 'wav')}"
                stems.setdefault(stem["stemName"], []).append(File(file))
        for role, files in stems.items():
            path = str((facts.parent / role).relative_to(root))
            licence, credit = MOISES_LICENCE
            name = f"{song.get('artist', '')} - {song.get('song', facts.parent.name)}"
            yield Entry(tuple(files), path, "moisesdb", name, role, "train", licence=licence, credit=credit)


def _songs(root: Path) -> Iterator[Entry]:
    """Songs in folders, in splits or not; MUSDB18-HQ is one such: songs of stems, with a test half or a known name."""
    splits = {"train": "train", "dev": "dev", "valid": "dev", "validation": "dev"}
    songs = [(folder, splits[folder.name]) for folder in root.iterdir() if folder.is_dir() and folder.name in splits]
    folders = [(song, split) for folder, split in songs or [(root, "train")] for song in _folders(folder)]
    to_hold = {_plain(name) for name in (*MUSDB_VALIDATION, *MUSDB7_DEV)}
    known = (root / "test").is_dir() or any(_plain(song.name) in to_hold for song, _ in folders)
    musdb = known and any(set(STEMS) <= set(_named(song)) for song, _ in folders)
    for song, split in folders:
        licence, credit = MUSDB_LICENCE if musdb else ("", "")
        held = musdb and _plain(song.name) in to_hold
        for role, files in _roles(_named(song)).items():
            path = str(files[0].path.relative_to(root))
            pool = "musdb18hq" if musdb else root.resolve().name
            yield Entry(files, path, pool, song.name, role, "dev" if held else split, "", licence, credit)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _named(song: Path) -> dict[str, Path]:
    return {f.stem.lower(): f for f in sorted(song.iterdir()) if f.suffix.lower() in AUDIO}


def _roles(named: dict[str, Path]) -> dict[str, tuple[File, ...]]:
    """The parts that sum to the mixture, none when the folder is not a song."""
    named = {OTHER_NAMES.get(name, name): path for name, path in named.items()}
    mixture = named.pop(MIXTURE, None)
    if not named.keys() & {VOCALS, ACCOMPANIMENT, *STEMS}:
        return {}
    parts: dict[str, tuple[File, ...]] = {role: (File(path),) for role, path in named.items()}
    if parts.keys() >= set(STEMS):
        parts.pop(ACCOMPANIMENT, None)
    elif ACCOMPANIMENT in parts:
        parts = {role: files for role, files in parts.items() if role in (VOCALS, ACCOMPANIMENT)}
    elif mixture and VOCALS in parts:
        parts[ACCOMPANIMENT] = (File(mixture), *(File(path, sign=-1) for path in named.values()))
    return parts


def _plain(song: str) -> str:
    return "".join(letter for letter in song.lower() if letter.isalnum())


def read_licences(root: Path) -> dict[str, tuple[str, str]]:
    """Licence and credit by path, as `root`/licences.tsv tells them; empty where there is none.

    Raises:
        InputError: it has other columns.
    """
    file = root / "licences.tsv"
    if not file.is_file():
        return {}
    with file.open(newline="") as rows:
        table = csv.DictReader(rows, delimiter="\t")
        if not {"path", "licence"} <= set(table.fieldnames or ()):
            raise InputError(f"{file} needs a first line with the columns path, licence and credit, tabs between them.")
        return {row["path"].rstrip("/"): (row["licence"] or "", row.get("credit") or "") for row in table}


def _licensed(entry: Entry, licences: dict[str, tuple[str, str]]) -> Entry:
    """With the licence of the file, or of the nearest folder above it that is named."""
    above = (str(place) for place in (Path(entry.path), *Path(entry.path).parents))
    licence, credit = next((licences[place] for place in above if place in licences), ("", ""))
    return replace(entry, licence=licence, credit=credit)
