"""`voicelift train pool | codec | net | card`: the steps from recordings to a model folder, the net in legs."""

import argparse
import json
from pathlib import Path

import torch

from core.card import load_card
from core.checkpoint import load_model, save_model
from core.codec.encodec import OfficialEncodec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from core.training.build_pool import build_pool
from core.training.codec import CodecRecipe, train_codec
from core.training.diffusion import DiffusionRecipe
from core.training.mixtures import ALL_MIXTURES, OPEN_MIXTURES, Mixtures
from core.training.pool import Pool
from core.training.train import load_codec, new_card, new_model, run_leg

# Sizes of the spectral codec by the preset of the network over it; the larger ones share the shipped codec's.
TINY_CODEC = SpectralConfig(encoder_width=32, encoder_blocks=1, decoder_width=48, decoder_blocks=1)
CODECS = {preset: TINY_CODEC if preset == "tiny" else SpectralConfig() for preset in PRESETS}


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `train` to the commands of `voicelift`."""
    parser = sub.add_parser("train", help="train a codec or a network")
    steps = parser.add_subparsers(dest="what", required=True, metavar="WHAT")

    pool = steps.add_parser("pool", help="decode every recording once to 24 kHz")
    pool.add_argument("--root", type=Path, default=Path("../shared/audio"), help="folder with splits.json")
    pool.add_argument("--out", type=Path, required=True)

    codec = steps.add_parser("codec", help="train the spectral codec")
    codec.add_argument("--pool", type=Path, required=True)
    codec.add_argument("--preset", choices=sorted(PRESETS), default="small", help="the network it is for")
    codec.add_argument("--steps", type=int, default=CodecRecipe.steps)
    codec.add_argument("--out", type=Path, required=True, help="file for the codec's state")

    net = steps.add_parser("net", help="train one leg of the conditioner and generator")
    net.add_argument("--pool", type=Path, required=True)
    start = net.add_mutually_exclusive_group(required=True)
    start.add_argument("--codec", type=Path, help="start anew over this trained codec")
    start.add_argument("--encodec", action="store_true", help="start anew over official EnCodec 24 kHz (its weights)")
    start.add_argument("--start", type=Path, help="continue from this model folder")
    net.add_argument("--preset", choices=sorted(PRESETS), default="small")
    net.add_argument("--name", default="voicelift-small")
    net.add_argument("--version", default="0.1.0")
    net.add_argument("--stage", choices=["estimate", "joint"], required=True)
    net.add_argument("--steps", type=int, required=True)
    net.add_argument("--batch", type=int, default=DiffusionRecipe.batch)
    net.add_argument("--frames", type=int, default=256, help="length of a training segment, in latent frames")
    net.add_argument("--learning-rate", type=float, default=DiffusionRecipe.learning_rate)
    net.add_argument("--inject", help="generator levels that receive the mixture, as 1,2,3 (default: the deeper ones)")
    net.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    net.add_argument("--open", action="store_true", help="train on the pools that may be used for anything, alone")
    net.add_argument("--seed", type=int, default=0, help="of this leg's data; take another for every leg")
    net.add_argument("--out", type=Path, required=True, help="model folder to write")

    card = steps.add_parser("card", help="set fields of a model's card, such as its licence and presets")
    card.add_argument("--model", type=Path, required=True)
    card.add_argument("--fields", type=Path, required=True, help="JSON file of card fields to replace")


def run(args: argparse.Namespace) -> int:
    torch.manual_seed(0)
    match args.what:
        case "pool":
            build_pool(args.root, args.out)
        case "codec":
            args.out.parent.mkdir(parents=True, exist_ok=True)
            train_codec(SpectralCodec(CODECS[args.preset]), Pool(args.pool), CodecRecipe(steps=args.steps), args.out)
        case "net":
            _train_net(args)
        case "card":
            model, card = load_model(args.model)
            save_model(model, card.model_copy(update=_validated(args.model, args.fields)), args.model)
    return 0


def _train_net(args: argparse.Namespace) -> None:
    if args.frames % PRESETS[args.preset].generator.reduction:
        raise InvalidOptions(f"--frames must be a multiple of {PRESETS[args.preset].generator.reduction}.")
    recipe = DiffusionRecipe(
        stage=args.stage,
        steps=args.steps,
        batch=args.batch,
        segment=SpectralConfig.hop * args.frames,
        learning_rate=args.learning_rate,
        seed=args.seed,
    )
    mixtures = OPEN_MIXTURES if args.open else ALL_MIXTURES
    if args.start:
        run_leg(args.pool, args.start, None, recipe, args.out, mixtures, args.device)
        return
    codec = OfficialEncodec("24khz") if args.encodec else load_codec(args.codec, CODECS[args.preset])
    inject = _levels(args) if args.inject else None
    model = new_model(codec, args.preset, Mixtures(Pool(args.pool), mixtures), inject)
    card = new_card(model, args.name, args.version)
    run_leg(args.pool, model, card, recipe, args.out, mixtures, args.device)


def _levels(args: argparse.Namespace) -> tuple[int, ...]:
    deepest = len(PRESETS[args.preset].generator.channels) - 1
    try:
        levels = tuple(int(level) for level in args.inject.split(","))
    except ValueError:
        levels = (-1,)
    if not all(0 <= level <= deepest for level in levels):
        raise InvalidOptions(f"--inject takes levels from 0 to {deepest}, as 1,2,3.")
    return levels


def _validated(model_dir: Path, fields: Path) -> dict[str, object]:
    """The fields as the card's own types; a wrong one is refused before anything is written."""
    wanted = json.loads(fields.read_text())
    card = load_card(model_dir)
    merged = type(card).model_validate({**card.model_dump(), **wanted})
    return {name: getattr(merged, name) for name in wanted}
