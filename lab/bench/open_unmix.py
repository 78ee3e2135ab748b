"""Open-Unmix (Stöter et al. 2019) by its package, which is optional and has no model adapter."""

import importlib
from collections.abc import Sequence
from typing import Any

import torch

from core.codec.encodec import import_encodec

PACKAGE, RATE = "openunmix", 44100


def networks(targets: Sequence[str], hidden: int = 512) -> dict[str, Any]:
    """Networks by target, with the sizes of the released `umxhq` and random weights."""
    import_encodec()  # openunmix imports torchaudio, which this replaces by a stand-in
    build = importlib.import_module("openunmix.model").OpenUnmix
    return {target: build(nb_bins=2049, hidden_size=hidden, max_bin=1487) for target in targets}


def separator(targets: dict[str, Any], iterations: int, device: torch.device, residual: bool = False) -> Any:
    """The package's separator of waveforms, with `iterations` of its Wiener filter."""
    build = importlib.import_module("openunmix.model").Separator
    return build(targets, niter=iterations, residual=residual, sample_rate=RATE).to(device).eval()
