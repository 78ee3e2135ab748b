"""A small Mel-Band RoFormer with random weights, in its publisher's file format."""

import warnings
from pathlib import Path
from typing import Any

import torch

from core.digest import sha256


def write_melband(folder: Path, patch: Any) -> Any:
    """Write a small Mel-Band RoFormer's checkpoint into `folder`; returns the package's network with its attention.

    `patch`: pytest's monkeypatch, so that the adapter accepts it as the released file.
    """
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
