"""`voicelift train ...`: from recordings to a model folder; a training run is one recipe and one folder."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

from core.card import Card, load_card
from core.checkpoint import load_model, save_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.errors import InvalidOptions
from core.separation.device import find_device
from lab.training import packages, played, ranks, sung
from lab.training.build_pool import build_pool, report
from lab.training.codec_report import dev_clips
from lab.training.codec_report import report as codec_report
from lab.training.codec_split import measure_splits, table
from lab.training.codec_training import load_codec
from lab.training.diffusion import Stage
from lab.training.mixtures import ALL_MIXTURES
from lab.training.pool import Pool
from lab.training.recipe import RunRecipe, read_recipe
from lab.training.speed import measure
from lab.training.train import Run

DEFAULT = Path("recipes/default.toml")
DEV_POOLS = ("musdb7", "mir1k", "songs")


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `train` to the commands of `voicelift`."""
    parser = sub.add_parser("train", help="train a codec or a network")
    steps = parser.add_subparsers(dest="what", required=True, metavar="WHAT")

    pool = steps.add_parser("pool", help="decode every recording once to 24 kHz")
    pool.add_argument(
        "--root",
        type=Path,
        action="append",
        required=True,
        help="folder of training material; repeatable",
    )
    pool.add_argument("--out", type=Path, required=True)

    singing = steps.add_parser("sing", help="generate songs from the syllables of voicebanks, as material for a pool")
    singing.add_argument("--root", type=Path, required=True, help="folder with open/vocals/segments.tsv")
    singing.add_argument("--minutes", type=float, default=60)
    singing.add_argument("--seed", type=int, default=0)
    singing.add_argument("--out", type=Path, required=True, help="folder of songs; its name becomes the pool's")

    playing = steps.add_parser("play", help="generate instrumental pieces with a SoundFont, as material for a pool")
    playing.add_argument("--font", type=Path, default=played.FONT, help=f"the SoundFont (default: {played.FONT})")
    playing.add_argument("--minutes", type=float, default=120)
    playing.add_argument("--seed", type=int, default=0)
    playing.add_argument(
        "--licence", help="licence of the SoundFont, for the pool's report, unless it is the default one"
    )
    playing.add_argument("--credit", help="credits of the SoundFont, likewise")
    playing.add_argument("--out", type=Path, required=True, help="folder of pieces; recipes use the name `played`")

    packages = steps.add_parser("packages", help="collect music without vocals from Debian packages")
    packages.add_argument("packages", nargs="+", metavar="PACKAGE", help="package name (needs apt-get), or a .deb file")
    packages.add_argument("--model", type=Path, default=Path("models/default"), help="vocals detector")
    packages.add_argument("--keep", action="append", default=[], metavar="NAME", help="name in held.tsv to include")
    packages.add_argument("--out", type=Path, required=True, help="two folders of songs: debian, debian_gpl")

    what = steps.add_parser("report", help="print the contents of a pool, by source and licence, as JSON for the card")
    what.add_argument("--pool", type=Path, required=True)

    speed = steps.add_parser(
        "speed", help="measure the speed of making training pairs, and the possible gain of cached latents"
    )
    speed.add_argument("--pool", type=Path, required=True)
    speed.add_argument("--batch", type=int, default=12)
    speed.add_argument("--workers", type=int, default=1, help="loader processes, as data.workers")
    speed.add_argument("--device", default="cpu", help="auto, cpu, cuda, cuda:1, ...")

    net = steps.add_parser(
        "net", help="run a recipe: the codec if it has one, then its legs; resumes an interrupted run"
    )
    _add_recipe(net)
    net.add_argument("--minutes", type=float, help="stop after this time; the same command resumes")
    start = net.add_mutually_exclusive_group()
    start.add_argument("--codec", type=Path, help="use this codec (codec.pt or a model folder) instead of training one")
    start.add_argument("--start", type=Path, help="start from this model folder instead of a fresh network")
    net.add_argument("--estimator", type=Path, help="train the generator over the estimates of this model folder")
    net.add_argument("--stage", choices=get_args(Stage), help="run only the recipe's legs of this stage")

    codec = steps.add_parser("codec", help="train only the codec of a recipe")
    _add_recipe(codec)
    codec.add_argument("--minutes", type=float, help="stop after this time; the same command resumes")
    codec.add_argument("--start", type=Path, help="start from this codec (codec.pt or a model folder)")

    measure = steps.add_parser(
        "codec-report", help="measure the fidelity of a codec per octave, and its response to noise"
    )
    measure.add_argument("--codec", required=True, help="codec.pt, a model folder, or encodec for the publisher's")
    measure.add_argument("--pool", type=Path, required=True)
    measure.add_argument("--clips", type=int, default=16, help="maximum number, from the dev lists")

    split = steps.add_parser("codec-split", help="measure how to split the latent between MDCT and learned dims")
    _add_recipe(split)
    split.add_argument("--linear", default="64,96,112", help="dims of the MDCT to try (default: 64,96,112)")

    card = steps.add_parser("card", help="set fields of a model's card, such as its licence and presets")
    card.add_argument("--model", type=Path, required=True)
    card.add_argument("--fields", type=Path, required=True, help="JSON file of card fields to replace")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=DEFAULT, help="the recipe (default: recipes/default.toml)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--pool", help="as --set data.pool=...")
    parser.add_argument("--target", help="source to separate, such as bass or drums; as --set data.target=...")
    parser.add_argument("--open", action="store_true", help="as --set data.mixtures=open")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="change the recipe, as leg.0.steps=100"
    )


