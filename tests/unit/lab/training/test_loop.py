"""The training loop: resumption is bit-exact, deadlines, scores and schedules."""

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from core.codec.spectral import SpectralCodec, SpectralConfig
from lab.training.codec import CodecRecipe, CodecTrainer
from lab.training.curve import Curve
from lab.training.diffusion import DiffusionRecipe
from lab.training.legs import LegData
from lab.training.loop import Check, Pace, Progress, Trainer, restore, run_loop
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.new_model import new_model
from lab.training.optimiser import Optimiser, Rates
from lab.training.pool import Pool
from lab.training.recipe import ModelRecipe

pytestmark = pytest.mark.slow

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
STEPS = 7
PACE = Pace(log=2, save=3, check=4)
LEG = DiffusionRecipe(
    "joint", STEPS, batch=2, frames=16, curriculum=((0.5, 24, 2),), muon=0.02, warmup=3, half="off", seed=5
)


class Killed(Exception):  # noqa: N818  (simulates a kill)
    pass


def net(pool_dir: Path, tones: MixtureRecipe) -> NetTrainer:
    torch.manual_seed(0)
    model = new_model(SpectralCodec(SMALL), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    return NetTrainer(model, LEG, LegData(Pool(pool_dir), tones, LEG, model.codec.hop, workers=0))


def codec(pool_dir: Path, tones: MixtureRecipe) -> CodecTrainer:
    torch.manual_seed(0)
    recipe = CodecRecipe(STEPS, batch=2, segment=320 * 24, pools=("songs",), adversarial_from=0.4, filters=2)
    return CodecTrainer(SpectralCodec(SMALL), Pool(pool_dir), recipe)


def killed_at(step: int, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    original = trainer.step

    def killing(number: int) -> dict[str, torch.Tensor]:
        values = original(number)
        if number == step:
            raise Killed
        return values

    monkeypatch.setattr(trainer, "step", killing)
    return trainer


def scored(trainer: Trainer) -> Check:
    """A check whose score depends on the weights and is added to the curve."""

    def check(progress: Progress, curve: Curve) -> float:
        tensors = [value for value in flat(trainer.state()) if isinstance(value, torch.Tensor)]
        value = float(sum(t.double().abs().sum() for t in tensors))
        curve.add(progress.step, {"score": value})
        return value

    return check


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [x for key in value for x in flat(value[key])]
    return [x for item in value for x in flat(item)] if isinstance(value, list | tuple) else [value]


def curve(folder: Path) -> list[dict[str, Any]]:
    entries = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in entries]


@pytest.mark.parametrize("make", [net, codec])
def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(
    make: Any, pool_dir: Path, tones: MixtureRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = make(pool_dir, tones)
    assert run_loop(reference, STEPS, 5, tmp_path / "reference", "leg-1", PACE, scored(reference))
    for step in (1, 5):
        folder = tmp_path / f"killed-{step}"
        trainer = killed_at(step, make(pool_dir, tones), monkeypatch)
        with pytest.raises(Killed):
            run_loop(trainer, STEPS, 5, folder, "leg-1", PACE, scored(trainer))
        resumed = make(pool_dir, tones)
        with (folder / "curve.jsonl").open("a") as file:
            file.write('{"part": "leg-1", "ste')  # an incomplete line after a kill
        assert run_loop(resumed, STEPS, 5, folder, "leg-1", PACE, scored(resumed))
        actual, expected = flat(resumed.state()), flat(reference.state())
        assert len(actual) == len(expected) > 50
        for a, b in zip(actual, expected, strict=True):
            assert torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
        assert curve(folder) == curve(tmp_path / "reference")


def test_a_run_stopped_by_its_deadline_resumes(pool_dir: Path, tones: MixtureRecipe, tmp_path: Path) -> None:
    trainer = codec(pool_dir, tones)
    pace = replace(PACE, deadline=time.monotonic())
    assert not run_loop(trainer, STEPS, 5, tmp_path, "codec", pace, scored(trainer))
    assert restore(None, tmp_path / "codec" / "state.pt").step == 2
    again = codec(pool_dir, tones)
    assert run_loop(again, STEPS, 5, tmp_path, "codec", PACE, scored(again))
    assert restore(None, tmp_path / "codec" / "state.pt").step == STEPS


def test_parts_share_one_deadline(
    pool_dir: Path, tones: MixtureRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.training.loop.time", SimpleNamespace(monotonic=itertools.count().__next__))
    pace = replace(PACE, deadline=2 * STEPS)
    first, second = codec(pool_dir, tones), codec(pool_dir, tones)
    assert run_loop(first, STEPS, 5, tmp_path, "leg-1", pace, scored(first))
    assert not run_loop(second, STEPS, 5, tmp_path, "leg-2", pace, scored(second))
    assert restore(None, tmp_path / "leg-2" / "state.pt").step == 2


def test_a_score_of_zero_can_be_the_best(pool_dir: Path, tones: MixtureRecipe, tmp_path: Path) -> None:
    scores = iter((-3.0, 0.0, None, -1.0))
    pace = replace(PACE, check=2)
    assert run_loop(codec(pool_dir, tones), STEPS, 5, tmp_path, "codec", pace, lambda *_: next(scores))
    assert restore(None, tmp_path / "codec" / "state.pt").best == 0.0


def test_a_non_finite_gradient_is_skipped() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimiser = Optimiser([([weight], 1.0)], Rates(10, 0.1, warmup=1))
    assert not optimiser.step((weight * float("nan")).sum(), 1).isfinite()
    assert torch.equal(weight, torch.ones(2))
    assert optimiser.step(weight.sum(), 2).isfinite()
    assert not torch.equal(weight, torch.ones(2))


def test_muon_updates_all_directions_of_a_layer_and_adamw_the_bias() -> None:
    torch.manual_seed(0)
    layer, bias = torch.nn.Parameter(torch.randn(16, 8, 3)), torch.nn.Parameter(torch.zeros(16))
    before = layer.detach().clone()
    # A gradient whose directions differ by a factor of 100.
    directions = torch.linalg.qr(torch.randn(24, 16))[0] * torch.logspace(0, -2, 16)
    optimiser = Optimiser([([layer, bias], 0.5)], Rates(10, 0.1, muon=0.02, warmup=1))
    optimiser.step((layer.flatten(1) * directions.T).sum() + bias.sum(), 1)
    moved = torch.linalg.svdvals((before - layer.detach()).flatten(1))
    assert moved.max() < 4 * moved.min()
    assert 0.005 < moved.median() < 0.015  # half of the learning rate
    assert torch.allclose(bias, torch.full((16,), -0.05), rtol=1e-3)


def test_the_learning_rate_warms_up_and_decays_as_a_cosine() -> None:
    rates = Rates(steps=1000, learning_rate=1.0, warmup=100, final=0.05)
    assert rates.at(1) == pytest.approx(0.01)
    assert rates.at(50) == pytest.approx(0.5, abs=0.01)
    assert max(rates.at(step) for step in range(1, 1001)) == pytest.approx(0.976, abs=0.01)
    assert rates.at(1000) == pytest.approx(0.05, abs=0.001)


def test_the_curve_is_written_to_tensorboard(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    points = Curve(tmp_path, "leg-1")
    points.add(3, {"loss": 0.5})
    points.close()
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard" / "leg-1")).Reload()
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(3, 0.5)]
