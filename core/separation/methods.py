"""Which Method separates with a model: by its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.card import Card
from core.checkpoint import load_estimator, load_model, verify_files
from core.separation.batches import halve
from core.separation.combination import Combination
from core.separation.diffusion import Diffusion
from core.separation.estimation import Estimation
from core.separation.method import Method
from core.separation.refinement import Refinement
from core.separation.transfer import Transfer


def load_method(model_dir: Path, card: Card, transfer: Transfer, gpu_batches: Sequence[int]) -> Method[Any]:
    """The model of a folder, on the transfer's device. Raises CheckpointError."""
    if card.combined:
        verify_files(model_dir, card)
        return Combination([_diffusion(model_dir / stem, transfer, gpu_batches) for stem in card.stems[:-1]], card)
    if card.estimator is None:
        return _diffusion(model_dir, transfer, gpu_batches)
    if card.net:
        return Refinement(load_model(model_dir, transfer.device)[0], card, transfer)
    return Estimation(load_estimator(model_dir, transfer.device), card, transfer)


def _diffusion(model_dir: Path, transfer: Transfer, gpu_batches: Sequence[int]) -> Diffusion:
    model, card = load_model(model_dir, transfer.device)
    if transfer.device.type != "cuda":
        return Diffusion(model, card, transfer)
    halve(model)
    return Diffusion(model, card, transfer, gpu_batches)
