"""Build a pool (pool.py) by decoding every recording of the given folders once, and report its contents."""

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

from core.audio.decode import open_audio
from core.audio.downmix import to_stereo
from core.audio.resample import resample
from core.audio.types import Wav
from core.errors import InputError
from core.separation.level import rms
from lab.training.pool import FULL_SCALE, RATE, Pool, Recording, write_index
from lab.training.sources import Entry, find_recordings

SAME = 0.01  # channels whose difference is below this share of their level are stored as one


def build_pool(roots: Iterable[Path], out: Path) -> None:
    """Write `out`/audio-HASH.npy and index.json from the audio in the folders `roots` (layouts: sources.py).

    Recordings of an earlier pool in `out` are copied if their files are older than it. The earlier audio file is kept
    until the next build, so that a training run on it can continue and reopen it.

    Raises:
        InputError: two folders have the same pool name, a folder has no known layout, or a recording cannot be decoded.
    """
    entries = find_recordings(roots)
    out.mkdir(parents=True, exist_ok=True)
    old = _EarlierPool(out)
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
            recordings.append(Recording(**facts, offset=samples, channels=len(audio), samples=audio.shape[1]))
            data = audio.tobytes()
            file.write(data)
            hashed.update(data)
            samples += audio.size
        file.seek(0)
        _write_header(file, samples)
    name = f"audio-{hashed.hexdigest()[:12]}.npy"
    part.replace(out / name)
    write_index(out, recordings, name)
    for path in out.glob("audio*.npy"):
        if path.name not in (name, old.pool and old.pool.file):
            path.unlink()


def read_wav(path: Path, channel: str = "") -> Wav:
    """A file at `RATE`, mono or stereo `[C, T]`, or its channel number `channel` `[1, T]`.

    Raises:
        InputError: the file cannot be decoded; the message names it.
    """
    try:
        with open_audio(path) as stream:
            wav = np.concatenate(list(stream), axis=1)
            rate, layout = stream.info.sample_rate, stream.info.layout
    except InputError as error:
        raise type(error)(f"{path}: {error.message}", **error.details) from error
    if channel:
        wav = wav[int(channel)][None]
    elif len(wav) > 1:
        wav = to_stereo(wav, layout)
    return resample(wav, rate, RATE)


def report(pool: Pool) -> list[dict[str, Any]]:
    """The contents of a pool for the model card: songs, hours and credits by source, licence and split."""
    sources: dict[tuple[str, str, str], list[Recording]] = {}
    for recording in pool.recordings:
        key = (recording.pool, recording.licence or "not stated", recording.split)
        sources.setdefault(key, []).append(recording)
    return [
        {
            "source": source,
            "licence": licence,
            "split": split,
            "songs": len({r.song for r in songs}),
            "hours": {
                role: round(sum(r.samples for r in songs if r.role == role) / RATE / 3600, 3)
                for role in sorted({r.role for r in songs})
            },
            "credits": sorted({r.credit for r in songs} - {""}),
        }
        for (source, licence, split), songs in sorted(sources.items())
    ]


class _EarlierPool:
    """The recordings of an earlier pool that need not be decoded again."""

    def __init__(self, folder: Path) -> None:
        index = folder / "index.json"
        try:
            self.pool = Pool(folder) if index.exists() else None
        except InputError:  # its audio file was deleted
            self.pool = None
        self.written_at = index.stat().st_mtime if self.pool else 0.0
        self.recordings = {(r.root, r.path, r.role): r for r in self.pool.recordings} if self.pool else {}

    def has(self, entry: Entry) -> bool:
        known = (entry.root, entry.path, entry.role) in self.recordings
        return known and all(file.path.stat().st_mtime < self.written_at for file in entry.files)

    def read(self, entry: Entry) -> NDArray[np.int16]:
        assert self.pool
        recording = self.recordings[entry.root, entry.path, entry.role]
        size = recording.channels * recording.samples
        return self.pool.audio[recording.offset : recording.offset + size].reshape(recording.channels, -1)


def _decode(entry: Entry) -> NDArray[np.int16]:
    """The sum of the entry's files `[C, T]`; mono if the channels differ only by the noise of a lossy codec."""
    parts = [file.sign * read_wav(file.path, file.channel) for file in entry.files]
    total = np.zeros((max(len(part) for part in parts), max(part.shape[1] for part in parts)), np.float32)
    for part in parts:
        total[:, : part.shape[1]] += part
    if len(total) > 1 and rms(total[0] - total[1]) <= SAME * rms(total):
        total = total.mean(0, keepdims=True)
    return np.clip(np.rint(total * FULL_SCALE), -32767, 32767).astype(np.int16)


def _write_header(file: BinaryIO, samples: int) -> None:
    """Write the npy header. numpy pads it for growth, so the final length can be written over it at the end."""
    npy.write_array_header_1_0(file, {"descr": "<i2", "fortran_order": False, "shape": (samples,)})
