"""Training of a codec, and its file."""

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import torch

from core.card import CARD_NAME
from core.checkpoint import load_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.codec.load import build_codec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from lab.training.codec import CodecRecipe, CodecTrainer, official_codec
from lab.training.curve import Curve
from lab.training.loop import Pace, Progress, run_loop
from lab.training.pool import Pool
from lab.training.recipe import ModelRecipe, RunRecipe

TINY_CODEC = SpectralConfig(encoder_width=32, encoder_blocks=1, decoder_width=48, decoder_blocks=1)
CODEC_FILE = "codec.pt"


def train_codec(
    recipe: RunRecipe, pool: Pool, out: Path, device: torch.device, pace: Pace, start: Path | None = None
) -> bool:
    """Train the recipe's codec, from `start` if given, to OUT/codec/codec.pt; False if the deadline passed first.

    Raises:
        InvalidOptions: the recipe has no [codec].
    """
    if recipe.codec is None:
        raise InvalidOptions("The recipe has no [codec].")
    place = out / "codec" / CODEC_FILE
    settings = recipe.codec
    torch.manual_seed(settings.seed)
    codec = load_codec(start) if start is not None else new_codec(recipe.model, settings)
    if isinstance(codec, OfficialEncodec):
        codec.pretrained = False  # trained weights differ from the publisher's and must be saved
    trainer = CodecTrainer(codec.requires_grad_(), pool, settings, device)

    def check(progress: Progress, _: Curve) -> None:
        if progress.step == settings.steps:
            save_codec(trainer.ema.model, place)

    return run_loop(trainer, settings.steps, settings.seed, out, "codec", pace, check)


def new_codec(model: ModelRecipe, recipe: CodecRecipe) -> Codec:
    """A new codec of the recipe's kind and sizes; a SEANet may start from the publisher's weights."""
    if model.codec == "seanet":
        return official_codec(recipe)
    sizes = TINY_CODEC if model.preset == "tiny" else SpectralConfig()
    return SpectralCodec(replace(sizes, linear_dims=recipe.linear_dims, learned_dims=recipe.learned_dims))


def save_codec(codec: Codec, path: Path) -> None:
    """Write a trained codec for `load_codec`."""
    fresh = path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"entry": codec.card_entry, "weights": codec.state_dict()}, fresh)
    fresh.replace(path)


def load_codec(path: Path) -> Codec:
    """The codec in a codec.pt or in a model folder.

    Raises:
        InvalidOptions: `path` is neither.
        CheckpointError, CodecWeightsMissing: see core.checkpoint.load_model.
    """
    if (path / CARD_NAME).exists():
        return load_model(path)[0].codec
    invalid = InvalidOptions(f"{path} is not a codec. Name a codec.pt of `voicelift train codec`, or a model folder.")
    if not zipfile.is_zipfile(path):
        raise invalid
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        codec = build_codec(kept["entry"])
        codec.load_state_dict(kept["weights"])
    except (pickle.UnpicklingError, KeyError, TypeError, RuntimeError) as error:
        raise invalid from error
    return codec
