"""Two processes, as torchrun starts them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.checkpoint import Model
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from lab.training import ranks
from lab.training.diffusion import DiffusionRecipe
from lab.training.loader import Batch
from lab.training.net import NetTrainer
from tests.support.processes import run_two

pytestmark = pytest.mark.slow

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)


def batch() -> Batch:
    generator = torch.Generator().manual_seed(3)
    mixture, vocals = (torch.randn(4, 1, 320 * 16, generator=generator) * 0.1 for _ in range(2))
    return mixture, vocals


def step(data: Batch) -> dict[str, torch.Tensor]:
    """The gradients and weights of conditioner B, which has no batch norm, after one step."""
    torch.manual_seed(0)
    config = replace(PRESETS["tiny"], conditioner_kind="autoencoder")
    model = Model(SpectralCodec(SMALL).requires_grad_(False), config)
    recipe = DiffusionRecipe("estimate", 10, warmup=1, clip=1e9, half="off")
    NetTrainer(model, recipe, lambda _: data).step(1)
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return gradients | {f"{name} after": p.detach() for name, p in model.conditioner.named_parameters()}


def process(rank: int, device: torch.device, folder: Path) -> None:
    assert (ranks.rank(), ranks.world()) == (rank, 2)
    mixture, vocals = (side[2 * rank : 2 * rank + 2] for side in batch())
    torch.save(step((mixture, vocals)), folder / f"{rank}.pt")
    assert ranks.any_of(rank == 1, device)
    assert not ranks.any_of(False, device)


def test_two_processes_take_the_step_of_one_with_the_double_batch(tmp_path: Path) -> None:
    run_two(process, tmp_path)
    one = step(batch())
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    assert first.keys() == second.keys() == one.keys()
    for name in one:
        assert torch.equal(first[name], second[name]), name
        if not name.endswith("after"):
            torch.testing.assert_close(first[name], one[name], rtol=1e-3, atol=1e-6)
        else:  # AdamW's first step is the sign of the gradient, which rounding may flip near zero
            close = torch.isclose(first[name], one[name], rtol=1e-3, atol=1e-5)
            assert close.float().mean() > 0.95, name


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with ranks.joined("auto") as device:
        assert device.type == "cpu"
    for launched in ({}, {"RANK": "0", "LOCAL_RANK": "0"}):
        for name, value in launched.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(InvalidOptions, match=r"The device 'cuda.*is not available"), ranks.joined("cuda"):
            pass


def test_without_torchrun_there_is_one_process() -> None:
    with ranks.joined("cpu") as device:
        assert (ranks.rank(), ranks.world(), device.type) == (0, 1, "cpu")
        assert ranks.any_of(True, device)
