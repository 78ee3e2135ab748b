"""HT-Demucs (Rouard, Massa and Defossez 2023) from its publisher's package `demucs` and its publisher's files.

A file is a safetensors with the network's class and arguments in its metadata. The package builds the named class, so a
file that names another than HTDemucs is refused before. A model is a bag: one network, or several, each with a weight
for every stem.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from core.errors import CheckpointError
from core.nets.estimator import Find, Published

KLASS = "demucs.htdemucs.HTDemucs"


def _published(description: str, repository: str) -> Published:
    return Published(
        description,
        # The author's statement on the weights: https://github.com/facebookresearch/demucs/issues/327
        licence="code MIT; weights for research only, as their author says "
        "(github.com/facebookresearch/demucs/issues/327)",
        commercial_use=False,
        credits=(
            "Simon Rouard, Francisco Massa, Alexandre Defossez: Hybrid Transformers for Music Source Separation (2023)",
            "trained on MUSDB18-HQ (Rafii et al.; academic use) and, but for guitar and piano, on 800 songs of Meta's",
        ),
        repository=f"adefossez/{repository}",
        packages=("demucs", "yaml"),
    )


MODELS = {
    "htdemucs": _published("HT-Demucs: vocals, drums, bass, other; one network.", "HTDemucs"),
    "htdemucs_ft": _published(
        "HT-Demucs, four networks, each fine-tuned for one stem: four times as slow.", "HTDemucs-ft"
    ),
    "htdemucs_6s": _published(
        "HT-Demucs: vocals, drums, bass, guitar, piano, other; one network.", "HTDemucs-6sources"
    ),
}


class Bag(nn.Module):
    """The networks of a model and their weights, `[networks, stems]`."""

    weights: Tensor

    def __init__(self, networks: Sequence[Any], weights: Sequence[Sequence[float]] | None) -> None:
        """Raises CheckpointError: the networks have other stems, or weights are missing."""
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.stems, self.sample_rate = tuple(networks[0].sources), int(networks[0].samplerate)
        self.segment_s = min(float(network.segment) for network in networks)
        weights = weights or [[1.0] * len(self.stems)] * len(networks)
        if any(tuple(network.sources) != self.stems for network in networks):
            raise CheckpointError("The networks of this model do not separate the same stems in the same order.")
        if [len(row) for row in weights] != [len(self.stems)] * len(networks):
            raise CheckpointError(f"This model needs {len(networks)} weights for each of {', '.join(self.stems)}.")
        counted = torch.tensor(weights)
        self.register_buffer("weights", counted / counted.sum(0))

    def forward(self, mixture: Tensor) -> Tensor:
        """Stereo `[B, 2, T]` to `[B, S, 2, T]`."""
        if len(self.networks) == 1:
            alone: Tensor = self.networks[0](mixture)
            return alone
        pairs = zip(self.networks, self.weights[:, :, None, None], strict=True)
        return torch.stack([weight * network(mixture) for network, weight in pairs]).sum(0)


def take(name: str, find: Find, folder: Path) -> tuple[str, list[str], dict[str, Any]]:
    """Copy the networks in the publisher's list. See core.nets.estimator.Adapter."""
    import yaml

    listed = find(f"{name}.yaml")
    try:
        bag = yaml.safe_load(listed.read_text())
        signatures = [str(signature) for signature in bag["models"]]
        if not signatures or not all(re.fullmatch(r"\w+", signature) for signature in signatures):
            raise ValueError("invalid network names")
        weights = bag.get("weights")
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{listed} is not the publisher's list of networks: {error}") from error
    files = [f"{signature}.safetensors" for signature in signatures]
    for file in files:
        shutil.copyfile(find(file), folder / file)
    return "-".join(signatures), files, {"kind": "htdemucs", "weights": weights}


def load(files: Sequence[Path], facts: dict[str, Any]) -> Bag:
    """The model of a card's files and its `estimator`, which has the networks' `weights`.

    Raises CheckpointError: a file is not an HT-Demucs file, or the package is not installed."""
    return Bag([_network(file) for file in files], facts.get("weights")).eval().requires_grad_(False)


def _network(file: Path) -> Any:
    try:
        from demucs.hf import load_safetensors_model
    except ModuleNotFoundError as error:
        raise CheckpointError(
            f"HT-Demucs needs the package {error.name}, which is not installed. Install it with: pip install "
            "'.[demucs]' in Voicelift's folder."
        ) from None
    try:
        with safe_open(file, "pt") as opened:
            metadata = opened.metadata() or {}
        if metadata.get("klass") != KLASS or "structure" in metadata:
            raise CheckpointError(f"{file} is not an HT-Demucs file: its metadata does not name the class {KLASS}.")
        return load_safetensors_model(file)
    except FileNotFoundError:
        raise CheckpointError(f"{file} is missing.") from None
    except (SafetensorError, json.JSONDecodeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{file} is not an HT-Demucs file that the package demucs supports: {error}") from error
