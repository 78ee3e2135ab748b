"""Training runs on a pool of tones: legs, cards, resumption and the command."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.main import main
from core.card import load_card
from core.checkpoint import Model, load_model, save_model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InputError, InvalidOptions
from core.settings import REPOSITORY
from lab.training import validation
from lab.training.codec import CodecRecipe
from lab.training.codec_training import load_codec, save_codec
from lab.training.diffusion import DiffusionRecipe, Stage, losses
from lab.training.legs import LegData
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.new_model import new_card, new_model, with_stereo_conditioner
from lab.training.optimiser import Ema
from lab.training.pool import Pool, write_index
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from lab.training.train import Run
from lab.training.validation import render, score, target_clips, validate

pytestmark = pytest.mark.slow

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


def test_a_run_trains_its_legs_and_writes_a_model(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    settings = recipe(pool_dir, LEG, replace(LEG, stage="joint", seed=1), codec=CODEC)
    assert Run(settings, tmp_path / "run", mixtures=tones).train()
    _, card = load_model(tmp_path / "run" / "model")
    assert [leg.stage for leg in card.training] == ["codec", "estimate", "joint"], "the card lists every leg"
    assert [leg.steps for leg in card.training] == [2, 2, 2]
    dev = [(leg.model_extra or {}).get("dev", {}) for leg in card.training]
    assert {f"musdb7_{kind}" for kind in ("estimate", "generative", "masked", "dropped")} == set(dev[2])
    assert "musdb7_generative" not in dev[1], "the generator is not trained yet"
    parts = [json.loads(line)["part"] for line in (tmp_path / "run" / "curve.jsonl").read_text().splitlines()]
    assert set(parts) >= {"leg-1", "leg-2"}
    assert json.loads((tmp_path / "run" / "data.json").read_text())[0]["source"] == "musdb7"

    fields = tmp_path / "fields.json"
    fields.write_text('{"description": "A model.", "licence": "CC0", "commercial_use": true, "credits": ["Ann"]}')
    assert main(["train", "card", "--model", str(tmp_path / "run" / "model"), "--fields", str(fields)]) == 0
    (tmp_path / "run" / "model" / "evaluation.json").write_text("{}")
    files = contents(tmp_path / "run" / "model")
    assert Run(settings, tmp_path / "run", mixtures=tones).train(), "a finished run is not repeated"
    assert contents(tmp_path / "run" / "model") == files, "its result keeps added files"
    with pytest.raises(InvalidOptions, match="contains a run of another recipe"):
        Run(replace(settings, leg=(LEG,)), tmp_path / "run", mixtures=tones)

    named = ModelRecipe(name="further", version="2.0.0", preset="tiny", gate=0.2)
    further = replace(settings, model=named, codec=None, leg=(replace(LEG, seed=9), replace(LEG, seed=10)))
    assert Run(further, tmp_path / "more", start=tmp_path / "run" / "model", mixtures=tones).train()
    more = load_card(tmp_path / "more" / "model")
    assert len(more.training) == 5, "a run may start from a model"
    assert (more.codec, more.net, more.quality) == (card.codec, card.net, card.quality)
    assert (more.name, more.version, more.gate) == ("further", "2.0.0", 0.2), "under its own name"
    assert (more.description, more.credits, more.commercial_use) == ("", [], False), "with other recordings"
    assert more.licence.startswith("not stated")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_does_not_resume_on_another_pool(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    folder, out = tmp_path / "pool", tmp_path / "run"
    shutil.copytree(pool_dir, folder)
    settings = recipe(folder, LEG)
    Run(replace(settings, model=ModelRecipe(name="other", preset="tiny")), out, mixtures=tones)
    run = Run(settings, out, mixtures=tones)  # the folder can be reused until a state is saved
    (out / "leg-1").mkdir()
    (out / "leg-1" / "state.pt").touch()
    data = (out / "data.json").read_text()
    write_index(folder, run.pool.recordings[:-2], "audio.npy")
    with pytest.raises(InvalidOptions, match=r"other contents of the pool .* another folder with --out"):
        Run(settings, out, mixtures=tones)
    assert (out / "data.json").read_text() == data


def test_missing_data_is_reported_before_the_first_step(
    pool_dir: Path, tmp_path: Path, codec_file: Path, tones: MixtureRecipe
) -> None:
    settings = recipe(pool_dir, LEG, replace(LEG, played=0.3))
    other_pool = replace(settings, leg=(LEG,), validation=ValidationRecipe(pools=("mir1k",)))
    for refused, message in {
        settings: "voicelift train play",
        other_pool: r"validation.pools \(mir1k\) has dev clips of vocals.* with dev clips: musdb7, songs. Name",
        replace(settings, leg=()): "voicelift train codec",
    }.items():
        with pytest.raises(InputError, match=message):
            Run(refused, tmp_path / "refused", codec=codec_file, mixtures=tones).train()
        assert not (tmp_path / "refused" / "leg-1").exists()
    bass = replace(settings, data=replace(settings.data, target="bass"))
    assert Run(bass, tmp_path / "bass", codec=codec_file, mixtures=tones).train(), (
        "no sampled pieces, which contain bass"
    )
    last = replace(other_pool, validation=ValidationRecipe(pools=()))
    assert Run(last, tmp_path / "last", codec=codec_file, mixtures=tones).train(), (
        "without validation the last weights are kept"
    )


@pytest.mark.parametrize("stage", ["estimate", "joint"])
def test_a_leg_reduces_its_losses(pool_dir: Path, tones: MixtureRecipe, stage: Stage) -> None:
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
def measured(model: Model, data: Mixtures, leg: DiffusionRecipe) -> dict[str, float]:
    torch.manual_seed(1)
    model.eval()
    return {name: float(value) for name, value in losses(model, *data.at(1000, 8), leg).items()}


def test_a_stage_trains_only_its_networks(pool_dir: Path, tones: MixtureRecipe) -> None:
    trains: dict[Stage, tuple[bool, bool]] = {
        "estimate": (True, False),
        "generator": (False, True),
        "joint": (True, True),
    }
    for stage, learns in trains.items():
        torch.manual_seed(0)
        model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
        sides = (model.conditioner, model.generator)
        before = [[p.clone() for p in side.parameters()] for side in sides]
        trainer = NetTrainer(model, replace(LEG, stage=stage), lambda _: Mixtures(Pool(pool_dir), tones).at(0, 2))
        trainer.step(1)
        for side, was, learned in zip(sides, before, learns, strict=True):
            moved = any(not torch.equal(a, b) for a, b in zip(side.parameters(), was, strict=True))
            assert moved is learned, stage


def test_half_precision_is_close_to_single_precision(pool_dir: Path, tones: MixtureRecipe) -> None:
    values = {}
    for half in ("on", "off"):
        torch.manual_seed(0)
        model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
        trainer = NetTrainer(
            model, replace(LEG, stage="joint", half=half), lambda _: Mixtures(Pool(pool_dir), tones).at(0, 2)
        )
        torch.manual_seed(1)
        values[half] = {name: float(value.detach()) for name, value in trainer.step(1).items()}
        assert all(p.dtype == torch.float32 for p in model.parameters())
    assert values["on"]["estimate"] == pytest.approx(values["off"]["estimate"], rel=0.05, abs=0.02)
    assert values["on"]["velocity"] == pytest.approx(values["off"]["velocity"], rel=0.05)


def test_validation_without_an_estimate_starts_from_noise(pool_dir: Path, tones: MixtureRecipe) -> None:
    data = Mixtures(Pool(pool_dir), tones)
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny", conditioner="encoder"), data)
    card = new_card(model, ModelRecipe(name="a", version="0"))
    assert {preset.t_start for preset in card.quality.values()} == {1.0}
    check = ValidationRecipe(pools=("musdb7",), clips=1, seconds=1.0)
    scores = validate(model, data.pool, check, card.quality["draft"])
    assert set(scores) == {"musdb7_generative", "musdb7_masked", "musdb7_dropped"}
    scores["musdb7_dropped"] = 0.0
    assert score(scores, check) == scores["musdb7_masked"]
    leaking = {**scores, "instrumental_leak": -40.0, "instrumental_excess": 4.0, "played_excess": 6.0}
    assert score(leaking, check) == pytest.approx(scores["musdb7_masked"] - 10 * check.leak_weight)
    assert score({**scores, "instrumental_leak": -40.0}, check) == scores["musdb7_masked"]
    dropping = {**scores, "musdb7_dropped": 0.5}
    assert score(dropping, check) == pytest.approx(scores["musdb7_masked"] - 0.5 * check.drop_weight)
    assert score(dropping, replace(check, drop_weight=2.0)) == pytest.approx(scores["musdb7_masked"] - 1)
    two = {"a_masked": 3.0, "a_dropped": 0.25, "b_masked": 5.0, "b_dropped": 0.5}
    assert score(two, check) == pytest.approx(4 - 0.75 * check.drop_weight)
    assert score({"a_dropped": 0.5, "a_excess": 1.0}, check) is None
    bass = validate(model, data.pool, check, card.quality["draft"], target="bass")
    assert bass["musdb7_masked"] != scores["musdb7_masked"]


def test_a_start_without_an_estimate_is_refused_for_estimate_legs(
    pool_dir: Path, tmp_path: Path, tones: MixtureRecipe
) -> None:
    settings = ModelRecipe(preset="tiny", conditioner="encoder")
    model = new_model(SpectralCodec(SMALL), settings, Mixtures(Pool(pool_dir), tones))
    save_model(model, new_card(model, settings), tmp_path / "start")
    run = Run(recipe(pool_dir, replace(LEG, stage="estimate")), tmp_path / "run", tmp_path / "start", mixtures=tones)
    with pytest.raises(InvalidOptions, match="no estimate"):
        run.train()


def test_leakage_is_scored_by_its_level(pool_dir: Path, tones: MixtureRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    pool = Pool(pool_dir)
    piece = next(r for r in pool.recordings if r.role != "vocals")
    held = [replace(piece, pool="played", role="accompaniment", split="dev", song=str(i)) for i in range(2)]
    pool.recordings = [*pool.recordings, *held]
    gains = iter((0.1, 0.01))  # 20 and 40 dB below
    monkeypatch.setattr(validation, "render", lambda _, mixture, __: {"estimate": mixture * next(gains)})
    scores = validate(model, pool, ValidationRecipe(pools=(), seconds=1.0), None)
    assert scores == {"played_leak": pytest.approx(-30, abs=0.1), "played_excess": pytest.approx(2.5, abs=0.1)}


def test_a_voice_far_below_the_true_one_counts_as_dropped(
    pool_dir: Path, tones: MixtureRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    gains = iter((0.1, 0.08))  # of four equal tones, one of them the voice: 14 and 16 dB below it
    monkeypatch.setattr(validation, "render", lambda _, mixture, __: {"estimate": mixture * np.float32(next(gains))})
    check = ValidationRecipe(pools=("musdb7",), clips=2, seconds=1.0, silent=())
    scores = validate(model, Pool(pool_dir), check, None)
    assert scores["musdb7_dropped"] == 0.5
    assert score(scores, check) == pytest.approx(scores["musdb7_masked"] - 0.5 * check.drop_weight)


def awake(model: Model) -> Model:
    """Randomise parameters that are initialised with zeros; otherwise the mask is 0.5 everywhere."""
    for parameter in model.conditioner.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


@torch.no_grad()
def test_each_channel_is_rendered_with_the_other_as_context(pool_dir: Path, tones: MixtureRecipe) -> None:
    torch.manual_seed(0)
    settings = ModelRecipe(preset="tiny")
    model = awake(new_model(SpectralCodec(SMALL), settings, Mixtures(Pool(pool_dir), tones)))
    mixture = np.random.default_rng(0).normal(0, 0.1, (2, 320 * 16)).astype(np.float32)
    mixture[1] *= 0.3
    preset = new_card(model, settings).quality["draft"]
    for kind, voices in render(model, mixture, preset).items():
        assert voices.shape == mixture.shape and voices.dtype == np.float32
        swapped = render(model, mixture[::-1], preset)[kind]
        np.testing.assert_allclose(swapped, voices[::-1], atol=1e-5)
        quieter = render(model, np.float32(0.1) * mixture, preset)[kind]
        np.testing.assert_allclose(quieter, 0.1 * voices, atol=1e-5)
        alone = render(model, mixture[:1], preset)[kind]
        assert alone.shape == (1, mixture.shape[1])
        twice = render(model, np.repeat(mixture[:1], 2, axis=0), preset)[kind]
        np.testing.assert_allclose(twice, np.repeat(alone, 2, axis=0), atol=1e-5)
        assert np.abs(alone - voices[:1]).max() > 1e-4, "the context changes the result"


def test_a_mono_voice_is_the_target_of_both_channels(pool_dir: Path) -> None:
    pool = Pool(pool_dir)
    (voice,) = (r for r in pool.recordings if (r.song, r.role, r.split) == ("a", "vocals", "dev"))
    drums = next(r for r in pool.recordings if (r.song, r.role, r.split) == ("a", "drums", "dev"))
    half = voice.samples // 2  # the second half of the drums becomes their right channel
    pool.recordings = [replace(voice, samples=half), replace(drums, channels=2, samples=half)]
    length = 320 * 16
    ((mixture, target),) = target_clips(pool, "musdb7", "vocals", 1, length, 320)
    assert mixture.shape == target.shape == (2, length)
    np.testing.assert_array_equal(target[0], target[1])
    background = mixture - target
    assert np.abs(background).max() > 0.1 and np.abs(target).max() > 0.1


def one_channel(pool_dir: Path, tones: MixtureRecipe) -> Model:
    """A model with one input channel."""
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    config = replace(model.config, mask=replace(model.config.mask, stereo=False))
    narrow = Model(model.codec, config)
    narrow.load_state_dict({name: value for name, value in model.state_dict().items() if "stereo" not in name})
    return narrow


def test_a_mono_conditioner_is_extended_to_stereo(pool_dir: Path, tones: MixtureRecipe) -> None:
    torch.manual_seed(0)
    narrow = awake(one_channel(pool_dir, tones))
    wide = with_stereo_conditioner(narrow).eval()
    assert (narrow.config.input_channels, wide.config.input_channels) == (1, 2)
    assert wide.config == replace(narrow.config, mask=replace(narrow.config.mask, stereo=True))
    for name, value in narrow.state_dict().items():
        assert torch.equal(wide.state_dict()[name], value), name
    data = Mixtures(
        Pool(pool_dir), replace(tones, coherent=0.0, mono=0.0, silent=0.0, effects=replace(tones.effects, room=1.0))
    )
    mixture, vocals = data.batch(3)
    assert (mixture[:, 0] - mixture[:, 1]).abs().max() > 0.01
    with torch.no_grad():
        before, after = narrow.condition(mixture[:, :1]), wide.condition(mixture)
        z, t = torch.randn_like(before[0]), torch.full((3,), 0.5)
        torch.testing.assert_close(after[0], before[0])
        torch.testing.assert_close(wide.generator(z, t, *after), narrow.generator(z, t, *before))
    loss, *_ = wide.conditioner.learn(mixture, vocals, wide.latents)
    loss.backward()
    gradient = dict(wide.conditioner.named_parameters())["net.enter_stereo.weight"].grad
    assert gradient is not None and gradient.abs().max() > 0, "the new channel can be trained"
    assert with_stereo_conditioner(wide) is wide
    encoder = Model(narrow.codec, replace(narrow.config, conditioner_kind="encoder"))
    assert with_stereo_conditioner(encoder) is encoder


def test_a_run_from_a_mono_model_writes_a_stereo_model(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    settings = ModelRecipe(preset="tiny")
    narrow = one_channel(pool_dir, tones)
    save_model(narrow, new_card(narrow, settings), tmp_path / "start")
    assert load_model(tmp_path / "start")[0].config.input_channels == 1
    assert Run(recipe(pool_dir, LEG), tmp_path / "run", start=tmp_path / "start", mixtures=tones).train()
    model, card = load_model(tmp_path / "run" / "model")
    assert model.config.input_channels == 2
    assert card.net["mask"]["stereo"] is True


def test_a_leg_sets_its_shares_of_mixtures(pool_dir: Path, tones: MixtureRecipe) -> None:
    for silent, audible in ((1.0, False), (0.0, True)):
        with LegData(Pool(pool_dir), replace(tones, silent=0.5), replace(LEG, silent=silent), 320, 0) as data:
            _, target = data(1)
        assert bool(target.abs().amax((1, 2)).all() if audible else target.any()) is audible
    with LegData(Pool(pool_dir), tones, replace(LEG, lead=0.125, played=0.5), 320, 0) as data:
        assert (data.mixtures.lead, data.mixtures.played, data.mixtures.silent) == (0.125, 0.5, tones.silent)


def test_ema_follows_weights_and_statistics() -> None:
    module = torch.nn.BatchNorm1d(3)
    ema = Ema(module, 0.5)
    module.weight.data.fill_(3.0)
    assert module.running_mean is not None
    module.running_mean.fill_(2.0)
    for _ in range(20):
        ema.update(module)
    torch.testing.assert_close(ema.model.weight, torch.full((3,), 3.0), atol=1e-3, rtol=0)
    assert ema.model.running_mean is not None
    assert torch.equal(ema.model.running_mean, module.running_mean)


def test_the_commands_train_a_codec_and_report_on_it(
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
    assert "decoder" in moved and not moved & {"encoder", "latent_norm"}, "the latents do not change"
    for change in ("model.codec=encodec", "model.codec=spectrogram"):
        assert main([*again, "--out", str(tmp_path / "none"), "--set", change]) == 1
        assert "The recipe trains no codec" in capsys.readouterr().err
    net = ["train", "net", "--config", str(path), "--out", str(tmp_path / "net"), "--pool", str(pool_dir)]
    assert main(net) == 1
    assert "voicelift train codec" in capsys.readouterr().err, "there is no leg"
    path.write_text(path.read_text() + 'learned_dims = "half"\n')
    assert main(["train", "codec", "--config", str(path), "--out", str(out), "--pool", str(pool_dir)]) == 1
    assert "codec.learned_dims: Input should be a valid integer (given: 'half')" in capsys.readouterr().err


def test_the_command_runs_a_recipe_and_reports_errors(
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
    for extra, message in {
        ("--set", "leg.0.frames=3"): "frames must be a multiple of 2",
        ("--pool", str(tmp_path / "none")): "There is no pool",
        ("--set", "leg.0.speed=3"): "leg.0.speed: unknown field",
    }.items():
        assert main([*command, *extra]) == 1
        assert message in capsys.readouterr().err


def test_invalid_arguments_are_reported(pool_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, fields, junk, none = tmp_path / "model", tmp_path / "fields.json", tmp_path / "junk.pt", tmp_path / "none"
    shutil.copytree(REPOSITORY / "tests" / "data" / "tiny", model)
    card, pool = (model / "card.json").read_bytes(), str(pool_dir)
    for text in ("not json", '{"licences": "CC0"}', "[1]", '{"gate": 2}'):
        fields.write_text(text)
        assert main(["train", "card", "--model", str(model), "--fields", str(fields)]) == 1
        assert "fields of a card" in capsys.readouterr().err
        assert (model / "card.json").read_bytes() == card
    torch.save({"weights": {}}, tmp_path / "other.pt")
    for content in (b"", b"junk", (tmp_path / "other.pt").read_bytes(), (REPOSITORY / "Makefile").read_bytes()):
        junk.write_bytes(content)
        assert main(["train", "codec-report", "--codec", str(junk), "--pool", pool]) == 1
        assert "is not a codec. Name a codec.pt" in capsys.readouterr().err
    assert main(["train", "codec-report", "--codec", str(none), "--pool", pool]) == 1
    assert "is not a codec. Name a codec.pt" in capsys.readouterr().err
    for command, message in {
        ("report", "--pool", str(none)): "voicelift train pool --root RECORDINGS --out",
        ("speed", "--pool", str(none)): "voicelift train pool --root RECORDINGS --out",
        ("speed", "--pool", pool, "--batch", "0"): "--batch must be at least 1",
        ("speed", "--pool", pool, "--device", "abacus"): "The device 'abacus' is not available",
    }.items():
        assert main(["train", *command]) == 1
        assert message in capsys.readouterr().err
