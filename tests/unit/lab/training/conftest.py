"""A pool of a few seconds of tones, and recipes small enough for it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.training.mixtures import MixtureRecipe
from lab.training.pool import Recording, write_index

RATE = 24000
SEGMENT = 320 * 24


@pytest.fixture(autouse=True)
def few_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit the normalisation on four mixtures, to save time."""
    monkeypatch.setattr("lab.training.new_model.FIT_BATCHES", 1)
    monkeypatch.setattr("lab.training.new_model.FIT_SIZE", 4)


@pytest.fixture(scope="session")
def tones() -> MixtureRecipe:
    """Mixtures of the pool of tones."""
    return replace(
        MixtureRecipe(),
        segment=SEGMENT,
        vocals_weights=(("musdb7", 1), ("songs", 1)),
        accompaniment_weights=(("musdb7", 1),),
    )


@pytest.fixture(scope="session")
def pool_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    recordings: list[Recording] = []
    parts: list[np.ndarray] = []
    t = np.arange(2 * RATE) / RATE
    for split in ("train", "dev"):
        for pool, song in (("musdb7", "a"), ("musdb7", "b"), ("songs", "c")):
            roles = ("vocals", "drums", "bass", "other") if pool == "musdb7" else ("vocals", "accompaniment")
            for role in roles:
                pitch = 220.0 * (1 + len(recordings) % 7)
                wav = (5000 * np.sin(2 * np.pi * pitch * t)).astype(np.int16)
                recordings.append(Recording(f"{song}/{role}", pool, song, role, split, len(parts) * len(t), len(t)))
                parts.append(wav)
    np.save(folder / "audio.npy", np.concatenate(parts))
    write_index(folder, recordings, "audio.npy")
    return folder
