"""Instrumental music from Debian packages, in the layout that `voicelift train pool` reads.

Debian's main archive contains hours of freely licensed instrumental music with machine-readable licences. Packages are
unpacked, not installed.

    OUT/debian/SONG/accompaniment.*           music under licences without copyleft; OUT/debian/licences.tsv lists them
    OUT/debian_gpl/SONG/accompaniment.*       music under a GPL, or without a machine-readable licence
    OUT/copyright/PACKAGE                     copyright file of the package
    OUT/held.tsv                              recordings with detected vocals, for manual review
"""

import csv
import importlib
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from tqdm import tqdm

from core.audio.types import Wav
from core.errors import InputError
from core.separation.engine import Engine
from core.separation.level import rms
from core.separation.track import separate_array
from lab.training.build_pool import read_wav
from lab.training.pool import RATE
from lab.training.sources import ACCOMPANIMENT, AUDIO, read_licences

OPEN, COPYLEFT = "debian", "debian_gpl"
ARCHIVES = (".pk3", ".pk4", ".wz", ".zip")
MIN_S = 20.0  # shorter files are sound effects
VOICE_DB = -9.0  # level of the vocals relative to the mixture, in the loudest window, above which a recording is held
WINDOW_S = 3.0
AUDIBLE = 0.005  # RMS above which a window is not silent
UNREADABLE = "not machine-readable: see the copyright file of the package"


@dataclass(frozen=True)
class Music:
    """A recording: `path` in its package, the unpacked `file`, licence and credit by the copyright file."""

    package: str
    path: str
    file: Path
    licence: str
    credit: str

    @property
    def name(self) -> str:
        """Package and path as the name of a folder."""
        return "__".join((self.package, *PurePosixPath(self.path).with_suffix("").parts[-2:])).replace(" ", "_")

    @property
    def pool(self) -> str:
        return COPYLEFT if "GPL" in self.licence or self.licence == UNREADABLE else OPEN


def gather(packages: Iterable[str], out: Path, model: Path, keep: Iterable[str] = ()) -> None:
    """Write the music of packages (names, or paths of .deb files) to `out`. Existing recordings are skipped.

    Args:
        model: folder of the model that detects vocals.
        keep: names of recordings in held.tsv to include after review.

    Raises:
        InputError: a package cannot be downloaded or read, or contains no music.
        CheckpointError: see core.checkpoint.load_model.
    """
    reviewed = frozenset(keep)
    engine = Engine.load(model, "cpu")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for package in packages:
                with tempfile.TemporaryDirectory(dir=folder) as unpacked:
                    deb = _deb(package, Path(folder))
                    music = list(read_package(deb, Path(unpacked), out / "copyright"))
                    if not music:
                        raise InputError(f"{deb.name} contains no audio files ({', '.join(sorted(AUDIO))}).")
                    _take(music, out, engine, reviewed)
    finally:
        engine.close()


def _take(music: list[Music], out: Path, engine: Engine, keep: frozenset[str]) -> None:
    held = _read_held(out)
    for item in tqdm(music, desc=music[0].package):
        file = out / item.pool / item.name / f"{ACCOMPANIMENT}{PurePosixPath(item.path).suffix.lower()}"
        if file.exists() or (item.name in held and item.name not in keep):
            continue
        part = file.parent / f"part{file.suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(item.file, part)
        wav = _decoded(part)
        voice = None if wav is None or item.name in keep else voice_level(engine, wav)
        if wav is None or (voice is not None and voice > VOICE_DB):
            shutil.rmtree(file.parent)
            if voice is not None:
                held[item.name] = voice
                _write_held(out, held)
            continue
        _add_licence(out / item.pool, item)
        part.replace(file)
        if held.pop(item.name, None) is not None:
            _write_held(out, held)


def read_package(deb: Path, unpacked: Path, statements: Path) -> Iterator[Music]:
    """Unpack `deb` into `unpacked`, copy its copyright file to `statements`, and yield its audio files.

    Audio files in archives (`ARCHIVES`) are included.

    Raises:
        InputError: `deb` is not a Debian package, or dpkg-deb is missing.
    """
    name = _dpkg("-f", str(deb), "Package").strip()
    _dpkg("-x", str(deb), str(unpacked))
    statement = unpacked / "usr/share/doc" / name / "copyright"
    statements.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(statement, statements / name)
    terms = _terms(statement.read_text(errors="replace"))
    for archive in sorted(file for file in unpacked.rglob("*") if file.suffix.lower() in ARCHIVES):
        with zipfile.ZipFile(archive) as members:
            members.extractall(archive.parent, [m for m in members.namelist() if Path(m).suffix.lower() in AUDIO])
    for file in sorted(file for file in unpacked.rglob("*") if file.suffix.lower() in AUDIO):
        path = str(file.relative_to(unpacked))
        yield Music(name, path, file, *_licence(terms, path))


