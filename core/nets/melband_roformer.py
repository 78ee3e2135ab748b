"""Mel-Band RoFormer (Wang, Lu and Won 2023): Kimberley Jensen's vocals model, by the package `melband-roformer-infer`.

The publisher distributes the weights as a pickle. Only the released file is opened, identified by its digest, with
PyTorch's loader of tensors alone (`weights_only`), once; the model folder has them as safetensors.
"""

import pickle
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from core.digest import sha256
from core.errors import CheckpointError
from core.nets.estimator import Find, Published

NAME = "melband-roformer-kim-vocals"  # the package's name for it
CHECKPOINT, WEIGHTS = "MelBandRoformer.ckpt", "melband_roformer.safetensors"
DIGEST = "87201f4d31afb5bc79993230fc49446918425574db48c01c405e44f365c7559e"  # of the checkpoint, released in 2024
SIZES: dict[str, int] = {  # of the released network: the publisher's configuration, which the package contains
    "dim": 384,
    "depth": 6,
    "time_transformer_depth": 1,
    "freq_transformer_depth": 1,
    "num_bands": 60,
    "dim_head": 64,
    "heads": 8,
    "mask_estimator_depth": 2,
    "sample_rate": 44100,
    "stft_n_fft": 2048,
    "stft_hop_length": 441,
    "stft_win_length": 2048,
}
MODELS = {
    NAME: Published(
        "Mel-Band RoFormer by Kimberley Jensen: vocals.",
        # The statement of April 2026 is cited there; the songs are described in issue 1 of the author's repository.
        licence="code MIT; weights MIT, as cited from their author in github.com/Blaizzy/mlx-audio/pull/654; the songs "
        "of the training are not named",
        commercial_use=False,
        credits=(
            "Ju-Chiang Wang, Wei-Tsung Lu, Minz Won: Mel-Band RoFormer for Music Source Separation (2023)",
            "Kimberley Jensen: training, on about 1,400 songs, with contributions by aufr33, Anjok and bascurtiz",
            "Phil Wang (lucidrains), Roman Solovyev (ZFTurbo), OpenMIRLab: code",
        ),
        repository="KimberleyJSN/melbandroformer",
        packages=("mel_band_roformer",),
    )
}


class Attend(nn.Module):
    """The package's attention without its choice of kernels, which would change those of the whole process."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(q, k, v)


class MelBand(nn.Module):
    """The package's network, as an Estimator."""

    stems, segment_s = ("vocals",), 8.0

    def __init__(self, network: Any, sample_rate: int) -> None:
        super().__init__()
        self.network, self.sample_rate = network, sample_rate

    def forward(self, mixture: Tensor) -> Tensor:
        """Stereo `[B, 2, T]` to `[B, 1, 2, T]`."""
        vocals: Tensor = self.network(mixture)
        return vocals[:, None]


def take(name: str, find: Find, folder: Path) -> tuple[str, list[str], dict[str, Any]]:  # noqa: ARG001
    """Convert the publisher's checkpoint. See core.nets.estimator.Adapter."""
    file = find(CHECKPOINT)
    if sha256(file) != DIGEST:
        raise CheckpointError(f"{file} is not the released checkpoint, whose sha256 is {DIGEST}. Download it again.")
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        save_file({key: value.contiguous() for key, value in state.items()}, folder / WEIGHTS)
    except (pickle.UnpicklingError, RuntimeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{file} contains more than tensors and is not loaded: {error}") from error
    return DIGEST[:8], [WEIGHTS], {"kind": "melband_roformer", "sizes": SIZES}


def load(files: Sequence[Path], facts: dict[str, Any]) -> MelBand:
    """The model of a card's file and its `estimator`, which has the network's `sizes`.

    Raises CheckpointError: the file is no such network, or the package is not installed."""
    try:
        from mel_band_roformer.mel_band_roformer import Attention, MelBandRoformer
    except ModuleNotFoundError as error:
        raise CheckpointError(
            f"Mel-Band RoFormer needs the package {error.name}, which is not installed. Install it with: pip install "
            "'.[melband]' in Voicelift's folder."
        ) from None
    (file,) = files
    try:
        with warnings.catch_warnings():  # of a transform without a window, of which only the size counts
            warnings.simplefilter("ignore", UserWarning)
            network = MelBandRoformer(stereo=True, num_stems=1, match_input_audio_length=True, **facts["sizes"])
        network.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise CheckpointError(f"{file} is missing.") from None
    except Exception as error:
        # The package checks its arguments by beartype, whose errors share no base class with others.
        raise CheckpointError(f"{file} is not a Mel-Band RoFormer of the sizes in its card: {error}") from error
    for module in network.modules():
        if isinstance(module, Attention):
            module.attend = Attend()
    for mask in network.mask_estimators:  # complex numbers of bfloat16 do not exist
        mask.register_forward_hook(lambda _module, _args, out: out.float())
    return MelBand(network, facts["sizes"]["sample_rate"]).eval().requires_grad_(False)
