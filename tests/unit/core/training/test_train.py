"""Whole runs on a pool of tones: legs, cards, resuming, the command."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.card import load_card
from core.checkpoint import load_model, save_model
from core.cli.main import main
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InputError, InvalidOptions
from core.settings import REPOSITORY
from core.training import validation
from core.training.codec import CodecRecipe
from core.training.descent import Ema
from core.training.diffusion import DiffusionRecipe, losses
from core.training.legs import LegData
from core.training.mixtures import MixtureRecipe, Mixtures
from core.training.net import NetTrainer
from core.training.pool import Pool, write_index
from core.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from core.training.train import Run, load_codec, new_card, new_model, save_codec
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

    fields = tmp_path / "fields.json"
    fields.write_text('{"description": "Told.", "licence": "CC0", "commercial_use": true, "credits": ["Ann"]}')
    assert main(["train", "card", "--model", str(tmp_path / "run" / "model"), "--fields", str(fields)]) == 0
    (tmp_path / "run" / "model" / "evaluation.json").write_text("{}")
    files = contents(tmp_path / "run" / "model")
    assert Run(wanted, tmp_path / "run", mixtures=tones).go(), "a finished run is not run again"
    assert contents(tmp_path / "run" / "model") == files, "nor is what was added to its result lost"
    with pytest.raises(InvalidOptions, match="holds a run of another recipe"):
        Run(replace(wanted, leg=(LEG,)), tmp_path / "run", mixtures=tones)

    named = ModelRecipe(name="further", version="2.0.0", preset="tiny", gate=0.2)
    further = replace(wanted, model=named, codec=None, leg=(replace(LEG, seed=9), replace(LEG, seed=10)))
    assert Run(further, tmp_path / "more", start=tmp_path / "run" / "model", mixtures=tones).go()
    more = load_card(tmp_path / "more" / "model")
    assert len(more.training) == 5, "a run may go on from a model"
    assert (more.codec, more.net, more.quality) == (card.codec, card.net, card.quality)
    assert (more.name, more.version, more.gate) == ("further", "2.0.0", 0.2), "under its own name"
    assert (more.description, more.credits, more.commercial_use) == ("", [], False), "with other recordings"
    assert more.licence.startswith("not stated")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_goes_on_with_its_own_pool_alone(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    folder, out = tmp_path / "pool", tmp_path / "run"
    shutil.copytree(pool_dir, folder)
    wanted = recipe(folder, LEG)
    Run(replace(wanted, model=ModelRecipe(name="other", preset="tiny")), out, mixtures=tones)
    run = Run(wanted, out, mixtures=tones)  # the folder is free until something is trained
    (out / "leg-1").mkdir()
    (out / "leg-1" / "state.pt").touch()
    data = (out / "data.json").read_text()
    write_index(folder, run.pool.recordings[:-2])
    with pytest.raises(InvalidOptions, match=r"on another pool .* another folder with --out"):
        Run(wanted, out, mixtures=tones)
    assert (out / "data.json").read_text() == data
    kept = json.loads((out / "recipe.json").read_text())
    del kept["pool"]
    (out / "recipe.json").write_text(json.dumps(kept))
    assert Run(wanted, out, mixtures=tones).out == out, "a run of before the pool was noted goes on"


def test_what_the_pool_cannot_serve_is_told_before_the_first_step(
    pool_dir: Path, tmp_path: Path, codec_file: Path, tones: MixtureRecipe
) -> None:
    wanted = recipe(pool_dir, LEG, replace(LEG, played=0.3))
    elsewhere = replace(wanted, leg=(LEG,), validation=ValidationRecipe(pools=("mir1k",)))
    for refused, told in {
        wanted: "voicelift train play",
        elsewhere: r"validation.pools \(mir1k\) has dev clips of vocals.* have: musdb7, songs. Name",
        replace(wanted, leg=()): "voicelift train codec",
    }.items():
        with pytest.raises(InputError, match=told):
            Run(refused, tmp_path / "refused", codec=codec_file, mixtures=tones).go()
        assert not (tmp_path / "refused" / "leg-1").exists()
    bass = replace(wanted, data=replace(wanted.data, target="bass"))
    assert Run(bass, tmp_path / "bass", codec=codec_file, mixtures=tones).go(), "played pieces hold a bass, too"
    last = replace(elsewhere, validation=ValidationRecipe(pools=()))
    assert Run(last, tmp_path / "last", codec=codec_file, mixtures=tones).go(), "on purpose the last may be kept"


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


def test_a_start_without_an_estimate_is_refused_where_a_leg_trains_it(
    pool_dir: Path, tmp_path: Path, tones: MixtureRecipe
) -> None:
    wanted = ModelRecipe(preset="tiny", conditioner="encoder")
    model = new_model(SpectralCodec(SMALL), wanted, Mixtures(Pool(pool_dir), tones))
    save_model(model, new_card(model, wanted), tmp_path / "start")
    run = Run(recipe(pool_dir, replace(LEG, stage="estimate")), tmp_path / "run", tmp_path / "start", mixtures=tones)
    with pytest.raises(InvalidOptions, match="no estimate"):
        run.go()


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
    for nothing in ("model.codec=encodec", "model.codec=spectrogram"):
        assert main([*again, "--out", str(tmp_path / "none"), "--set", nothing]) == 1
        assert "The recipe trains no codec" in capsys.readouterr().err
    net = ["train", "net", "--config", str(path), "--out", str(tmp_path / "net"), "--pool", str(pool_dir)]
    assert main(net) == 1
    assert "voicelift train codec" in capsys.readouterr().err, "there is no leg"
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


def test_the_command_says_what_is_wrong_with_what_it_is_given(
    pool_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, fields, junk, none = tmp_path / "model", tmp_path / "fields.json", tmp_path / "junk.pt", tmp_path / "none"
    shutil.copytree(REPOSITORY / "tests" / "data" / "tiny", model)
    card, pool = (model / "card.json").read_bytes(), str(pool_dir)
    for text in ("not json", '{"licences": "CC0"}', "[1]", '{"gate": 2}'):
        fields.write_text(text)
        assert main(["train", "card", "--model", str(model), "--fields", str(fields)]) == 1
        assert "does not hold fields of a card" in capsys.readouterr().err
        assert (model / "card.json").read_bytes() == card
    torch.save({"weights": {}}, tmp_path / "other.pt")
    for content in (b"", b"junk", (tmp_path / "other.pt").read_bytes(), (REPOSITORY / "Makefile").read_bytes()):
        junk.write_bytes(content)
        assert main(["train", "codec-report", "--codec", str(junk), "--pool", pool]) == 1
        assert "is no codec. Name a codec.pt" in capsys.readouterr().err
    assert main(["train", "codec-report", "--codec", str(none), "--pool", pool]) == 1
    assert "is no codec. Name a codec.pt" in capsys.readouterr().err
    for command, told in {
        ("report", "--pool", str(none)): "voicelift train pool --out",
        ("speed", "--pool", str(none)): "voicelift train pool --out",
        ("speed", "--pool", pool, "--batch", "0"): "--batch must be at least 1",
        ("speed", "--pool", pool, "--device", "abacus"): "There is no device 'abacus'",
    }.items():
        assert main(["train", *command]) == 1
        assert told in capsys.readouterr().err
