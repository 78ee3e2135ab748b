"""The pool: every training recording decoded once to the model's rate, in one memory-mapped file.

POOL/audio.npy    int16, all recordings end to end, mono
POOL/index.json   one entry a recording: path, pool, song, role, split, licence, offset, samples
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Full scale of the int16 file: a little headroom over 1.0 for decoded peaks.
FULL_SCALE = 32767 * 0.7


@dataclass(frozen=True)
class Recording:
    """One mono recording. `role`: vocals, accompaniment, or a stem's name. `offset`, `samples` in the file."""

    path: str
    pool: str
    song: str
    role: str
    split: str
    offset: int
    samples: int
    singer: str = ""
    licence: str = ""


class Pool:
    """Read access to a built pool. Audio comes as float32 `[T]` at the model's rate."""

    def __init__(self, folder: Path) -> None:
        self.recordings = [Recording(**entry) for entry in json.loads((folder / "index.json").read_text())]
        self.audio: NDArray[np.int16] = np.load(folder / "audio.npy", mmap_mode="r")

    def select(
        self, role: str | None = None, pools: Iterable[str] | None = None, split: str = "train"
    ) -> list[Recording]:
        """Recordings of a role (any when None) in the named pools (all when None) of a split."""
        wanted = None if pools is None else set(pools)
        return [
            r
            for r in self.recordings
            if r.split == split and (role is None or r.role == role) and (wanted is None or r.pool in wanted)
        ]

    def read(self, recording: Recording, start: int = 0, samples: int | None = None) -> NDArray[np.float32]:
        """`samples` from `start` on (zeros past the end); the whole recording when `samples` is None."""
        samples = recording.samples - start if samples is None else samples
        begin = recording.offset + start
        piece = self.audio[begin : min(begin + samples, recording.offset + recording.samples)]
        wav = piece.astype(np.float32) / FULL_SCALE
        return np.pad(wav, (0, samples - len(wav)))

    def samples(self) -> dict[str, int]:
        """Samples per pool, for the card."""
        totals: dict[str, int] = {}
        for r in self.recordings:
            totals[r.pool] = totals.get(r.pool, 0) + r.samples
        return totals


def write_index(folder: Path, recordings: list[Recording]) -> None:
    (folder / "index.json").write_text(json.dumps([asdict(r) for r in recordings], indent=0))
