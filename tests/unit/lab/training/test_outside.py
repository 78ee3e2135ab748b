"""A generator trained over another project's network: two steps over a small HT-Demucs, and the engine's output."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cli.main import main
from core.card import load_card
from core.checkpoint import load_model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from core.nets.outside import OutsideConditioner, resampled
from core.separation.engine import Engine
from core.separation.request import ChunkRequest
from core.separation.track import separate_array
from lab.training.codec_training import save_codec
from lab.training.diffusion import DiffusionRecipe
from lab.training.mixtures import MixtureRecipe
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from lab.training.train import Run

pytest.importorskip("demucs", reason="pip install '.[demucs]'")
from lab.bench.random_weights import write_htdemucs

pytestmark = pytest.mark.slow
RATE = 44100
SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
LEG = DiffusionRecipe("generator", 2, batch=2, frames=24, warmup=2, learning_rate=3e-3)


@pytest.fixture(scope="module")
def estimator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("estimator")
    write_htdemucs(folder / "publisher")
    assert main(["models", "add", "htdemucs", "--from", str(folder / "publisher"), "--to", str(folder / "model")]) == 0
    return folder / "model"


@pytest.fixture(scope="module")
def codec_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("codec") / "codec.pt"
    save_codec(SpectralCodec(SMALL), path)
    return path


def recipe(pool_dir: Path, *legs: DiffusionRecipe) -> RunRecipe:
    validation = ValidationRecipe(pools=("musdb7",), clips=1, seconds=1.5)
    return RunRecipe(ModelRecipe("over", preset="tiny"), DataRecipe(str(pool_dir), workers=0), validation, None, legs)


@pytest.fixture(scope="module")
def run(
    pool_dir: Path, estimator: Path, codec_file: Path, tones: MixtureRecipe, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished run of two legs; the second starts from the model folder of the first."""
    out = tmp_path_factory.mktemp("run")
    legs = LEG, replace(LEG, seed=1)
    assert Run(recipe(pool_dir, *legs), out, codec=codec_file, mixtures=tones, estimator=estimator).train()
    return out


def test_only_the_generator_is_trained(run: Path, estimator: Path) -> None:
    model, card = load_model(run / "model")
    before = load_card(estimator)
    for name, digest in before.files.items():
        assert card.files[name] == digest
        assert (run / "model" / name).read_bytes() == (estimator / name).read_bytes()
    assert isinstance(model.conditioner, OutsideConditioner)
    assert model.generator.head.weight.any(), "initialised with zeros"
    assert [leg.stage for leg in card.training] == ["generator", "generator"]
    scores = (card.training[0].model_extra or {})["dev"]
    assert {"musdb7_estimate", "musdb7_generative", "musdb7_masked"} <= set(scores)
    assert (card.stems, card.sample_rate, card.geometry) == (before.stems, before.sample_rate, before.geometry)
    assert "research only" in card.licence
    assert not card.commercial_use
    assert "htdemucs" in card.description
    assert card.renders == ("generative", "masked")


@pytest.fixture(scope="module")
def engine(run: Path) -> Any:
    engine = Engine.load(run / "model", "cpu", threads=1)
    engine.warm_up()
    yield engine
    engine.close()


def never() -> bool:
    return False


def noise(samples: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal((2, samples))).astype(np.float32)


def test_generative_vocals_are_refined_and_stems_are_estimates(engine: Engine, estimator: Path) -> None:
    wav = noise(engine.card.samples_per_chunk)
    request = ChunkRequest(wav, wav, RATE, 0, steps=2, t_start=0.5, render="generative")
    refined = engine.separate(request, never)
    plain = Engine.load(estimator, "cpu", threads=1)
    alone = plain.separate(replace(request, render="masked"), never)
    plain.close()
    for stem, expected in alone.separated.items():
        np.testing.assert_array_equal(refined.separated[stem], expected)
    assert refined.generated is not None
    assert refined.generated.shape == wav.shape
    assert refined.generated.any()
    assert np.abs(refined.generated - refined.masked).max() > 1e-3
    again = engine.separate(request, never).generated
    np.testing.assert_array_equal(again, refined.generated)
    steps = engine.separate(replace(request, steps=0), never)
    np.testing.assert_array_equal(steps.generated, steps.masked)
    noisy = engine.separate(replace(request, eta=0.5), never).generated
    assert noisy is not None and np.abs(noisy - refined.generated).max() > 1e-4


