"""Muon compared with torch.optim.Muon, which accepts only matrices and computes in bfloat16."""

import copy

import pytest
import torch

from lab.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(16, 24, 3), (64, 16), (16, 8, 3, 3)])
@pytest.mark.parametrize(
    ("precision", "nearness"), [(torch.float32, 0.03), (torch.bfloat16, 0.0)], ids=["float32", "bfloat16"]
)
def test_updates_equal_those_of_the_library(shape: tuple[int, ...], precision: torch.dtype, nearness: float) -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(shape))
    before = weight.detach().flatten(1).clone()
    expected = torch.nn.Parameter(before.clone())
    muon = Muon([{"params": [weight]}], lr=0.02, precision=precision)
    library = torch.optim.Muon([expected], lr=0.02)
    for _ in range(4):
        weight.grad = torch.randn(shape)
        expected.grad = weight.grad.flatten(1).clone()
        muon.step()
        library.step()
    distance = (weight.detach().flatten(1) - expected.detach()).norm() / (expected.detach() - before).norm()
    assert distance <= nearness + 1e-6


def test_parameters_without_gradient_do_not_change_and_the_state_is_restored() -> None:
    torch.manual_seed(0)
    moved, unused = (torch.nn.Parameter(torch.ones(16, 16)) for _ in range(2))
    muon = Muon([{"params": [moved, unused]}], lr=0.1)
    moved.grad = torch.randn(16, 16)
    muon.step()
    assert torch.equal(unused, torch.ones(16, 16))

    again = torch.nn.Parameter(moved.detach().clone())
    restored = Muon([{"params": [again, torch.nn.Parameter(torch.ones(16, 16))]}], lr=0.1)
    restored.load_state_dict(copy.deepcopy(muon.state_dict()))
    moved.grad = torch.randn(16, 16)
    again.grad = moved.grad.clone()
    muon.step()
    restored.step()
    assert torch.equal(moved, again)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_singular_values_are_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape) * 1e-3))
    assert 0.6 < values.min() <= values.max() < 1.3
