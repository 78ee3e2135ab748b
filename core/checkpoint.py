"""Checkpoints: a folder with card.json and safetensors files, verified by sha256 before use.

    MODEL/card.json                 description (core/card.py), with the sha256 of every weight file
    MODEL/codec.safetensors         codec (absent for official EnCodec, whose weights may not be distributed)
    MODEL/conditioner.safetensors   latent norm and conditioner
    MODEL/generator.safetensors     generator
    MODEL/...                       another project's network, which the card's `estimator` describes: alone, or with
                                    the three above, whose generator was trained over it

Weights are stored in half precision and used in float32 on a CPU.
"""

import importlib
import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.card import CARD_NAME, Card, load_card
from core.codec.base import Codec
from core.codec.load import build_codec
from core.codec.normalise import LatentNorm
from core.digest import sha256
from core.errors import CheckpointError
from core.nets.conditioner import Conditioner
from core.nets.conditioner_a import EncoderConditioner
from core.nets.conditioner_b import AutoencoderConditioner
from core.nets.config import NetConfig
from core.nets.estimator import Estimator
from core.nets.outside import OutsideConditioner, Vocals
from core.nets.unet import Generator

# File -> the parts of Model in it.
FILES = {
    "codec.safetensors": ("codec.",),
    "conditioner.safetensors": ("latent_norm.", "conditioner."),
    "generator.safetensors": ("generator.",),
}
CODEC_FILE = "codec.safetensors"
AnyConditioner = Conditioner | EncoderConditioner | AutoencoderConditioner | OutsideConditioner
ESTIMATORS = {  # kind -> the adapter, imported with its package on use
    "htdemucs": "core.nets.htdemucs",
    "melband_roformer": "core.nets.melband_roformer",
}


