"""Conditioners A and B of the paper and its companion, over a real codec."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from core.card import Card, Preset
from core.checkpoint import Model, load_model, save_model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.nets.config import PRESETS, NetConfig
from lab.training.diffusion import DiffusionRecipe, Stage, losses

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
Kind = Literal["mask", "encoder", "autoencoder"]
KINDS: tuple[Kind, ...] = ("encoder", "autoencoder")


def model(kind: Kind, preset: str = "tiny") -> Model:
    torch.manual_seed(0)
    config = replace(PRESETS[preset], conditioner_kind=kind)
    assert NetConfig.from_dict(config.to_dict()) == config
    return Model(SpectralCodec(SMALL), config)


@pytest.mark.parametrize("kind", KINDS)
def test_features_fit_the_generator_at_its_deeper_levels(kind: Kind) -> None:
    it, mixture = model(kind), torch.randn(2, 1, 320 * 32) * 0.1
    estimate, features = it.condition(mixture)
    assert estimate.shape == (2, 128, 32)
    for feature, width, reduction in zip(features, it.config.feature_widths, it.config.reductions, strict=True):
        assert feature.shape == (2, width, 32 // reduction)
    assert it.generator(torch.randn(2, 128, 32), torch.tensor([0.1, 0.9]), estimate, features).shape == (2, 128, 32)
    assert bool(estimate.any()) is it.config.estimates


def test_conditioner_a_is_the_pooled_copy_of_the_codecs_encoder() -> None:
    it, mixture = model("encoder"), torch.randn(1, 1, 320 * 32) * 0.1
    _, features = it.condition(mixture)
    latents = it.latents(mixture)
    torch.testing.assert_close(features[0], latents, msg="level 0 would hear the mixture's latents whole")
    torch.testing.assert_close(features[1], latents.unflatten(2, (-1, it.config.reductions[1])).mean(-1))
    encoder: Any = it.codec.encoder
    copied = next(it.conditioner.parameters())
    copied.data += 1
    assert not torch.equal(copied, next(encoder.parameters())), "a copy: training it leaves the codec alone"
    assert not hasattr(it.conditioner.codec, "decoder")


@pytest.mark.parametrize("kind", KINDS)
def test_every_level_can_be_injected(kind: Kind) -> None:
    config = replace(PRESETS["tiny"], conditioner_kind=kind, inject=(0, 1))
    it, mixture = Model(SpectralCodec(SMALL), config), torch.randn(1, 1, 320 * 16) * 0.1
    torch.nn.init.normal_(it.generator.head.weight)  # a fresh one is zero
    z, t = torch.randn(1, 128, 16), torch.tensor([0.5])
    estimate, features = it.condition(mixture)
    outputs = [
        it.generator(z, t, estimate, [f + (level == k) for level, f in enumerate(features)]) for k in range(-1, 2)
    ]
    levels = len(features)
    assert all(not torch.equal(outputs[0], other) for other in outputs[1 : levels + 1])


def test_stage_one_leaves_a_frozen_and_stage_two_trains_it() -> None:
    mixture, vocals = torch.randn(2, 2, 1, 320 * 16) * 0.1
    stages: tuple[tuple[Stage, bool], ...] = (("generator", False), ("joint", True))
    for stage, learns in stages:
        it = model("encoder")
        torch.nn.init.normal_(it.generator.head.weight)  # a fresh one is zero and passes no gradient on
        it.conditioner.requires_grad_(learns)
        parts = losses(it, mixture, vocals, DiffusionRecipe(stage, 1))
        assert "velocity" in parts
        torch.stack(list(parts.values())).sum().backward()
        touched = [p.grad is not None and bool(p.grad.any()) for p in it.conditioner.parameters()]
        assert any(touched) is learns


def test_both_auxiliary_losses_pull_b_toward_the_target() -> None:
    it = model("autoencoder")
    mixture, vocals = torch.randn(2, 2, 1, 320 * 16) * 0.1
    optimiser = torch.optim.Adam(it.conditioner.parameters(), 3e-3)
    conditioner: Any = it.conditioner
    heads = (conditioner.bottleneck_head.weight, conditioner.head.weight)
    curve = []
    for _ in range(12):
        own, _, estimated = it.conditioner.learn(mixture, vocals, it.latents)
        optimiser.zero_grad()
        own.backward()
        assert all(head.grad is not None and head.grad.any() for head in heads)
        optimiser.step()
        curve.append(float(own.detach()))
    assert curve[-1] < 0.8 * curve[0]
    assert not estimated().requires_grad


@pytest.mark.parametrize("kind", KINDS)
def test_paper_conditioners_are_saved_and_loaded(kind: Kind, tmp_path: Path) -> None:
    it = model(kind).eval()
    presets = {q: Preset(steps=2) for q in ("draft", "standard", "high")}
    card = Card(
        name="t", version="0", description="", licence="", commercial_use=False, quality=presets,
        codec=it.codec.card_entry, net=it.config.to_dict(), files={},
    )  # fmt: skip
    save_model(it, card, tmp_path / "m")
    again, _ = load_model(tmp_path / "m")
    mixture = torch.randn(1, 1, 320 * 16) * 0.1
    for actual, expected in zip(again.condition(mixture)[1], it.condition(mixture)[1], strict=True):
        torch.testing.assert_close(actual, expected, rtol=0.02, atol=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_paper_conditioners_have_the_papers_sizes(kind: Kind) -> None:
    with torch.device("meta"):
        config = replace(PRESETS["S"], conditioner_kind=kind)
        from core.nets.unet import Generator

        generator = Generator(config)
    assert sum(p.numel() for p in generator.parameters()) > 20e6
