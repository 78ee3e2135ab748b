"""HT-Demucs with random weights in its publisher's file format, as tools/export_hf.py of `demucs` writes it.

They cost the same time and memory as trained ones, and their output compares as well; they tell nothing of the sound.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

SOURCES = ["drums", "bass", "other", "vocals"]
# Seconds of 1.2 are 90 frames of the grid; 64 channels at the bottom for the eight heads of its transformer.
SMALL: dict[str, Any] = {"channels": 8, "bottom_channels": 64, "t_layers": 1, "segment": Fraction(6, 5)}
RELEASED: dict[str, Any] = {"bottom_channels": 512, "dconv_mode": 3, "segment": Fraction(39, 5)}


def write_htdemucs(
    folder: Path,
    name: str = "htdemucs",
    weights: list[list[float]] | None = None,
    sources: list[str] | None = None,
    **sizes: Any,
) -> list[Any]:
    """The files of a model into `folder`; its networks, one for each of `weights`."""
    from demucs.htdemucs import HTDemucs

    folder.mkdir(exist_ok=True)
    made, signatures = [], [f"{index:08x}" for index in range(len(weights or [[]]))]
    for index, signature in enumerate(signatures):
        torch.manual_seed(index)
        kwargs = {"sources": sources or SOURCES, **(sizes or SMALL)}
        network = HTDemucs(**kwargs).eval()
        metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(kwargs, default=_fraction)}
        save_file(network.state_dict(), folder / f"{signature}.safetensors", metadata)
        made.append(network)
    listed = f"\nweights: {weights}" if weights else ""
    (folder / f"{name}.yaml").write_text(f"models: {json.dumps(signatures)}{listed}\n")
    return made


def _fraction(value: Fraction) -> dict[str, Any]:
    return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
