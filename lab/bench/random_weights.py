"""HT-Demucs with random weights in its publisher's file format, as tools/export_hf.py of `demucs` writes it.

Random weights have the same time and memory as trained ones and allow comparisons of outputs, but not of quality.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

SOURCES = ["drums", "bass", "other", "vocals"]
# 1.2 s are 90 frames of the grid; the eight heads of the transformer need 64 channels at the bottom.
SMALL: dict[str, Any] = {"channels": 8, "bottom_channels": 64, "t_layers": 1, "segment": Fraction(6, 5)}
RELEASED: dict[str, Any] = {"bottom_channels": 512, "dconv_mode": 3, "segment": Fraction(39, 5)}


def write_htdemucs(
    folder: Path,
    name: str = "htdemucs",
    weights: list[list[float]] | None = None,
    sources: list[str] | None = None,
    **sizes: Any,
) -> list[Any]:
    """Write the files of a model to `folder`; returns its networks, one per row of `weights`."""
    from demucs.htdemucs import HTDemucs

    folder.mkdir(exist_ok=True)
    networks, signatures = [], [f"{index:08x}" for index in range(len(weights or [[]]))]
    for index, signature in enumerate(signatures):
        torch.manual_seed(index)
        kwargs = {"sources": sources or SOURCES, **(sizes or SMALL)}
        network = HTDemucs(**kwargs).eval()
        metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(kwargs, default=_fraction)}
        save_file(network.state_dict(), folder / f"{signature}.safetensors", metadata)
        networks.append(network)
    listed = f"\nweights: {weights}" if weights else ""
    (folder / f"{name}.yaml").write_text(f"models: {json.dumps(signatures)}{listed}\n")
    return networks


def _fraction(value: Fraction) -> dict[str, Any]:
    return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
