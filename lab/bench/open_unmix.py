"""Open-Unmix (Stöter et al. 2019) by its package, which is no dependency and has no adapter: it needs torchaudio."""

import importlib
from collections.abc import Sequence
from typing import Any

import torch

from core.codec.encodec import import_encodec

PACKAGE, RATE = "openunmix", 44100


def networks(targets: Sequence[str], hidden: int = 512) -> dict[str, Any]:
    """Of the released `umxhq`'s sizes, with random weights."""
    import_encodec()  # openunmix, too, imports torchaudio and needs nothing of it here
    build = importlib.import_module("openunmix.model").OpenUnmix
    return {target: build(nb_bins=2049, hidden_size=hidden, max_bin=1487) for target in targets}


def separator(targets: dict[str, Any], iterations: int, device: torch.device, residual: bool = False) -> Any:
    """The package's own way from audio to audio; `iterations` of its Wiener filter."""
    build = importlib.import_module("openunmix.model").Separator
    return build(targets, niter=iterations, residual=residual, sample_rate=RATE).to(device).eval()
