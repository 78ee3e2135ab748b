"""Training on a pool of a few seconds of tones: small, but every part is the real one."""

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from core.checkpoint import Model, load_model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.training.build_pool import build_pool
from core.training.codec import CodecRecipe, spectral_loss, train_codec
from core.training.diffusion import DiffusionRecipe, Ema, losses
from core.training.mixtures import MixtureRecipe, Mixtures
from core.training.pool import Pool, Recording, write_index
from core.training.train import load_codec, new_card, new_model, run_leg

RATE = 24000
SEGMENT = 320 * 24
SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
RECIPE = replace(
    MixtureRecipe(),
    segment=SEGMENT,
    vocals_weights=(("musdb7", 1), ("songs", 1)),
    accompaniment_weights=(("musdb7", 1),),
)


@pytest.fixture(scope="module")
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
    write_index(folder, recordings)
    return folder


@pytest.fixture(scope="module")
def mixtures(pool_dir: Path) -> Mixtures:
    return Mixtures(Pool(pool_dir), RECIPE)


def test_mixtures_come_at_one_level_with_their_vocals(mixtures: Mixtures) -> None:
    mixture, vocals = mixtures.batch(40)
    assert mixture.shape == vocals.shape == (40, 1, SEGMENT)
    levels = 20 * (mixture.square().mean((1, 2)).sqrt() / SpectralCodec.level).log10()
    assert levels.abs().max() < 4.1
    assert torch.isfinite(mixture).all()


def test_some_targets_are_silent_and_some_mixtures_are_the_voice_alone(pool_dir: Path) -> None:
    silent = Mixtures(Pool(pool_dir), replace(RECIPE, silent=1.0))
    assert not silent.batch(4)[1].any()
    solo = Mixtures(Pool(pool_dir), replace(RECIPE, silent=0.0, solo=1.0))
    mixture, vocals = solo.batch(4)
    assert (mixture - vocals).abs().max() < 0.01 * mixture.abs().max()


def test_the_same_seed_draws_the_same_mixtures(pool_dir: Path) -> None:
    one, other, third = (Mixtures(Pool(pool_dir), replace(RECIPE, seed=seed)).batch(3)[0] for seed in (1, 1, 2))
    assert torch.equal(one, other)
    assert not torch.equal(one, third)


def test_dev_recordings_are_never_drawn(mixtures: Mixtures) -> None:
    assert {r.split for parts in mixtures.by_song.values() for r in parts.values()} == {"train"}


def test_the_codec_learns(pool_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SMALL)
    recipe = CodecRecipe(steps=100, batch=2, segment=SEGMENT, pools=("songs",))
    history = train_codec(codec, Pool(pool_dir), recipe, tmp_path / "codec.pt")
    assert history[-1] < 0.9 * history[0]
    assert "codec 100/100" in capsys.readouterr().out, "long work shows progress"
    again = load_codec(tmp_path / "codec.pt", SMALL)
    wav = torch.randn(1, 1, SEGMENT) * 0.1
    torch.testing.assert_close(again.encode(wav), codec.encode(wav))


def test_spectral_loss_is_zero_for_the_same_and_grows_with_the_difference() -> None:
    wav = torch.randn(1, 1, 6000, generator=torch.Generator().manual_seed(0))
    assert spectral_loss(wav, wav) == 0
    assert spectral_loss(wav, 1.1 * wav) < spectral_loss(wav, 2 * wav)


@pytest.mark.parametrize("stage", ["estimate", "joint"])
def test_a_leg_learns_and_leaves_a_model_that_loads(
    pool_dir: Path, tmp_path: Path, mixtures: Mixtures, stage: str
) -> None:
    torch.manual_seed(0)
    model = new_model(SpectralCodec(SMALL), "tiny", mixtures)
    recipe = DiffusionRecipe(stage=stage, steps=60, batch=4, segment=SEGMENT, learning_rate=2e-3, warmup=5, ema=0.9)
    batch = mixtures.batch(16)
    before = scores(model, batch, recipe)
    card = run_leg(pool_dir, model, new_card(model, "test", "0"), recipe, tmp_path / "model", RECIPE)
    trained, loaded = load_model(tmp_path / "model")
    assert loaded.model_dump_json() == card.model_dump_json()
    after = scores(trained, batch, recipe)
    assert set(after) == ({"estimate"} if stage == "estimate" else {"estimate", "velocity"})
    for name in after:
        assert after[name] < before[name], name
    leg = card.training[0]
    assert (leg.stage, leg.steps) == (stage, 60)
    assert set(leg.model_extra["dev"]) == {"musdb7"}

    longer = run_leg(pool_dir, tmp_path / "model", None, replace(recipe, steps=2), tmp_path / "model", RECIPE)
    assert [leg.steps for leg in longer.training] == [60, 2], "the card lists every leg"


@torch.no_grad()
def scores(model: Model, batch: tuple[torch.Tensor, torch.Tensor], recipe: DiffusionRecipe) -> dict[str, float]:
    torch.manual_seed(1)
    return {name: float(value) for name, value in losses(model, *batch, recipe).items()}


def test_ema_follows_the_weights(mixtures: Mixtures) -> None:
    model = new_model(SpectralCodec(SMALL), "tiny", mixtures)
    ema = Ema(model, 0.5)
    for parameter in model.conditioner.parameters():
        parameter.data.fill_(1.0)
    for _ in range(20):
        ema.update(model)
    assert all(torch.allclose(p, torch.ones_like(p), atol=1e-3) for p in ema.model.conditioner.parameters())


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

    build_pool(root, tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    assert len(pool.recordings) == 10
    assert all(r.licence == "CC0" and abs(r.samples - RATE) <= 2 for r in pool.recordings), asdict(pool.recordings[0])
    left, right = (pool.read(pool.select(role, ["mir1k"])[0]) for role in ("accompaniment", "vocals"))
    assert abs(left.std() / right.std() - 2) < 0.01, "left is the accompaniment, right the voice"
    assert abs(sum(pool.samples().values()) / RATE - 10) < 0.01


def write_flac_as(path: Path, wav: np.ndarray) -> None:
    """A FLAC stream under another name: what a file is called does not matter to the decoder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=16000, layout="stereo" if len(wav) == 2 else "mono")
        frame = av.AudioFrame.from_ndarray(
            (wav * 32767).astype(np.int16).T.reshape(1, -1).copy(), "s16", stream.codec_context.layout.name
        )
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
