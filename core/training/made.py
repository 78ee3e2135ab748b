"""A folder of songs that are made, not recorded, in the layout that `voicelift train pool` reads."""

import csv
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

import av
from tqdm import tqdm

from core.training.augment import Mono
from core.training.pool import RATE

BIT_RATE = 64000


class Song(Protocol):
    """What another process can make: `wav` is mono `[T]` at `RATE`; `name` is its folder's."""

    @property
    def name(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def credit(self) -> str: ...
    def wav(self) -> Mono: ...


def write_songs(songs: Sequence[Song], out: Path, file: str) -> None:
    """Make the songs that are not there yet, to `out`/NAME/`file`, and write `out`/licences.tsv for all."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "licences.tsv").open("w", newline="") as rows:
        table = csv.writer(rows, delimiter="\t")
        table.writerow(("path", "licence", "credit"))
        table.writerows((song.name, song.licence, song.credit) for song in songs)
    missing = [song for song in songs if not (out / song.name / file).exists()]
    # Not forked: FluidSynth loads by OpenMP, whose threads do not survive that.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        for _ in tqdm(workers.map(partial(_write, out, file), missing), total=len(missing), desc="songs"):
            pass


def _write(out: Path, file: str, song: Song) -> None:
    folder = out / song.name
    folder.mkdir(parents=True, exist_ok=True)
    write_opus(folder / "part", song.wav())
    (folder / "part").replace(folder / file)


def write_opus(path: Path, wav: Mono) -> None:
    """A mono file of `wav` [T], at `RATE`."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono", options={"b": str(BIT_RATE)})
        frame = av.AudioFrame.from_ndarray(wav[None], "flt", "mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
