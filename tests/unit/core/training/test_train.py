"""Whole runs on a pool of tones: legs, cards, resuming, the command."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.card import load_card
from core.checkpoint import load_model
from core.cli.main import main
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from core.training import validation
from core.training.codec import CodecRecipe
from core.training.descent import Ema
from core.training.diffusion import DiffusionRecipe, losses
from core.training.mixtures import MixtureRecipe, Mixtures
from core.training.net import NetTrainer
from core.training.pool import Pool
from core.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from core.training.train import LegData, Run, load_codec, new_model, save_codec
from core.training.validation import score, validate

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
CODEC = CodecRecipe(steps=2, batch=1, segment=320 * 16, pools=("songs",), adversarial=0.0)
LEG = DiffusionRecipe("estimate", 2, batch=2, frames=24, warmup=2)


def recipe(pool_dir: Path, *legs: DiffusionRecipe, codec: CodecRecipe | None = None) -> RunRecipe:
    return RunRecipe(
        ModelRecipe(preset="tiny"),
        DataRecipe(str(pool_dir), workers=0),
        ValidationRecipe(pools=("musdb7",), clips=1, seconds=1.0),
        codec,
        legs,
    )


@pytest.fixture(scope="module")
def codec_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("codec") / "codec.pt"
    save_codec(SpectralCodec(SMALL), path)
    return path


def test_a_run_goes_through_its_legs_and_leaves_a_model(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    wanted = recipe(pool_dir, LEG, replace(LEG, stage="joint", seed=1), codec=CODEC)
    assert Run(wanted, tmp_path / "run", mixtures=tones).go()
    _, card = load_model(tmp_path / "run" / "model")
    assert [leg.stage for leg in card.training] == ["codec", "estimate", "joint"], "the card lists every leg"
    assert [leg.steps for leg in card.training] == [2, 2, 2]
    assert {"musdb7_estimate", "musdb7_generative", "musdb7_masked"} == set(card.training[2].model_extra["dev"])
    assert "musdb7_generative" not in card.training[1].model_extra["dev"], "the generator is not trained yet"
    parts = [json.loads(line)["part"] for line in (tmp_path / "run" / "curve.jsonl").read_text().splitlines()]
    assert set(parts) >= {"leg-1", "leg-2"}
    assert json.loads((tmp_path / "run" / "data.json").read_text())[0]["source"] == "musdb7"

    changed = (tmp_path / "run" / "model" / "card.json").stat().st_mtime_ns
    assert Run(wanted, tmp_path / "run", mixtures=tones).go(), "a finished run is not run again"
    assert load_card(tmp_path / "run" / "model") == card and changed
    with pytest.raises(InvalidOptions, match="holds a run of another recipe"):
        Run(replace(wanted, leg=(LEG,)), tmp_path / "run", mixtures=tones)

    further = replace(wanted, codec=None, leg=(replace(LEG, seed=9),))
    assert Run(further, tmp_path / "more", start=tmp_path / "run" / "model", mixtures=tones).go()
    assert len(load_card(tmp_path / "more" / "model").training) == 4, "a run may go on from a model"


@pytest.mark.parametrize("stage", ["estimate", "joint"])
def test_a_leg_learns(pool_dir: Path, tones: MixtureRecipe, stage: str) -> None:
    torch.manual_seed(0)
    data = Mixtures(Pool(pool_dir), tones)
    leg = replace(LEG, stage=stage, steps=30, batch=4, learning_rate=3e-3, warmup=3, ema=0.9)
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), data)
    before = measured(model, data, leg)
    with LegData(data.pool, tones, leg, model.codec.hop, workers=0) as batches:
        trainer = NetTrainer(model, leg, batches)
        for step in range(1, leg.steps + 1):
            trainer.step(step)
    after = measured(trainer.ema.model, data, leg)
    assert set(after) == ({"estimate"} if stage == "estimate" else {"estimate", "velocity"})
    for name in after:
        assert after[name] < before[name], name


@torch.no_grad()
def measured(model: torch.nn.Module, data: Mixtures, leg: DiffusionRecipe) -> dict[str, float]:
    torch.manual_seed(1)
    model.eval()
    return {name: float(value) for name, value in losses(model, *data.at(1000, 8), leg).items()}


def test_only_what_a_stage_names_is_trained(pool_dir: Path, tones: MixtureRecipe) -> None:
    for stage, learns in {"estimate": (True, False), "generator": (False, True), "joint": (True, True)}.items():
        torch.manual_seed(0)
        model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
        sides = (model.conditioner, model.generator)
        before = [[p.clone() for p in side.parameters()] for side in sides]
        trainer = NetTrainer(model, replace(LEG, stage=stage), lambda _: Mixtures(Pool(pool_dir), tones).at(0, 2))
        trainer.step(1)
        for side, was, learned in zip(sides, before, learns, strict=True):
            moved = any(not torch.equal(a, b) for a, b in zip(side.parameters(), was, strict=True))
            assert moved is learned, stage


def test_half_precision_stays_close(pool_dir: Path, tones: MixtureRecipe) -> None:
    found = {}
    for half in ("on", "off"):
        torch.manual_seed(0)
        model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
        trainer = NetTrainer(
            model, replace(LEG, stage="joint", half=half), lambda _: Mixtures(Pool(pool_dir), tones).at(0, 2)
        )
        torch.manual_seed(1)
        found[half] = {name: float(value.detach()) for name, value in trainer.step(1).items()}
        assert all(p.dtype == torch.float32 for p in model.parameters())
    assert found["on"]["estimate"] == pytest.approx(found["off"]["estimate"], rel=0.05, abs=0.02)
    assert found["on"]["velocity"] == pytest.approx(found["off"]["velocity"], rel=0.05)


def test_a_conditioner_without_an_estimate_is_validated_from_noise(pool_dir: Path, tones: MixtureRecipe) -> None:
    from core.training.train import new_card

    data = Mixtures(Pool(pool_dir), tones)
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny", conditioner="encoder"), data)
    card = new_card(model, ModelRecipe(name="a", version="0"))
    assert {preset.t_start for preset in card.quality.values()} == {1.0}
    check = ValidationRecipe(pools=("musdb7",), clips=1, seconds=1.0)
    found = validate(model, data.pool, check, card.quality["draft"])
    assert set(found) == {"musdb7_generative", "musdb7_masked"}
    assert score(found, check) == found["musdb7_masked"]
    leaking = {**found, "instrumental_leak": -40.0, "instrumental_excess": 4.0, "played_excess": 6.0}
    assert score(leaking, check) == pytest.approx(found["musdb7_masked"] - 10 * check.leak_weight)
    assert score({**found, "instrumental_leak": -40.0}, check) == found["musdb7_masked"]
    bass = validate(model, data.pool, check, card.quality["draft"], target="bass")
    assert bass["musdb7_masked"] != found["musdb7_masked"]


def test_a_voice_heard_in_music_without_one_counts_by_how_loud_it_is(
    pool_dir: Path, tones: MixtureRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    pool = Pool(pool_dir)
    piece = next(r for r in pool.recordings if r.role != "vocals")
    held = [replace(piece, pool="played", role="accompaniment", split="dev", song=str(i)) for i in range(2)]
    pool.recordings = [*pool.recordings, *held]
    gains = iter((0.1, 0.01))  # 20 and 40 dB below
    monkeypatch.setattr(validation, "render", lambda _, mixture, __: {"estimate": mixture * next(gains)})
    found = validate(model, pool, ValidationRecipe(pools=(), seconds=1.0), None)
    assert found == {"played_leak": pytest.approx(-30, abs=0.1), "played_excess": pytest.approx(2.5, abs=0.1)}


def test_a_leg_has_its_own_share_of_mixtures_without_a_voice(pool_dir: Path, tones: MixtureRecipe) -> None:
    for silent, heard in ((1.0, False), (0.0, True)):
        with LegData(Pool(pool_dir), replace(tones, silent=0.5), replace(LEG, silent=silent), 320, 0) as data:
            _, target = data(1)
        assert bool(target.abs().amax((1, 2)).all() if heard else target.any()) is heard
    with LegData(Pool(pool_dir), tones, replace(LEG, lead=0.125, played=0.5), 320, 0) as data:
        assert (data.mixtures.lead, data.mixtures.played, data.mixtures.silent) == (0.125, 0.5, tones.silent)


def test_ema_follows_weights_and_statistics() -> None:
    module = torch.nn.BatchNorm1d(3)
    ema = Ema(module, 0.5)
    module.weight.data.fill_(3.0)
    module.running_mean.fill_(2.0)
    for _ in range(20):
        ema.update(module)
    torch.testing.assert_close(ema.model.weight, torch.full((3,), 3.0), atol=1e-3, rtol=0)
    assert torch.equal(ema.model.running_mean, module.running_mean)


def test_the_command_trains_a_codec_and_reports_on_it(
    pool_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "codec.toml", tmp_path / "run"
    path.write_text(
        '[model]\npreset = "tiny"\n[codec]\nsteps = 2\nbatch = 1\nsegment = 3200\nadversarial = 0\npools = ["songs"]\n'
    )
    assert main(["train", "codec", "--config", str(path), "--out", str(out), "--pool", str(pool_dir)]) == 0
    report = ["train", "codec-report", "--codec", str(out / "codec" / "codec.pt"), "--pool", str(pool_dir)]
    assert main([*report, "--clips", "1"]) == 0
    assert "| 4000 Hz |" in capsys.readouterr().out
    trained, further = out / "codec" / "codec.pt", tmp_path / "further"
    again = ["train", "codec", "--config", str(path), "--pool", str(pool_dir), "--set", "codec.train=decoder"]
    assert main([*again, "--start", str(trained), "--out", str(further)]) == 0
    before, after = load_codec(trained).state_dict(), load_codec(further / "codec" / "codec.pt").state_dict()
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert "decoder" in moved and not moved & {"encoder", "latent_norm"}, "its latents are no longer what they were"
    path.write_text(path.read_text() + 'learned_dims = "half"\n')
    assert main(["train", "codec", "--config", str(path), "--out", str(out), "--pool", str(pool_dir)]) == 1
    assert "codec.learned_dims cannot be 'half': it must be int" in capsys.readouterr().err


def test_the_command_runs_a_recipe_and_tells_what_is_wrong(
    pool_dir: Path, tmp_path: Path, codec_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bass.toml"
    path.write_text(
        '[model]\npreset = "tiny"\n[data]\nworkers = 0\n[validation]\npools = ["musdb7"]\nclips = 1\nseconds = 1.0\n'
        '[[leg]]\nstage = "estimate"\nsteps = 9\nbatch = 1\nframes = 24\n'
    )
    out = tmp_path / "bass"
    command = ["train", "net", "--config", str(path), "--out", str(out), "--pool", str(pool_dir), "--target", "bass"]
    command += ["--codec", str(codec_file)]
    assert main([*command, "--set", "leg.0.steps=1"]) == 0
    assert "finished" in capsys.readouterr().out
    assert load_card(out / "model").training[0].steps == 1
    assert json.loads((out / "recipe.json").read_text())["recipe"]["data"]["target"] == "bass"
    for extra, told in {
        ("--set", "leg.0.frames=3"): "frames must be a multiple of 2",
        ("--pool", str(tmp_path / "none")): "There is no pool",
        ("--set", "leg.0.speed=3"): "has no field speed",
    }.items():
        assert main([*command, *extra]) == 1
        assert told in capsys.readouterr().err
