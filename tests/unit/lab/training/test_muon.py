"""Muon against the library's own, which takes matrices alone and computes in bfloat16."""

import copy

import pytest
import torch

from lab.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(16, 24, 3), (64, 16), (16, 8, 3, 3)])
@pytest.mark.parametrize(
    ("precision", "nearness"), [(torch.float32, 0.03), (torch.bfloat16, 0.0)], ids=["float32", "bfloat16"]
)
def test_it_moves_as_the_librarys_does(shape: tuple[int, ...], precision: torch.dtype, nearness: float) -> None:
    torch.manual_seed(0)
    ours = torch.nn.Parameter(torch.randn(shape))
    before = ours.detach().flatten(1).clone()
    theirs = torch.nn.Parameter(before.clone())
    muon = Muon([{"params": [ours]}], lr=0.02, precision=precision)
    library = torch.optim.Muon([theirs], lr=0.02)
    for _ in range(4):
        ours.grad = torch.randn(shape)
        theirs.grad = ours.grad.flatten(1).clone()
        muon.step()
        library.step()
    apart = (ours.detach().flatten(1) - theirs.detach()).norm() / (theirs.detach() - before).norm()
    assert apart <= nearness + 1e-6


def test_a_parameter_without_a_gradient_stays_and_a_state_comes_back() -> None:
    torch.manual_seed(0)
    moved, left = (torch.nn.Parameter(torch.ones(16, 16)) for _ in range(2))
    muon = Muon([{"params": [moved, left]}], lr=0.1)
    moved.grad = torch.randn(16, 16)
    muon.step()
    assert torch.equal(left, torch.ones(16, 16))

    again = torch.nn.Parameter(moved.detach().clone())
    restored = Muon([{"params": [again, torch.nn.Parameter(torch.ones(16, 16))]}], lr=0.1)
    restored.load_state_dict(copy.deepcopy(muon.state_dict()))
    moved.grad = torch.randn(16, 16)
    again.grad = moved.grad.clone()
    muon.step()
    restored.step()
    assert torch.equal(moved, again)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_all_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape) * 1e-3))
    assert 0.6 < values.min() <= values.max() < 1.3