def voice_level(engine: Engine, wav: Wav) -> float:
    """Highest level in dB of the masked vocals relative to the mixture `[C, T]` at `RATE`, over windows of 3 s."""
    mono = wav.mean(0, keepdims=True)
    vocals = separate_array(engine, mono, RATE, render="masked")["masked"]
    window = round(WINDOW_S * RATE)
    levels = [
        20 * np.log10(max(rms(vocals[:, start : start + window]), 1e-6) / loudness)
        for start in range(0, mono.shape[1], window)
        if (loudness := rms(mono[:, start : start + window])) > AUDIBLE
    ]
    return float(max(levels, default=-120.0))


def _dpkg(*arguments: str) -> str:
    if shutil.which("dpkg-deb") is None:
        raise InputError("Unpacking Debian packages needs dpkg-deb (package dpkg).")
    done = subprocess.run(["dpkg-deb", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{arguments[1]} cannot be read as a Debian package: {done.stderr.strip()}")
    return done.stdout


def _deb(package: str, folder: Path) -> Path:
    if package.endswith(".deb"):
        if not Path(package).is_file():
            raise InputError(f"{package} does not exist.")
        return Path(package)
    if shutil.which("apt-get") is None:
        raise InputError(f"Downloading {package} needs apt-get. Without it, download the .deb file and name its path.")
    into = folder / package
    into.mkdir()
    fetched = subprocess.run(["apt-get", "download", package], cwd=into, capture_output=True, text=True)
    files = list(into.glob("*.deb"))
    if fetched.returncode or not files:
        raise InputError(f"apt-get could not download {package}: {fetched.stderr.strip()}")
    return files[0]


def _terms(statement: str) -> Any | None:
    try:
        machine_readable = importlib.import_module("debian.copyright")
    except ImportError:
        raise InputError('Reading licences needs python-debian: pip install -e ".[train]"') from None
    try:
        return machine_readable.Copyright(statement.splitlines(keepends=True), strict=False)
    except machine_readable.NotMachineReadableError:
        return None


def _licence(terms: Any | None, path: str) -> tuple[str, str]:
    """Licence and credit of a file. The copyright file names source paths, which match the end of installed paths."""
    if terms is None:
        return UNREADABLE, ""
    parts = PurePosixPath(path).parts
    paragraphs = (terms.find_files_paragraph("/".join(parts[start:])) for start in range(len(parts)))
    named = [paragraph for paragraph in paragraphs if paragraph is not None]
    chosen = next((p for p in named if tuple(p.files) != ("*",)), named[0] if named else None)
    if chosen is None or chosen.license is None:
        return UNREADABLE, ""
    return chosen.license.synopsis, " ".join((chosen.copyright or "").split())


def _decoded(file: Path) -> Wav | None:
    """`[C, T]` at `RATE`; None if the file is too short, silent or cannot be decoded."""
    try:
        wav = read_wav(file)
    except InputError:
        return None
    return wav if wav.shape[1] >= MIN_S * RATE and rms(wav) > AUDIBLE else None


def _add_licence(folder: Path, item: Music) -> None:
    rows = read_licences(folder) | {item.name: (item.licence, item.credit)}
    with (folder / "licences.tsv").open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(("path", "licence", "credit"))
        table.writerows((name, *facts) for name, facts in sorted(rows.items()))


def _read_held(out: Path) -> dict[str, float]:
    file = out / "held.tsv"
    if not file.is_file():
        return {}
    with file.open(newline="") as rows:
        return {row["name"]: float(row["voice_db"]) for row in csv.DictReader(rows, delimiter="\t")}


def _write_held(out: Path, held: dict[str, float]) -> None:
    with (out / "held.tsv").open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(("name", "voice_db"))
        table.writerows((name, f"{level:.1f}") for name, level in sorted(held.items()))