class Model(nn.Module):
    """All parts of a separation: codec, latent norm, conditioner, generator."""

    def __init__(self, codec: Codec, config: NetConfig) -> None:
        super().__init__()
        if config.dim != codec.dim:
            raise CheckpointError(f"the network expects {config.dim} latent dims, the codec has {codec.dim}")
        reduction = math.prod(config.generator.factors[: config.first_conditioned + 1])
        if config.conditioner_kind == "mask" and config.mask.hop != codec.hop * reduction:
            raise CheckpointError(
                f"the conditioner's hop is {config.mask.hop} samples, its generator level's {codec.hop * reduction}"
            )
        self.config = config
        self.codec = codec
        self.latent_norm = LatentNorm(config.dim)
        self.conditioner: AnyConditioner = _build_conditioner(config, codec)
        self.generator = Generator(config)

    def latents(self, wav: Tensor, codec: nn.Module | None = None) -> Tensor:
        """Audio `[B, 1, T]` to normalised latents `[B, D, F]`, by the model's codec or by a trained copy of it.

        A codec of two channels gets the same audio in both.
        """
        with torch.autocast(wav.device.type, enabled=False):  # targets keep their precision in training
            encoder = self.codec if codec is None else cast(Codec, codec)
            normalised: Tensor = self.latent_norm(encoder.encode(wav.expand(-1, encoder.channels, -1)))
        return normalised

    def condition(self, mixture: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(Estimate `[B, D, F]`, features per level) of a channel and its neighbour `[B, config.input_channels, T]`, or
        of that channel alone `[B, 1, T]`."""
        return self.conditioner(mixture, self.latents)

    def decode(self, x: Tensor) -> Tensor:
        """Normalised latents `[B, D, F]` to audio `[B, 1, T]`."""
        return self.codec.decode(self.latent_norm.inverse(x)).mean(1, keepdim=True)


def _build_conditioner(config: NetConfig, codec: Codec) -> AnyConditioner:
    match config.conditioner_kind:
        case "mask":
            return Conditioner(config)
        case "encoder":
            return EncoderConditioner(config, codec)
        case "autoencoder":
            return AutoencoderConditioner(config)
        case "estimator":
            return OutsideConditioner(config)


def load_model(model_dir: Path, device: torch.device | str = "cpu") -> tuple[Model, Card]:
    """The model of a checkpoint folder, ready for inference, and its card.

    Raises:
        CheckpointError: no card, a missing or altered file, or weights that do not fit the card.
        CodecWeightsMissing: the codec is EnCodec and its official weights are missing.
    """
    card = load_card(model_dir)
    names = weight_files(card)
    kind = card.net.get("conditioner_kind", "mask")
    if card.guide == "estimate" and kind not in ("mask", "estimator"):
        raise CheckpointError(f"The card in {model_dir} guides the masks by an estimate, but its model has none.")
    if set(card.files) - set(estimator_files(card)) != set(names):
        raise CheckpointError(f"The card in {model_dir} must name exactly these weight files: {', '.join(names)}.")
    verify_files(model_dir, card)
    try:
        model = Model(build_codec(card.codec), NetConfig.from_dict(card.net))
        if isinstance(model.conditioner, OutsideConditioner):
            model.conditioner.vocals = load_vocals(model_dir, model.codec.sample_rate)
        else:
            _check_geometry(model, card)
        state: dict[str, Tensor] = {}
        for name in names:
            state |= {key: _usable(value) for key, value in load_file(model_dir / name).items()}
        missing, unexpected = model.load_state_dict(state, strict=False)
        shipped = tuple(prefix for name in names for prefix in FILES[name])
        wrong = [key for key in missing if key.startswith(shipped)] + list(unexpected)
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError, OSError, SafetensorError) as error:
        raise CheckpointError(f"The weights in {model_dir} do not fit their card: {error}") from error
    if wrong:
        raise CheckpointError(f"The weights in {model_dir} do not fit their card: {', '.join(wrong[:4])}")
    return model.to(device).eval().requires_grad_(False), card


def load_estimator(model_dir: Path, device: torch.device | str = "cpu") -> Estimator:
    """The third-party network of a checkpoint folder, ready for inference.

    Raises:
        CheckpointError: see load_model; or its package is not installed.
    """
    card = load_card(model_dir)
    facts = card.estimator or {}
    adapter = ESTIMATORS.get(facts.get("kind", ""))
    if adapter is None:
        raise CheckpointError(f"{model_dir} needs an estimator of the kind {facts.get('kind')!r}. Update Voicelift.")
    verify_files(model_dir, card)
    files = [model_dir / name for name in estimator_files(card)]
    estimator: Estimator = importlib.import_module(adapter).load(files, facts)
    if not set(card.stems[:-1]) <= set(estimator.stems):
        stems = ", ".join(estimator.stems)
        raise CheckpointError(f"The weights in {model_dir} do not fit their card: their stems are {stems}.")
    return estimator.to(device)


def load_vocals(model_dir: Path, rate: int) -> Vocals:
    """The vocals of the network of another project, for a conditioner at `rate`. Raises CheckpointError."""
    card, estimator = load_card(model_dir), load_estimator(model_dir)
    return Vocals(estimator, rate, [model_dir / name for name in estimator_files(card)])


def estimator_files(card: Card) -> list[str]:
    """The files that hold the weights of another project's network."""
    return [] if card.estimator is None else [name for name in card.files if name not in FILES]


def weight_files(card: Card) -> list[str]:
    """The weight files of this card: without the codec's if its publisher distributes them."""
    publishers = card.codec.get("kind") == "encodec" and card.codec.get("pretrained", True)
    return [name for name in FILES if name != CODEC_FILE or not publishers]


def _check_geometry(model: Model, card: Card) -> None:
    codec, unet = model.codec, model.config.generator
    if card.sample_rate != codec.sample_rate:
        raise ValueError(f"the card has {card.sample_rate} Hz, its codec {codec.sample_rate} Hz")
    if card.samples_per_chunk % (codec.hop * unet.reduction):
        raise ValueError(
            f"chunks of {card.geometry.frames} frames are not a multiple of the network's {unet.reduction}"
        )


def save_model(model: Model, card: Card, model_dir: Path) -> Card:
    """Write weights (half precision) and card; returns the card with the files' sha256.

    The folder is replaced atomically, so a training run killed here keeps its model; other files in it are kept.
    """
    model_dir.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{model_dir.name}-", dir=model_dir.parent))
    fresh.chmod(0o755)
    names = weight_files(card)
    if model_dir.is_dir():
        for other in model_dir.iterdir():
            if other.name not in (*names, CARD_NAME):
                shutil.copy2(other, fresh)
    if isinstance(model.conditioner, OutsideConditioner):
        for file in model.conditioner.vocals.files:
            if not (fresh / file.name).exists():
                shutil.copy2(file, fresh)
    state = model.state_dict()
    for name in names:
        part = {key: _storable(key, value) for key, value in state.items() if key.startswith(FILES[name])}
        save_file(part, fresh / name)
        (fresh / name).chmod(0o644)  # safetensors makes them readable by their owner only
    kept = {name: card.files[name] for name in estimator_files(card)}
    card = card.model_copy(update={"files": kept | {name: sha256(fresh / name) for name in names}})
    write_card(fresh, card)
    put_in_place(fresh, model_dir)
    return card


def write_card(model_dir: Path, card: Card) -> None:
    """Write card.json."""
    text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
    (model_dir / CARD_NAME).write_text(text + "\n")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `folder` at the end; nothing remains of it after an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place:
        fresh = Path(place, "model")
        fresh.mkdir()
        yield fresh
        put_in_place(fresh, folder)


def put_in_place(fresh: Path, folder: Path) -> None:
    """Replace the folder by `fresh`, which lies next to it, and delete the old one."""
    if folder.exists():
        old = folder.rename(fresh.with_name(fresh.name + "-old"))
        fresh.rename(folder)
        shutil.rmtree(old)
    else:
        fresh.rename(folder)


def _storable(name: str, value: Tensor) -> Tensor:
    """Half precision, except for measured statistics, which are tiny and set every scale."""
    kept = "latent_norm" in name or "running_" in name or not value.is_floating_point()
    return value.contiguous() if kept else value.half().contiguous()


def _usable(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def verify_files(model_dir: Path, card: Card) -> None:
    """Raises CheckpointError for a missing or altered file of the card."""
    for name, expected in card.files.items():
        verify(model_dir / name, expected)


def verify(path: Path, expected: str) -> None:
    """Raises CheckpointError for a missing file or one that differs from the card."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: the checkpoint is incomplete. Copy the whole folder again.")
    if sha256(path) != expected:
        raise CheckpointError(f"The sha256 of {path} differs from its card. Copy it again.")
