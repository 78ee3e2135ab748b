"""Trainings of studies: sharing, budgets, and the voices of trained networks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoint import load_model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from lab.evaluation import metrics
from lab.evaluation.datasets import ClipRef, EvaluationSet, load, synthetic_set
from lab.study import sources
from lab.study.budget import Budget
from lab.study.run import Run
from lab.study.synthetic_pool import STEMS, make_pool
from lab.study.trained import Network, leg, model_voice, mono, sizes, through_codec, train_all, training_pool
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.pool import Pool

pytestmark = pytest.mark.slow


def run_of(tmp_path: Path, model_dir: Path, name: str, **budget: Any) -> Run:
    tiny = replace(Budget().quick(), **budget)
    return Run(name, tmp_path / name, model_dir, tmp_path, quick=True, threads=1, budget=tiny)


def test_studies_share_trainings_with_equal_budgets(
    tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    original = NetTrainer.step

    def step(self: NetTrainer, number: int) -> Any:
        steps.append(number)
        return original(self, number)

    monkeypatch.setattr(NetTrainer, "step", step)

    def trained(study: str, **budget: int) -> torch.Tensor:
        run = run_of(tmp_path, tiny_model_dir, study, **budget)
        network = Network(replace(sizes(run), conditioner="encoder"), (leg(run, "generator", 99),))
        return train_all(run, {"any name": network})["any name"].model.generator.head.weight

    first = trained("injection")
    assert steps == [1, 2], "the steps of the budget, not the default of the study"
    assert torch.equal(trained("stages"), first)
    assert steps == [1, 2], "nothing was trained again"
    assert not torch.equal(trained("injection", seed=1), first)
    assert steps == [1, 2, 1, 2]


def test_stages_share_the_steps_of_the_budget(tiny_model_dir: Path, tmp_path: Path) -> None:
    run = run_of(tmp_path, tiny_model_dir, "stages", steps=10)
    assert [leg(run, "joint", 99, share).steps for share in (1.0, 0.6, 0.4)] == [10, 6, 4]
    without_steps = replace(run, budget=Budget())
    assert leg(without_steps, "joint", 99).steps == 99


def test_figures_of_another_budget_are_refused(tiny_model_dir: Path, tmp_path: Path) -> None:
    run_of(tmp_path, tiny_model_dir, "stages").record.cell("one", lambda: 1.0)
    with pytest.raises(InvalidOptions, match="another model or form"):
        run_of(tmp_path, tiny_model_dir, "stages", steps=3).record.cell("one", lambda: 1.0)


def test_a_missing_pool_is_reported(tiny_model_dir: Path, tmp_path: Path) -> None:
    run = Run("stages", tmp_path / "stages", tiny_model_dir, tmp_path, budget=Budget(tmp_path / "nowhere"))
    with pytest.raises(InvalidOptions, match="voicelift train pool --root RECORDINGS --out"):
        training_pool(run)


def test_a_synthetic_pool_has_every_source_and_is_written_once(tmp_path: Path) -> None:
    make_pool(tmp_path)
    before = (tmp_path / "audio.npy").stat().st_mtime_ns
    make_pool(tmp_path)
    assert (tmp_path / "audio.npy").stat().st_mtime_ns == before
    for target in ("vocals", *STEMS):
        recipe = MixtureRecipe(segment=4800, target=target, other_pools=1.0, lead=0.0, solo=0.0, silent=0.0)
        mixture, stem = Mixtures(Pool(tmp_path), recipe).batch(2)
        assert stem.abs().amax() > 0.01
        assert (mixture - stem).abs().amax() > 0.01


def test_of_source_changes_the_target_and_keeps_the_mixture() -> None:
    paths = {stem: Path(f"song/{stem}.opus") for stem in ("vocals", "drums", "bass", "other")}
    rest = (paths["drums"], paths["bass"], paths["other"])
    clip_set = EvaluationSet("toy", "", (ClipRef("toy", "song", (paths["vocals"],), rest),))
    (bass,) = sources.of_source(clip_set, "bass").clips
    assert bass.vocals == (paths["bass"],)
    assert set(bass.accompaniment) == {paths["vocals"], paths["drums"], paths["other"]}
    assert bass.set_name == sources.of_source(clip_set, "bass").name == "toy bass"
    assert sources.of_source(synthetic_set(), "bass").clips[0].synthetic_song == 0


def test_clips_are_downmixed_at_the_rate_of_the_networks_or_lower(tiny_model_dir: Path) -> None:
    clip = load(replace(synthetic_set().clips[0], stop=1.003))
    downmix = mono(clip)
    assert downmix.rate == 24000
    assert downmix.mixture.shape == (1, round(1.003 * 24000))
    assert downmix.vocals is not None
    np.testing.assert_allclose(downmix.vocals + downmix.accompaniment, downmix.mixture, atol=1e-5)
    low = replace(downmix, rate=16000)
    assert mono(low).rate == 16000
    model, _ = load_model(tiny_model_dir)
    for each in (downmix, low):
        assert model_voice(model, each, None).shape == (each.mixture.shape[1],)


def test_latent_noise_reduces_the_sdr() -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SpectralConfig(encoder_width=8, encoder_blocks=1, decoder_width=8, decoder_blocks=1)).eval()
    torch.nn.init.constant_(codec.head.bias, -20.0)  # silences the learned band, so that only the linear part remains
    downmix = mono(load(replace(synthetic_set().clips[0], stop=1.0)))
    assert downmix.vocals is not None
    by_noise = [
        metrics.sdr(downmix.vocals, through_codec(codec, downmix, downmix.vocals, torch.device("cpu"), sigma))
        for sigma in (0.0, 0.1, 0.5)
    ]
    none, little, much = (score for score in by_noise if score is not None)
    assert none > little + 1 > much + 2
