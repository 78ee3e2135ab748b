"""Checkpoints: a folder with card.json and safetensors files, verified by sha256 before anything is used.

    MODEL/card.json                 what it is (core/card.py), with the sha256 of every weight file
    MODEL/codec.safetensors         the codec's (absent for official EnCodec, whose weights are not ours to ship)
    MODEL/conditioner.safetensors   latent norm and conditioner
    MODEL/generator.safetensors     generator

Weights are stored in half precision and used in float32 on a CPU.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.card import CARD_NAME, Card, load_card
from core.codec.base import Codec
from core.codec.load import build_codec
from core.codec.normalise import LatentNorm
from core.errors import CheckpointError
from core.nets.conditioner import Conditioner
from core.nets.config import NetConfig
from core.nets.unet import Generator

# File -> the parts of Model that it holds.
FILES = {
    "codec.safetensors": ("codec.",),
    "conditioner.safetensors": ("latent_norm.", "conditioner."),
    "generator.safetensors": ("generator.",),
}
CODEC_FILE = "codec.safetensors"


class Model(nn.Module):
    """Everything a separation needs: codec, latent norm, conditioner, generator."""

    def __init__(self, codec: Codec, config: NetConfig) -> None:
        super().__init__()
        if config.dim != codec.dim:
            raise CheckpointError(f"the network expects {config.dim} latent dims, the codec has {codec.dim}")
        self.config = config
        self.codec = codec
        self.latent_norm = LatentNorm(config.dim)
        self.conditioner = Conditioner(config)
        self.generator = Generator(config)

    def latents(self, wav: Tensor) -> Tensor:
        """Audio `[B, C, T]` to normalised latents `[B, D, F]`."""
        normalised: Tensor = self.latent_norm(self.codec.encode(wav))
        return normalised

    def condition(self, mixture: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Mixture audio `[B, C, T]` to (estimate `[B, D, F]`, features per level)."""
        features = self.codec.features(mixture) if self.config.feature_dim else None
        return self.conditioner(self.latents(mixture), features, self.latent_norm)

    def decode(self, x: Tensor) -> Tensor:
        """Normalised latents `[B, D, F]` to audio `[B, C, T]`."""
        return self.codec.decode(self.latent_norm.inverse(x))


def load_model(model_dir: Path, device: torch.device | str = "cpu") -> tuple[Model, Card]:
    """The model of a checkpoint folder, ready for inference, and its card.

    Raises:
        CheckpointError: no card, a file absent or altered, or weights that do not fit the card.
        CodecWeightsMissing: the codec is EnCodec and its official weights are not at hand.
    """
    card = load_card(model_dir)
    for name, expected in card.files.items():
        verify(model_dir / name, expected)
    try:
        model = Model(build_codec(card.codec), NetConfig.from_dict(card.net))
        state: dict[str, Tensor] = {}
        for name in card.files:
            state |= {key: value.float() for key, value in load_file(model_dir / name).items()}
        missing, unexpected = model.load_state_dict(state, strict=False)
        shipped = tuple(prefix for name in card.files for prefix in FILES[name])
        wrong = [key for key in missing if key.startswith(shipped)] + list(unexpected)
    except (TypeError, ValueError, KeyError, RuntimeError, OSError) as error:
        raise CheckpointError(f"The weights in {model_dir} do not fit their card: {error}") from error
    if wrong:
        raise CheckpointError(f"The weights in {model_dir} do not fit their card: {', '.join(wrong[:4])}")
    return model.to(device).eval().requires_grad_(False), card


def save_model(model: Model, card: Card, model_dir: Path) -> Card:
    """Write weights (half precision) and card; returns the card with the files' sha256."""
    model_dir.mkdir(parents=True, exist_ok=True)
    state = model.state_dict()
    names = [name for name in FILES if name != CODEC_FILE or card.codec["kind"] == "spectral"]
    for name in names:
        part = {key: _storable(key, value) for key, value in state.items() if key.startswith(FILES[name])}
        save_file(part, model_dir / name)
    card = card.model_copy(update={"files": {name: sha256(model_dir / name) for name in names}})
    (model_dir / CARD_NAME).write_text(json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
    return card


def _storable(name: str, value: Tensor) -> Tensor:
    """Half precision, but for the latent statistics, which are tiny and set every scale."""
    return value.contiguous() if "latent_norm" in name else value.half().contiguous()


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, expected: str) -> None:
    """Raises CheckpointError when the file is absent or not the one the card names."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: the checkpoint is incomplete. Copy the whole folder again.")
    if sha256(path) != expected:
        raise CheckpointError(f"{path} is not the file its card names (sha256 differs). Copy it again.")
