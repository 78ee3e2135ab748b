"""The pool: all training recordings, decoded once to the model's rate, in one memory-mapped file.

POOL/audio-HASH.npy   int16, all recordings concatenated; of a stereo recording the left channel, then the right
POOL/index.json       {"audio": name of the audio file, "recordings": [one `Recording` each]}

The index names the audio file, so that one rename replaces both.
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
# int16 value of amplitude 1.0; leaves headroom for decoded peaks above 1.0.
FULL_SCALE = 32767 * 0.7


@dataclass(frozen=True)
class Recording:
    """One recording.

    path: relative to `root`, an absolute folder. pool: name of the source. role: vocals, accompaniment or the name of a
    stem. offset: first sample in the audio file. samples: length of each channel.
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
    """Read access to a pool. Audio is returned as float32 at `RATE`.

    Raises:
        InputError: the audio file that the index names does not exist.
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
                f"The pool {self.folder} no longer contains {self.file}. It was rebuilt more than once during the "
                "training, or the file was deleted. Restart the training, if necessary after `voicelift train pool`."
            ) from None
        return audio

    def __getstate__(self) -> dict[str, Any]:
        """Without the audio: the receiving process opens the same file, even if the index has changed."""
        return {name: value for name, value in vars(self).items() if name != "audio"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.audio = self._open()

    def select(
        self, role: str | None = None, pools: Iterable[str] | None = None, split: str = "train"
    ) -> list[Recording]:
        """Recordings of a split, filtered by role and by the names of pools unless these are None."""
        names = None if pools is None else set(pools)
        return [
            r
            for r in self.recordings
            if r.split == split and (role is None or r.role == role) and (names is None or r.pool in names)
        ]

    def read(self, recording: Recording, start: int = 0, samples: int | None = None) -> Wav:
        """`[C, samples]` from sample `start` on, by default to the end; zero-padded past the end."""
        samples = recording.samples - start if samples is None else samples
        ends = recording.offset, recording.offset + recording.channels * recording.samples
        channels = self.audio[slice(*ends)].reshape(recording.channels, recording.samples)
        wav = channels[:, start : start + samples].astype(np.float32) / FULL_SCALE
        return np.pad(wav, ((0, 0), (0, samples - wav.shape[1])))

    def read_mono(self, recording: Recording, start: int = 0, samples: int | None = None) -> NDArray[np.float32]:
        """As `read`, averaged over channels: `[samples]`."""
        return np.asarray(self.read(recording, start, samples).mean(0))

    def samples(self) -> dict[str, int]:
        """Number of samples by pool."""
        totals: dict[str, int] = {}
        for r in self.recordings:
            totals[r.pool] = totals.get(r.pool, 0) + r.samples
        return totals


class Sampler:
    """Draws recordings: a pool in proportion to its weight, then one of its recordings in proportion to its length."""

    def __init__(self, recordings: Iterable[Recording], weights: Mapping[str, float], other_pools: float = 0.0) -> None:
        """`other_pools`: weight of each pool without an entry in `weights`; pools of weight 0 are skipped."""
        pools: dict[str, list[Recording]] = {}
        for recording in recordings:
            if weights.get(recording.pool, other_pools) > 0:
                pools.setdefault(recording.pool, []).append(recording)
        self._pools = [(group, np.cumsum([r.samples for r in group])) for group in pools.values()]
        self._weights = np.cumsum([weights.get(name, other_pools) for name in pools])

    def __bool__(self) -> bool:
        return bool(self._pools)

    def draw(self, random: np.random.Generator) -> Recording:
        place = random.uniform(0, self._weights[-1])
        group, ends = self._pools[int(np.searchsorted(self._weights, place, side="right"))]
        return group[int(np.searchsorted(ends, random.integers(ends[-1]), side="right"))]


def write_index(folder: Path, recordings: list[Recording], audio: str) -> None:
    """Write the index of `recordings` in the file named `audio` to `folder`, atomically."""
    part = folder / "index.json.part"
    part.write_text(json.dumps({"audio": audio, "recordings": [asdict(r) for r in recordings]}, indent=0))
    part.replace(folder / "index.json")
