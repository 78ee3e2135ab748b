"""A training pool of a few seconds of synthetic songs, for quick forms."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.evaluation.synthetic import accompany, sing
from lab.training.mixtures import MixtureRecipe
from lab.training.pool import FULL_SCALE, RATE, Recording, write_index

NAME, AUDIO = "synthetic", "audio.npy"
SECONDS = 3.0
STEMS = ("drums", "bass", "other")  # names only: three synthetic bands
MIXTURES = MixtureRecipe(segment=320 * 16, vocals_weights=((NAME, 1),), accompaniment_weights=((NAME, 1),), lead=0.0)


def make_pool(folder: Path) -> None:
    """Write a pool of two songs with four stems to `folder`, unless it exists."""
    if (folder / "index.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[NDArray[np.int16]] = []
    recordings: list[Recording] = []
    for song in range(2):
        voice = sing(SECONDS, RATE, song)
        bands = [accompany(SECONDS, RATE, 10 * song + k).mean(axis=0) for k in range(len(STEMS))]
        for role, wav in zip(("vocals", *STEMS), (voice, *bands), strict=True):
            place = len(parts) * len(voice)
            recordings.append(Recording(f"{song}/{role}", NAME, str(song), role, "train", place, len(wav)))
            parts.append(np.clip(np.rint(wav * FULL_SCALE), -32767, 32767).astype(np.int16))
    np.save(folder / AUDIO, np.concatenate(parts))
    write_index(folder, recordings, AUDIO)
