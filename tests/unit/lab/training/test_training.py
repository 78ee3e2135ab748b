"""Mixtures from a pool of tones, and a pool from files."""

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from core.codec.spectral import SpectralCodec
from lab.training.build_pool import build_pool
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.pool import RATE, Pool
from lab.training.sources import find_recordings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mixtures(pool_dir: Path, tones: MixtureRecipe) -> Mixtures:
    return Mixtures(Pool(pool_dir), tones)


def test_mixtures_have_the_level_of_the_codec(mixtures: Mixtures) -> None:
    mixture, vocals = mixtures.batch(40)
    assert mixture.shape == (40, 2, mixtures.recipe.segment)
    assert vocals.shape == (40, 1, mixtures.recipe.segment)
    levels = 20 * (mixture[:, 0].square().mean(1).sqrt() / SpectralCodec.level).log10()
    assert levels.abs().max() < 4.1, "level of the first channel"
    assert torch.isfinite(mixture).all()


def test_silent_targets_and_solos(pool_dir: Path, tones: MixtureRecipe) -> None:
    silent = Mixtures(Pool(pool_dir), replace(tones, silent=1.0))
    assert not silent.batch(4)[1].any()
    solo = Mixtures(Pool(pool_dir), replace(tones, silent=0.0, solo=1.0))
    mixture, vocals = solo.batch(4)
    assert (mixture[:, :1] - vocals).abs().max() < 0.01 * mixture[:, :1].abs().max()


def test_the_same_seed_draws_the_same_mixtures(pool_dir: Path, tones: MixtureRecipe) -> None:
    one, other, third = (Mixtures(Pool(pool_dir), replace(tones, seed=seed)).batch(3)[0] for seed in (1, 1, 2))
    assert torch.equal(one, other)
    assert not torch.equal(one, third)


def test_dev_recordings_are_never_drawn(mixtures: Mixtures) -> None:
    assert {r.split for parts in mixtures.songs.values() for r in parts.values()} == {"train"}


def test_a_pool_is_built_from_files(tmp_path: Path) -> None:
    root = tmp_path / "audio"
    tone = (0.25 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.float32)
    files = {
        "research/mir1k/amy/amy_1.opus": np.stack([tone, 0.5 * tone]),
        "open/songs/sodium/vocals.opus": tone[None],
        "open/songs/sodium/accompaniment.opus": tone[None],
        "open/instrumental/theme.opus": tone[None],
        "open/vocals/yuki.opus": tone[None],
        **{f"research/musdb7/song/{role}.opus": tone[None] for role in ("vocals", "drums", "bass", "other")},
    }
    for name, wav in files.items():
        write_flac_as(root / name, wav)
    splits = {"musdb7": ["song"], "mir1k": ["amy"], "songs": ["sodium"], "instrumental": ["theme.opus"]}
    (root / "splits.json").write_text(json.dumps({k: {"train": v, "dev": []} for k, v in splits.items()}))
    with (root / "licences.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([("path", "licence"), *((name, "CC0") for name in files)])

    build_pool([root], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    assert len(pool.recordings) == 10
    assert all(r.licence == "CC0" and abs(r.samples - RATE) <= 2 for r in pool.recordings), asdict(pool.recordings[0])
    left, right = (pool.read(pool.select(role, ["mir1k"])[0]) for role in ("accompaniment", "vocals"))
    assert left.shape == right.shape == (1, pool.select("vocals", ["mir1k"])[0].samples)
    assert abs(left.std() / right.std() - 2) < 0.01, "left is the accompaniment, right the voice"
    assert abs(sum(pool.samples().values()) / RATE - 10) < 0.01


def test_phrases_and_voicebanks_are_separate_pools(tmp_path: Path) -> None:
    root = tmp_path / "audio"
    for name in ("pjs001", "yuki"):
        write_flac_as(root / f"open/vocals/{name}.opus", np.full((1, 1600), 0.1, np.float32))
    (root / "splits.json").write_text(
        json.dumps({name: {"train": [], "dev": []} for name in ("musdb7", "mir1k", "songs", "instrumental")})
    )
    entries = {entry.song: (entry.pool, entry.role, entry.split) for entry in find_recordings([root])}
    assert entries == {"pjs001": ("pjs", "vocals", "train"), "yuki": ("vocals", "vocals", "train")}


def write_flac_as(path: Path, wav: np.ndarray) -> None:
    """Write FLAC whatever the suffix; the decoder ignores it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=16000, layout="stereo" if len(wav) == 2 else "mono")
        frame = av.AudioFrame.from_ndarray(
            (wav * 32767).astype(np.int16).T.reshape(1, -1).copy(), "s16", stream.codec_context.layout.name
        )
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
