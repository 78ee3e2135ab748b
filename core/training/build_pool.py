"""Decode the recordings that splits.json names, once, into a pool (see pool.py)."""

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.audio.chunker import mono
from core.audio.decode import open_audio
from core.audio.resample import resample
from core.training.pool import FULL_SCALE, Recording, write_index

RATE = 24000
MUSDB_STEMS = ("vocals", "drums", "bass", "other")


def build_pool(root: Path, out: Path) -> None:
    """Write `out`/audio.npy and index.json from the audio under `root` (see its README for the layout).

    Raises:
        FileNotFoundError: no splits.json in `root`.
        InputError: a recording cannot be decoded.
    """
    entries = list(_entries(root, json.loads((root / "splits.json").read_text())))
    licences = _licences(root)
    out.mkdir(parents=True, exist_ok=True)
    recordings: list[Recording] = []
    parts: list[NDArray[np.int16]] = []
    offset = 0
    with ProcessPoolExecutor() as workers:
        decoded = workers.map(_decode, [(root / e["path"], e["channel"]) for e in entries], chunksize=4)
        for entry, audio in tqdm(zip(entries, decoded, strict=True), total=len(entries), desc="pool"):
            facts = {key: value for key, value in entry.items() if key != "channel"}
            licence = licences.get(entry["path"], "")
            recordings.append(Recording(**facts, licence=licence, offset=offset, samples=len(audio)))
            parts.append(audio)
            offset += len(audio)
    np.save(out / "audio.npy", np.concatenate(parts))
    write_index(out, recordings)


def _entries(root: Path, splits: dict[str, dict[str, list[str]]]) -> Iterator[dict[str, str]]:
    """Path, pool, song, role, split, singer and channel ("" all, "0" left, "1" right) of every recording."""
    for split in ("train", "dev"):
        for song in splits["musdb7"][split]:
            for role in MUSDB_STEMS:
                yield _entry(f"research/musdb7/{song}/{role}.opus", "musdb7", song, role, split)
        for singer in splits["mir1k"][split]:
            for file in sorted((root / "research/mir1k" / singer).glob("*.opus")):
                for role, channel in (("vocals", "1"), ("accompaniment", "0")):
                    path = str(file.relative_to(root))
                    yield _entry(path, "mir1k", file.stem, role, split, singer, channel)
        for song in splits["songs"][split]:
            for role in ("vocals", "accompaniment"):
                yield _entry(f"open/songs/{song}/{role}.opus", "songs", song, role, split)
        for name in splits["instrumental"][split]:
            yield _entry(f"open/instrumental/{name}", "instrumental", name, "accompaniment", split)
    for file in sorted((root / "open/vocals").glob("*.opus")):
        yield _entry(f"open/vocals/{file.name}", "vocals", file.stem, "vocals", "train")


def _entry(
    path: str, pool: str, song: str, role: str, split: str, singer: str = "", channel: str = ""
) -> dict[str, str]:
    return {
        "path": path,
        "pool": pool,
        "song": song,
        "role": role,
        "split": split,
        "singer": singer,
        "channel": channel,
    }


def _licences(root: Path) -> dict[str, str]:
    with (root / "licences.tsv").open() as file:
        return {row["path"]: row["licence"] for row in csv.DictReader(file, delimiter="\t")}


def _decode(job: tuple[Path, str]) -> NDArray[np.int16]:
    path, channel = job
    with open_audio(path) as stream:
        wav = np.concatenate(list(stream), axis=1)
        rate = stream.info.sample_rate
    chosen = wav[int(channel)][None] if channel else mono(wav)
    return np.clip(np.rint(resample(chosen, rate, RATE)[0] * FULL_SCALE), -32767, 32767).astype(np.int16)
