"""Writes synthetic songs in the layout that `voicelift train pool` reads."""

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
PROVENANCE = "made.json"


class Song(Protocol):
    """A song that a worker process can render. `wav`: `[C, T]` at `RATE`, mono or stereo; `name`: its folder."""

    @property
    def name(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def credit(self) -> str: ...
    def wav(self) -> Wav: ...


def write_songs(songs: Sequence[Song], out: Path, file: str, provenance: Mapping[str, str | int | float]) -> None:
    """Render missing songs to `out`/NAME/`file` and write `out`/licences.tsv for all.

    provenance: source material and settings, stored in `out`. All songs of a folder have the same.

    Raises:
        InputError: `out` contains songs of another provenance.
    """
    out.mkdir(parents=True, exist_ok=True)
    licences = read_licences(out)
    facts_by_name = {song.name: (song.licence, song.credit) for song in songs}
    existing = {name for name in facts_by_name if (out / name / file).exists()}
    record = out / PROVENANCE
    stored = json.loads(record.read_text()) if record.exists() else None
    if stored != provenance and any(out.rglob(file)):
        raise InputError(
            f"{out} contains songs from other material or of another seed (see {PROVENANCE} and licences.tsv there). "
            "Name another folder with --out."
        )
    record.write_text(json.dumps(provenance, indent=1))
    with (out / "licences.tsv").open("w", newline="") as rows:
        table = csv.writer(rows, delimiter="\t")
        table.writerow(("path", "licence", "credit"))
        # Songs of an earlier, longer call are still in the folder: keep their rows.
        table.writerows((name, *facts) for name, facts in (licences | facts_by_name).items())
    missing = [song for song in songs if song.name not in existing]
    # Not fork: FluidSynth uses OpenMP, whose threads do not survive it.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        for _ in tqdm(workers.map(partial(_write, out, file), missing), total=len(missing), desc="songs"):
            pass


def _write(out: Path, file: str, song: Song) -> None:
    folder = out / song.name
    folder.mkdir(parents=True, exist_ok=True)
    write_opus(folder / "part", song.wav())
    (folder / "part").replace(folder / file)


def write_opus(path: Path, wav: Wav) -> None:
    """Write `wav` `[C, T]`, mono or stereo at `RATE`, as Opus in Ogg."""
    layout = "mono" if len(wav) == 1 else "stereo"
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout=layout, options={"b": str(BIT_RATE * len(wav))})
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wav.T).reshape(1, -1), "flt", layout)
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
