"""Trainings of studies: each once, for all studies; what they are told apart by; how their voices are heard."""

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
from lab.study.trained import Network, leg, mono, sizes, spoken, through_codec, train_all, training_pool
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.pool import Pool

pytestmark = pytest.mark.slow


def run_of(tmp_path: Path, model_dir: Path, name: str, **budget: Any) -> Run:
    tiny = replace(Budget().quick(), **budget)
    return Run(name, tmp_path / name, model_dir, tmp_path, quick=True, threads=1, budget=tiny)


def test_a_finished_training_serves_every_study_and_another_budget_trains_anew(
    tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    once = NetTrainer.step

    def step(self: NetTrainer, number: int) -> Any:
        steps.append(number)
        return once(self, number)

    monkeypatch.setattr(NetTrainer, "step", step)

    def trained(study: str, **budget: int) -> torch.Tensor:
        run = run_of(tmp_path, tiny_model_dir, study, **budget)
        network = Network(replace(sizes(run), conditioner="encoder"), (leg(run, "generator", 99),))
        return train_all(run, {"any name": network})["any name"].model.generator.head.weight

    first = trained("injection")
    assert steps == [1, 2], "the budget's steps, not the study's"
    assert torch.equal(trained("stages"), first)
    assert steps == [1, 2], "nothing was trained again"
    assert not torch.equal(trained("injection", seed=1), first)
    assert steps == [1, 2, 1, 2]


def test_stages_share_the_budgets_steps(tiny_model_dir: Path, tmp_path: Path) -> None:
    run = run_of(tmp_path, tiny_model_dir, "stages", steps=10)
    assert [leg(run, "joint", 99, share).steps for share in (1.0, 0.6, 0.4)] == [10, 6, 4]
    unsaid = replace(run, budget=Budget())
    assert leg(unsaid, "joint", 99).steps == 99


def test_figures_of_another_budget_are_refused(tiny_model_dir: Path, tmp_path: Path) -> None:
    run_of(tmp_path, tiny_model_dir, "stages").record.cell("one", lambda: 1.0)
    with pytest.raises(InvalidOptions, match="another model or form"):
        run_of(tmp_path, tiny_model_dir, "stages", steps=3).record.cell("one", lambda: 1.0)


def test_the_full_form_says_how_to_make_the_pool_that_is_missing(tiny_model_dir: Path, tmp_path: Path) -> None:
    run = Run("stages", tmp_path / "stages", tiny_model_dir, tmp_path, budget=Budget(tmp_path / "nowhere"))
    with pytest.raises(InvalidOptions, match="voicelift train pool --root RECORDINGS --out"):
        training_pool(run)


def test_a_made_pool_gives_every_source_and_is_made_once(tmp_path: Path) -> None:
    make_pool(tmp_path)
    before = (tmp_path / "audio.npy").stat().st_mtime_ns
    make_pool(tmp_path)
    assert (tmp_path / "audio.npy").stat().st_mtime_ns == before
    for target in ("vocals", *STEMS):
        recipe = MixtureRecipe(segment=4800, target=target, other_pools=1.0, lead=0.0, solo=0.0, silent=0.0)
        mixture, wanted = Mixtures(Pool(tmp_path), recipe).batch(2)
        assert wanted.abs().amax() > 0.01
        assert (mixture - wanted).abs().amax() > 0.01


def test_another_stem_becomes_the_target_and_the_mixture_stays() -> None:
    paths = {stem: Path(f"song/{stem}.opus") for stem in ("vocals", "drums", "bass", "other")}
    rest = (paths["drums"], paths["bass"], paths["other"])
    clip_set = EvaluationSet("toy", "", (ClipRef("toy", "song", (paths["vocals"],), rest),))
    (bass,) = sources.of_source(clip_set, "bass").clips
    assert bass.vocals == (paths["bass"],)
    assert set(bass.accompaniment) == {paths["vocals"], paths["drums"], paths["other"]}
    assert bass.set_name == sources.of_source(clip_set, "bass").name == "toy bass"
    assert sources.of_source(synthetic_set(), "bass").clips[0].synthetic_song == 0


def test_clips_are_heard_in_mono_at_the_networks_rate_or_their_own_lower_one(tiny_model_dir: Path) -> None:
    clip = load(replace(synthetic_set().clips[0], stop=1.003))
    heard = mono(clip)
    assert heard.rate == 24000
    assert heard.mixture.shape == (1, round(1.003 * 24000))
    assert heard.vocals is not None
    np.testing.assert_allclose(heard.vocals + heard.accompaniment, heard.mixture, atol=1e-5)
    low = replace(heard, rate=16000)
    assert mono(low).rate == 16000
    model, _ = load_model(tiny_model_dir)
    for each in (heard, low):
        assert spoken(model, each, None).shape == (each.mixture.shape[1],)


def test_noise_on_latents_costs_and_none_costs_nothing() -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SpectralConfig(encoder_width=8, encoder_blocks=1, decoder_width=8, decoder_blocks=1)).eval()
    torch.nn.init.constant_(codec.head.bias, -20.0)  # the made-up band is silent: what is left is the linear part
    heard = mono(load(replace(synthetic_set().clips[0], stop=1.0)))
    assert heard.vocals is not None
    by_noise = [
        metrics.sdr(heard.vocals, through_codec(codec, heard, heard.vocals, torch.device("cpu"), sigma))
        for sigma in (0.0, 0.1, 0.5)
    ]
    none, little, much = (score for score in by_noise if score is not None)
    assert none > little + 1 > much + 2
