"""The pool: every training recording decoded once to the model's rate, in one memory-mapped file.

POOL/audio.npy    int16, all recordings end to end, mono
POOL/index.json   one entry a recording (`Recording`)
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 24000
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
    credit: str = ""


class Pool:
    """Read access to a built pool. Audio comes as float32 `[T]` at the model's rate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings = [Recording(**entry) for entry in json.loads((folder / "index.json").read_text())]
        self.audio: NDArray[np.int16] = np.load(folder / "audio.npy", mmap_mode="r")

    def __reduce__(self) -> tuple[type["Pool"], tuple[Path]]:
        """Another process opens the files again; the audio is never sent."""
        return Pool, (self.folder,)

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


class Shelf:
    """Recordings to draw from: a pool by its weight, then a recording of it by its length."""

    def __init__(self, recordings: Iterable[Recording], weights: Mapping[str, float], other_pools: float = 0.0) -> None:
        """`other_pools` is the weight of each pool that `weights` does not name; a pool of no weight is left out."""
        pools: dict[str, list[Recording]] = {}
        for recording in recordings:
            if weights.get(recording.pool, other_pools) > 0:
                pools.setdefault(recording.pool, []).append(recording)
        self._pools = [(shelf, np.cumsum([r.samples for r in shelf])) for shelf in pools.values()]
        self._weights = np.cumsum([weights.get(name, other_pools) for name in pools])

    def __bool__(self) -> bool:
        return bool(self._pools)

    def draw(self, random: np.random.Generator) -> Recording:
        place = random.uniform(0, self._weights[-1])
        shelf, ends = self._pools[int(np.searchsorted(self._weights, place, side="right"))]
        return shelf[int(np.searchsorted(ends, random.integers(ends[-1]), side="right"))]


def write_index(folder: Path, recordings: list[Recording]) -> None:
    (folder / "index.json").write_text(json.dumps([asdict(r) for r in recordings], indent=0))
