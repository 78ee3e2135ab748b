"""Decode every recording of some folders once, into a pool (see pool.py); say what went into one."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from tqdm import tqdm

from core.audio.chunker import mono
from core.audio.decode import open_audio
from core.audio.resample import resample
from core.errors import InputError
from core.training.augment import Mono
from core.training.pool import FULL_SCALE, RATE, Pool, Recording, write_index
from core.training.sources import Entry, find_recordings


def build_pool(roots: Iterable[Path], out: Path) -> None:
    """Write `out`/audio-HASH.npy and index.json from the audio in the folders `roots` (see sources.py for the layouts).

    What a pool in `out` has already, from files that are older than it, is taken over from there. Its audio stays
    until the build after this one: a training that reads it goes on, and may open it again.

    Raises:
        InputError: two folders would make one pool, a folder is in no known layout, or a recording cannot be decoded.
    """
    entries = find_recordings(roots)
    out.mkdir(parents=True, exist_ok=True)
    old = _Old(out)
    recordings: list[Recording] = []
    samples = 0
    hashed = sha256()
    part = out / "audio.npy.part"
    with part.open("wb") as file, ProcessPoolExecutor() as workers:
        _write_header(file, 0)
        decoded = workers.map(_decode, [entry for entry in entries if not old.has(entry)], chunksize=4)
        for entry in tqdm(entries, desc="pool"):
            audio = old.read(entry) if old.has(entry) else next(decoded)
            facts = {key: value for key, value in asdict(entry).items() if key != "files"}
            recordings.append(Recording(**facts, offset=samples, samples=len(audio)))
            data = audio.tobytes()
            file.write(data)
            hashed.update(data)
            samples += len(audio)
        file.seek(0)
        _write_header(file, samples)
    name = f"audio-{hashed.hexdigest()[:12]}.npy"
    part.replace(out / name)
    write_index(out, recordings, name)
    for file_before in out.glob("audio*.npy"):
        if file_before.name not in (name, old.pool and old.pool.file):
            file_before.unlink()


def read_mono(path: Path, channel: str = "") -> Mono:
    """A file at the pool's rate: the mean of its channels, or one of them.

    Raises:
        InputError: it cannot be decoded; says which it is.
    """
    try:
        with open_audio(path) as stream:
            wav = np.concatenate(list(stream), axis=1)
            rate = stream.info.sample_rate
    except InputError as error:
        raise type(error)(f"{path}: {error.message}", **error.details) from error
    chosen = wav[int(channel)][None] if channel else mono(wav)
    return resample(chosen, rate, RATE)[0]


def report(pool: Pool) -> list[dict[str, Any]]:
    """What is in a pool, for the card: hours and songs by source, licence and split, and whom to credit."""
    sources: dict[tuple[str, str, str], list[Recording]] = {}
    for recording in pool.recordings:
        key = (recording.pool, recording.licence or "not stated", recording.split)
        sources.setdefault(key, []).append(recording)
    return [
        {
            "source": source,
            "licence": licence,
            "split": split,
            "songs": len({r.song for r in found}),
            "hours": {
                role: round(sum(r.samples for r in found if r.role == role) / RATE / 3600, 3)
                for role in sorted({r.role for r in found})
            },
            "credits": sorted({r.credit for r in found} - {""}),
        }
        for (source, licence, split), found in sorted(sources.items())
    ]


class _Old:
    """The recordings of an earlier pool that need not be decoded again."""

    def __init__(self, folder: Path) -> None:
        index = folder / "index.json"
        try:
            self.pool = Pool(folder) if index.exists() else None
        except InputError:  # its audio is gone
            self.pool = None
        self.made = index.stat().st_mtime if self.pool else 0.0
        self.recordings = {(r.root, r.path, r.role): r for r in self.pool.recordings} if self.pool else {}

    def has(self, entry: Entry) -> bool:
        known = (entry.root, entry.path, entry.role) in self.recordings
        return known and all(file.path.stat().st_mtime < self.made for file in entry.files)

    def read(self, entry: Entry) -> NDArray[np.int16]:
        assert self.pool
        recording = self.recordings[entry.root, entry.path, entry.role]
        return self.pool.audio[recording.offset : recording.offset + recording.samples]


def _decode(entry: Entry) -> NDArray[np.int16]:
    parts = [file.sign * read_mono(file.path, file.channel) for file in entry.files]
    total = np.zeros(max(len(part) for part in parts), np.float32)
    for part in parts:
        total[: len(part)] += part
    return np.clip(np.rint(total * FULL_SCALE), -32767, 32767).astype(np.int16)


def _write_header(file: BinaryIO, samples: int) -> None:
    """numpy keeps room in the header for the length to grow, so that it can be written again at the end."""
    npy.write_array_header_1_0(file, {"descr": "<i2", "fortran_order": False, "shape": (samples,)})