def test_without_noise_the_refined_vocals_stay_near_the_estimate(engine: Engine) -> None:
    """In the linear band of the codec, a step from almost no noise changes little."""
    time_axis = np.arange(engine.card.samples_per_chunk) / RATE
    wav = np.stack([np.sin(2 * np.pi * hertz * time_axis) / 4 for hertz in (220, 330)]).astype(np.float32)
    request = ChunkRequest(wav, wav, RATE, 0, steps=1, t_start=0.001, render="generative")
    result = engine.separate(request, never)
    assert result.generated is not None
    one, other = (np.fft.rfft(wav)[:, : wav.shape[1] // 20] for wav in (result.generated, result.masked))
    low, expected = (np.fft.irfft(half)[:, 100:-100].ravel() for half in (one, other))
    assert np.corrcoef(low, expected)[0, 1] > 0.95


def test_results_do_not_depend_on_batching(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several rows in a batch, as on a GPU, give the same result as single rows."""
    wav = np.concatenate([noise(engine.card.samples_per_chunk)] * 2)  # quadraphonic: two pairs
    request = ChunkRequest(wav, wav, RATE, 0, steps=2, t_start=0.5, render="generative", layout="quad")
    alone = engine.separate(request, never).vocals
    monkeypatch.setattr(engine, "max_batch", 8)
    np.testing.assert_allclose(engine.separate(request, never).vocals, alone, atol=1e-5)


def test_a_track_keeps_its_length_at_another_rate(engine: Engine) -> None:
    stems = separate_array(engine, noise(100_000), 48000, render="generative")
    assert {wav.shape for wav in stems.values()} == {(2, 100_000)}
    assert np.abs(stems["vocals"] - stems["masked"]).max() > 1e-3


def test_a_run_can_start_from_its_model(pool_dir: Path, run: Path, tones: MixtureRecipe, tmp_path: Path) -> None:
    further = recipe(pool_dir, replace(LEG, seed=2))
    assert Run(further, tmp_path / "more", start=run / "model", mixtures=tones).train()
    card = load_card(tmp_path / "more" / "model")
    assert len(card.training) == 3
    assert card.estimator == load_card(run / "model").estimator
    with pytest.raises(InvalidOptions, match="--stage generator"):
        Run(recipe(pool_dir, replace(LEG, stage="joint")), tmp_path / "no", start=run / "model", mixtures=tones).train()


def test_the_command_selects_the_legs_of_one_stage(
    pool_dir: Path, estimator: Path, codec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        f'[model]\npreset = "tiny"\n[data]\npool = "{pool_dir}"\nworkers = 0\n[validation]\npools = []\nsilent = []\n'
    )
    for stage, frames in (("estimate", 24), ("generator", 24), ("generator", 240)):
        text += f'[[leg]]\nstage = "{stage}"\nsteps = 2\nbatch = 1\nframes = {frames}\nwarmup = 2\n'
    (tmp_path / "recipe.toml").write_text(text)
    command = ["train", "net", "--config", str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "run")]
    command += ["--estimator", str(estimator), "--codec", str(codec_file)]
    assert main(command) == 1
    assert "--stage generator" in capsys.readouterr().err
    assert main([*command, "--stage", "generator"]) == 1
    assert "240 frames exceed the 90 frames of htdemucs" in capsys.readouterr().err
    assert main([*command, "--stage", "generator", "--set", "leg.2.frames=24"]) == 0
    assert [leg.stage for leg in load_card(tmp_path / "run" / "model").training] == ["generator", "generator"]


def test_a_model_that_is_not_an_estimator_is_refused(
    pool_dir: Path, run: Path, tiny_model_dir: Path, tones: MixtureRecipe, tmp_path: Path
) -> None:
    for folder in (tiny_model_dir, run / "model"):
        with pytest.raises(InvalidOptions, match=r"not an estimator .* `voicelift models add`"):
            Run(recipe(pool_dir, LEG), tmp_path / "no", mixtures=tones, estimator=folder)


def test_an_altered_estimator_is_refused(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run / "model", tmp_path / "copy"))
    card = json.loads((copy / "card.json").read_text())
    (copy / "00000000.safetensors").write_bytes(b"")
    assert "00000000.safetensors" in card["files"]
    with pytest.raises(Exception, match="differs from its card"):
        Engine.load(copy)


def test_a_tone_survives_the_change_of_rate() -> None:
    low = torch.sin(2 * torch.pi * 440 * torch.arange(7680) / 24000)[None]
    high = resampled(low, 24000, RATE)
    assert high.shape == (1, 14112)
    expected = torch.sin(2 * torch.pi * 440 * torch.arange(14112) / RATE)
    assert (high[0] - expected)[500:-500].abs().max() < 1e-3
    torch.testing.assert_close(resampled(high, RATE, 24000), low, atol=1e-2, rtol=0)
