"""Finds the recordings of a folder and their roles, in all supported layouts of training material.

    a folder of several pools      splits.json, licences.tsv, open/ and research/
    MUSDB18-HQ                     train/SONG/{mixture,vocals,drums,bass,other}.wav; test/ is reserved for evaluation
    MoisesDB                       [PROVIDER/]ID/data.json and ID/STEM/TRACK.wav
    a folder of songs              [train|dev/]SONG/ with vocals.* and accompaniment.*, mixture.* or stems by name;
                                   a song with only vocals or only accompaniment is used for remixes

The roles of a song sum to its mixture. If all stems exist, they replace the accompaniment. If neither all stems nor an
accompaniment exist, the accompaniment is the mixture minus the existing parts. If the folder has a licences.tsv (path,
licence, credit; a path may be a folder), it is read.
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
# The songs of MUSDB18's training list that the musdb package reserves for validation.
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
# The dev list of musdb7, which `voicelift evaluate` scores by default; MUSDB18's training list has these songs too.
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
    """An audio file to sum. channel: number of the channel to use, "" for all; sign: 1 or -1."""

    path: Path
    channel: str = ""
    sign: int = 1


@dataclass(frozen=True)
class Entry:
    """A recording to add to a pool: the sum of `files`. Other fields: pool.Recording."""

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
    """The recordings of all folders; the layout of each is detected.

    A song in the dev split of one folder is in the dev split of all; names are compared by letters and digits only.

    Raises:
        InputError: a folder does not exist or has no known layout, two folders have the same pool name, or the columns
            of a licences.tsv are wrong.
    """
    entries = [entry for root in roots for entry in _of_one(root)]
    owners: dict[str, str] = {}
    for entry in entries:
        if owners.setdefault(entry.pool, entry.root) != entry.root:
            raise InputError(
                f"{owners[entry.pool]} and {entry.root} both have the pool name {entry.pool!r}. Rename one of the "
                "folders, or move their songs into one folder."
            )
    held = {_plain(entry.song) for entry in entries if entry.split == "dev"}
    return [replace(entry, split="dev") if _plain(entry.song) in held else entry for entry in entries]


def _of_one(root: Path) -> list[Entry]:
    if not root.is_dir():
        raise InputError(f"The folder {root} does not exist.")
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
    """Song folders, optionally in splits. MUSDB18-HQ is recognised by stems with a test folder or a known name."""
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
    """The parts that sum to the mixture, by role; empty if the folder is not a song."""
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
    """(licence, credit) by path, from `root`/licences.tsv; empty if it does not exist.

    Raises:
        InputError: the columns are wrong.
    """
    file = root / "licences.tsv"
    if not file.is_file():
        return {}
    with file.open(newline="") as rows:
        table = csv.DictReader(rows, delimiter="\t")
        if not {"path", "licence"} <= set(table.fieldnames or ()):
            raise InputError(f"{file} needs a first line with the tab-separated columns path, licence and credit.")
        return {row["path"].rstrip("/"): (row["licence"] or "", row.get("credit") or "") for row in table}


def _licensed(entry: Entry, licences: dict[str, tuple[str, str]]) -> Entry:
    """`entry` with the licence of its file, or of the nearest listed parent folder."""
    above = (str(place) for place in (Path(entry.path), *Path(entry.path).parents))
    licence, credit = next((licences[place] for place in above if place in licences), ("", ""))
    return replace(entry, licence=licence, credit=credit)
