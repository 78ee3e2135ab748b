"""Official EnCodec (package `encodec`) as a continuous codec: encoder and decoder, no quantiser ("NQ") [P].

The publisher's weights are not bundled. They load from a local file if there is one, otherwise by the package's
download; both are checked by the sha256 in the file's name, with `weights_only=True`.

The 48 kHz model normalises each segment by its level. At inference the vocals' level is unknown, so the caller brings
mixture and target to the mixture's level, and no normalisation happens here.

[P], [C], [I] and [D]: docs/method.md.
"""

import importlib.machinery
import importlib.util
import os
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.codec.base import Codec
from core.digest import sha256
from core.errors import CodecWeightsMissing

Variant = Literal["24khz", "48khz"]
WEIGHTS = {"24khz": "encodec_24khz-d7cc33bc.th", "48khz": "encodec_48khz-7e698e3e.th"}
FOLDER_VARIABLE = "VOICELIFT_ENCODEC_DIR"


@contextmanager
def older_weight_norm() -> Iterator[None]:
    """Encodec builds modules with the deprecated weight norm of torch; users cannot act on its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def import_encodec() -> Any:
    """The `encodec.model` module, with a stub for torchaudio where that is unavailable.

    `encodec` imports torchaudio. Its models do not use it, and its discriminator (training only) uses one plain STFT.
    torchaudio's wheel is linked to CUDA and cannot load with a CPU-only torch. Only this function handles its absence.
    """
    if "torchaudio" not in sys.modules and importlib.util.find_spec("torchaudio") is None:
        stand_in = types.ModuleType("torchaudio")
        stand_in.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
        stand_in.__doc__ = "Stands in for torchaudio: encodec imports it and voicelift uses nothing of it."
        stand_in.transforms = types.SimpleNamespace(Spectrogram=_Spectrogram)  # type: ignore[attr-defined]
        sys.modules["torchaudio"] = stand_in
    import encodec.model

    return encodec.model


class _Spectrogram(nn.Module):
    """torchaudio's class of that name as `encodec.msstftd` uses it: complex, normalised by the window's energy."""

    window: Tensor

    def __init__(self, n_fft: int, hop_length: int, win_length: int, **_: Any) -> None:
        super().__init__()
        self.n_fft, self.hop_length, self.win_length = n_fft, hop_length, win_length
        self.register_buffer("window", torch.hann_window(win_length))

    def forward(self, wav: Tensor) -> Tensor:
        """`[B, C, T]` to complex `[B, C, n_fft / 2 + 1, frames]`."""
        flat = wav.flatten(0, 1)
        spectra = torch.stft(
            flat, self.n_fft, self.hop_length, self.win_length, self.window, center=False, return_complex=True
        )
        return spectra.unflatten(0, wav.shape[:2]) / self.window.square().sum().sqrt()


class OfficialEncodec(Codec):
    """EnCodec 24 kHz (mono, 75 frames a second) or 48 kHz (stereo, 150).

    Args:
        variant: "24khz" or "48khz".
        folder: folder of the weight file; default: the environment's VOICELIFT_ENCODEC_DIR, then torch's cache.
        pretrained: False gives the architecture with random weights (tests, training from scratch).

    Raises:
        CodecWeightsMissing: the weights are not in the folder and cannot be downloaded.
    """

    def __init__(self, variant: Variant = "24khz", folder: Path | None = None, pretrained: bool = True) -> None:
        super().__init__()
        self.variant, self.pretrained = variant, pretrained
        factory = import_encodec().EncodecModel
        build = {"24khz": factory.encodec_model_24khz, "48khz": factory.encodec_model_48khz}[variant]
        with older_weight_norm():
            full = build(pretrained=False)
        if pretrained:
            full.load_state_dict(load_weights(variant, folder))
        self.encoder, self.decoder = full.encoder, full.decoder
        for module in self.modules():
            # Folding the weight norm makes the encoder several times faster on a CPU; results are the same.
            if hasattr(module, "weight_g"):
                nn.utils.remove_weight_norm(module)
        self.sample_rate, self.channels = full.sample_rate, full.channels
        if full.normalize:  # trained on segments of RMS 1
            self.level = 1.0
        self.hop, self.dim = int(full.encoder.hop_length), int(full.encoder.dimension)

    @property
    def card_entry(self) -> dict[str, Any]:
        """With `pretrained` false the weights are not the publisher's, and are saved with the model."""
        return {"kind": "encodec", "variant": self.variant, **({} if self.pretrained else {"pretrained": False})}

    def encode(self, wav: Tensor) -> Tensor:
        self.check_input(wav)
        z: Tensor = self.encoder(wav)
        return z

    def decode(self, z: Tensor) -> Tensor:
        wav: Tensor = self.decoder(z)
        return wav[..., : z.shape[-1] * self.hop]


def load_weights(variant: Variant, folder: Path | None = None) -> dict[str, Tensor]:
    """The official state dict. Raises CodecWeightsMissing with the file's name and place when it is unavailable."""
    name, places = WEIGHTS[variant], _places(folder)
    here = local_weights(variant, folder)
    if here is not None:
        return _load_verified(here)
    try:
        encodec_model = import_encodec()
        url = encodec_model.ROOT_URL + name
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
        return state
    except (OSError, RuntimeError, AttributeError) as error:
        raise CodecWeightsMissing(
            f"EnCodec's {variant} weights are missing and could not be downloaded ({error}). "
            f"Place the publisher's file {name} in {places[0]}, or name its folder in {FOLDER_VARIABLE}."
        ) from error


def local_weights(variant: Variant, folder: Path | None = None) -> Path | None:
    """The publisher's file on this machine; None: it must be downloaded."""
    candidates = [place / WEIGHTS[variant] for place in _places(folder)]
    return next((path for path in candidates if path.is_file()), None)


def _places(folder: Path | None) -> list[Path]:
    named = folder or (Path(os.environ[FOLDER_VARIABLE]) if FOLDER_VARIABLE in os.environ else None)
    cache = Path(torch.hub.get_dir()) / "checkpoints"
    return [cache] if named is None else [named, cache]


def _load_verified(path: Path) -> dict[str, Tensor]:
    if not sha256(path).startswith(path.stem.split("-")[1]):
        raise CodecWeightsMissing(f"{path} is not the publisher's file (sha256 differs). Download it again.")
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
