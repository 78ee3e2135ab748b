"""A folder of songs that are made, not recorded, in the layout that `voicelift train pool` reads."""

import csv
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from tqdm import tqdm

from core.audio.types import Wav
from core.errors import InputError
from lab.training.pool import RATE
from lab.training.sources import read_licences

BIT_RATE = 64000
NOTE = "made.json"


class Song(Protocol):
    """What another process can make: `wav` is `[C, T]` at `RATE`, mono or stereo; `name` is its folder's."""

    @property
    def name(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def credit(self) -> str: ...
    def wav(self) -> Wav: ...


def write_songs(songs: Sequence[Song], out: Path, file: str, made_by: Mapping[str, str | int | float]) -> None:
    """Make the songs that are not there yet, to `out`/NAME/`file`, and write `out`/licences.tsv for all.

    `made_by`: what they are made from and how; one folder holds what was made by one such.

    Raises:
        InputError: the folder holds songs that were made from something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    licences = read_licences(out)
    wanted = {song.name: (song.licence, song.credit) for song in songs}
    there = {name for name in wanted if (out / name / file).exists()}
    noted = json.loads((out / NOTE).read_text()) if (out / NOTE).exists() else None
    if noted != made_by and any(out.rglob(file)):
        raise InputError(
            f"{out} holds songs that were made from other material or with another seed ({NOTE} and licences.tsv "
            "there say which). Name another folder with --out."
        )
    (out / NOTE).write_text(json.dumps(made_by, indent=1))
    with (out / "licences.tsv").open("w", newline="") as rows:
        table = csv.writer(rows, delimiter="\t")
        table.writerow(("path", "licence", "credit"))
        # With those of a longer call before this one, whose songs are still there.
        table.writerows((name, *facts) for name, facts in (licences | wanted).items())
    missing = [song for song in songs if song.name not in there]
    # Not forked: FluidSynth loads by OpenMP, whose threads do not survive that.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        for _ in tqdm(workers.map(partial(_write, out, file), missing), total=len(missing), desc="songs"):
            pass


def _write(out: Path, file: str, song: Song) -> None:
    folder = out / song.name
    folder.mkdir(parents=True, exist_ok=True)
    write_opus(folder / "part", song.wav())
    (folder / "part").replace(folder / file)


def write_opus(path: Path, wav: Wav) -> None:
    """A file of `wav` `[C, T]`, mono or stereo, at `RATE`."""
    layout = "mono" if len(wav) == 1 else "stereo"
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout=layout, options={"b": str(BIT_RATE * len(wav))})
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wav.T).reshape(1, -1), "flt", layout)
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
