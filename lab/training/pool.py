"""The pool: every training recording decoded once to the model's rate, in one memory-mapped file.

POOL/audio-HASH.npy   int16, all recordings end to end; of a stereo one the left channel, then the right
POOL/index.json       {"audio": the file's name, "recordings": [one `Recording` each]}

The index names its audio, so that both change with one rename.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.audio.types import Wav
from core.errors import InputError

RATE = 24000
# Full scale of the int16 file: a little headroom over 1.0 for decoded peaks.
FULL_SCALE = 32767 * 0.7


@dataclass(frozen=True)
class Recording:
    """One recording. `role`: vocals, accompaniment, or a stem's name. `offset` in the file, `samples` of each channel.

    `root`: the folder that `path` is in, absolute.
    """

    path: str
    pool: str
    song: str
    role: str
    split: str
    offset: int
    samples: int
    channels: int = 1
    singer: str = ""
    licence: str = ""
    credit: str = ""
    root: str = ""


class Pool:
    """Read access to a built pool. Audio comes as float32 at the model's rate.

    Raises:
        InputError: the audio that the index names is gone.
    """

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / "index.json").read_text())
        self.folder, self.file = folder, index["audio"]
        self.recordings = [Recording(**entry) for entry in index["recordings"]]
        self.audio = self._open()

    def _open(self) -> NDArray[np.int16]:
        try:
            audio: NDArray[np.int16] = np.load(self.folder / self.file, mmap_mode="r")
        except FileNotFoundError:
            raise InputError(
                f"The pool {self.folder} has no {self.file} any more: it was built again more than once while it was "
                "read, or the file was deleted. Start the training again, after `voicelift train pool` if need be."
            ) from None
        return audio

    def __getstate__(self) -> dict[str, Any]:
        """Another process opens the same audio again, which is never sent, whatever the index names by then."""
        return {name: value for name, value in vars(self).items() if name != "audio"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.audio = self._open()

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

    def read(self, recording: Recording, start: int = 0, samples: int | None = None) -> Wav:
        """`[C, samples]` from `start` on (zeros past the end); the whole recording when `samples` is None."""
        samples = recording.samples - start if samples is None else samples
        ends = recording.offset, recording.offset + recording.channels * recording.samples
        channels = self.audio[slice(*ends)].reshape(recording.channels, recording.samples)
        wav = channels[:, start : start + samples].astype(np.float32) / FULL_SCALE
        return np.pad(wav, ((0, 0), (0, samples - wav.shape[1])))

    def read_mono(self, recording: Recording, start: int = 0, samples: int | None = None) -> NDArray[np.float32]:
        """As `read`, the mean of the channels: `[samples]`."""
        return np.asarray(self.read(recording, start, samples).mean(0))

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


def write_index(folder: Path, recordings: list[Recording], audio: str) -> None:
    """`audio`: the name of the file in `folder` that they lie in."""
    part = folder / "index.json.part"
    part.write_text(json.dumps({"audio": audio, "recordings": [asdict(r) for r in recordings]}, indent=0))
    part.replace(folder / "index.json")