def run(args: argparse.Namespace) -> int:
    match args.what:
        case "pool":
            build_pool(args.root, args.out)
        case "sing":
            sung.generate(args.root, args.out, args.minutes, args.seed)
        case "packages":
            packages.gather(args.packages, args.out, args.model, args.keep)
        case "play":
            fallback = played.LICENCE if args.font == played.FONT else ("not stated", "")
            licence, credit = args.licence or fallback[0], args.credit or fallback[1]
            played.generate(args.font, args.out, args.minutes, licence, credit, args.seed)
        case "report":
            print(json.dumps(report(_pool(args.pool)), indent=2, ensure_ascii=False))
        case "speed":
            if args.batch < 1 or args.workers < 0:
                raise InvalidOptions("--batch must be at least 1, --workers at least 0.")
            pool, device = _pool(args.pool), find_device(args.device)
            speed = measure(pool, ALL_MIXTURES, args.batch, workers=args.workers, device=device)
            print(json.dumps(speed.facts(), indent=2))
        case "net":
            recipe = _recipe(args)
            if args.stage is not None:
                recipe = replace(recipe, leg=tuple(leg for leg in recipe.leg if leg.stage == args.stage))
            if args.estimator is not None and args.start is not None:
                raise InvalidOptions("--start names a model that has its estimator. Leave --estimator out.")
            with ranks.joined(args.device) as device:
                run = Run(recipe, args.out, args.start, args.codec, device, estimator=args.estimator)
                _report_end(args.out, run.train(args.minutes))
        case "codec":
            recipe = _recipe(args)
            if recipe.codec is None or recipe.model.codec not in ("spectral", "seanet"):
                raise InvalidOptions(
                    "The recipe trains no codec: that needs a [codec], and model.codec spectral or seanet."
                )
            with ranks.joined(args.device) as device:
                trained = Run(recipe, args.out, args.start, device=device).codec(recipe.pace(args.minutes))
                _report_end(args.out, trained is not None)
        case "codec-report":
            codec = _codec(args.codec)
            clips = dev_clips(_pool(args.pool), codec.hop, DEV_POOLS, args.clips)
            print("\n".join(codec_report(codec, clips).rows()))
        case "codec-split":
            splits = measure_splits(_recipe(args), _dims(args.linear), args.out, DEV_POOLS, find_device(args.device))
            print("\n".join(table(splits)))
        case "card":
            model, card = load_model(args.model)
            save_model(model, card.model_copy(update=_validated(args.model, args.fields)), args.model)
    return 0


def _recipe(args: argparse.Namespace) -> RunRecipe:
    """The recipe with the changes of the flags; --set takes precedence."""
    flags = {"data.pool": args.pool, "data.target": args.target, "data.mixtures": "open" if args.open else None}
    changes = [f"{name}={json.dumps(value)}" for name, value in flags.items() if value is not None]
    recipe = read_recipe(args.config, [*changes, *args.set])
    _pool(Path(recipe.data.pool))
    return recipe


def _pool(folder: Path) -> Pool:
    if not (folder / "index.json").exists():
        raise InvalidOptions(
            f"There is no pool in {folder}. Create it with: voicelift train pool --root RECORDINGS --out {folder}"
        )
    return Pool(folder)


def _codec(name: str) -> Codec:
    return OfficialEncodec("24khz") if name == "encodec" else load_codec(Path(name))


def _dims(text: str) -> list[int]:
    dims = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if not dims or not all(0 < d < 128 for d in dims) or len(dims) != text.count(",") + 1:
        raise InvalidOptions("--linear takes numbers between 1 and 127, as 64,96,112.")
    return dims


def _report_end(out: Path, finished: bool) -> None:
    if ranks.rank() == 0:
        print(f"{out}: finished" if finished else f"{out}: stopped; the same command resumes")


def _validated(model_dir: Path, fields: Path) -> dict[str, object]:
    """The fields as the card's types; invalid ones are refused before anything is written."""
    card = load_card(model_dir)
    try:
        wanted = json.loads(fields.read_text())
        merged = Card.model_validate({**card.model_dump(), **wanted})
    except (ValueError, TypeError) as error:  # not JSON, not an object, or not valid in a card
        raise InvalidOptions(f"{fields} does not contain fields of a card, as JSON: {error}") from error
    return {name: getattr(merged, name) for name in wanted}
