"""The running error of the estimate, which a leg updates and the generator's closed form uses."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from core.checkpoint import Model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.nets.config import PRESETS
from lab.training.diffusion import DiffusionRecipe
from lab.training.net import NetTrainer
from tests.support.processes import run_two

pytestmark = pytest.mark.slow

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)

Kind = Literal["encoder", "autoencoder"]


def trained(kind: Kind, seed: int) -> Model:
    """A model after one step of a joint leg on the batch of `seed`. Conditioner B has no batch norm."""
    torch.manual_seed(0)
    config = replace(PRESETS["tiny"], conditioner_kind=kind, inject=())
    model = Model(SpectralCodec(SMALL).requires_grad_(False), config)
    generator = torch.Generator().manual_seed(seed)
    mixture, vocals = (torch.randn(2, 1, 320 * 16, generator=generator) * 0.1 for _ in range(2))
    NetTrainer(model, DiffusionRecipe("joint", 10, warmup=1, half="off"), lambda _: (mixture, vocals)).step(1)
    return model


def process(rank: int, _: torch.device, folder: Path) -> None:
    torch.save(trained("autoencoder", rank).state_dict(), folder / f"{rank}.pt")


def test_processes_with_different_batches_keep_equal_models(tmp_path: Path) -> None:
    run_two(process, tmp_path)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
    alone = [trained("autoencoder", seed).generator.error for seed in (0, 1)]
    torch.testing.assert_close(first["generator.error"], (alone[0] + alone[1]) / 2)


@pytest.mark.parametrize(("kind", "follows"), [("autoencoder", True), ("encoder", False)])
def test_the_error_stays_one_without_an_estimate(kind: Kind, follows: bool) -> None:
    assert bool((trained(kind, 0).generator.error != 1).any()) == follows
