"""Random weights in the publishers' file formats; of HT-Demucs as tools/export_hf.py of `demucs` writes it."""

import json
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from core.digest import sha256

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


def write_melband(folder: Path, patch: Any) -> Any:
    """A small Mel-Band RoFormer's checkpoint into `folder`; the package's own network, in its own attention.

    `patch`: pytest's, by which the adapter takes it for the released one."""
    from mel_band_roformer.mel_band_roformer import MelBandRoformer

    from core.nets import melband_roformer

    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    sizes = {**melband_roformer.SIZES, "dim": 16, "depth": 1, "dim_head": 8, "heads": 2, "mask_estimator_depth": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MelBandRoformer(stereo=True, num_stems=1, match_input_audio_length=True, flash_attn=False, **sizes)
    torch.save(network.state_dict(), folder / melband_roformer.CHECKPOINT)
    patch.setattr(melband_roformer, "SIZES", sizes)
    patch.setattr(melband_roformer, "DIGEST", sha256(folder / melband_roformer.CHECKPOINT))
    patch.setattr(melband_roformer.MelBand, "segment_s", 1.2)
    return network.eval()
