"""`voicelift study NAME`: answer a question of the paper, as far as local recordings and model allow."""

import argparse
import sys
import time
from pathlib import Path

from cli.installed import default_model, require
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from lab.study import catalogue
from lab.study.budget import Budget

HELP = "repeat a study of the paper: table, plot and JSON"
PACKAGES = ("torch", "scipy", "auraloss", "matplotlib", "tqdm")
LIST = "list"


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `study` to the commands of `voicelift`."""
    parser = sub.add_parser(
        "study",
        help=HELP,
        description=f"{HELP}. Writes OUT/NAME/table.md, results.json and plot.png. Can be interrupted: finished "
        "cells are in OUT/NAME/cells.jsonl and are not computed again.",
    )
    parser.add_argument("name", metavar="NAME", choices=[LIST, *catalogue.TITLES], help=f"a study, or {LIST}")
    parser.add_argument("--quick", action="store_true", help="tiny input: tests the study, measures nothing")
    parser.add_argument("--out", type=Path, help="output folder (default: out/study; out/study-quick with --quick)")
    parser.add_argument("--model", type=Path, default=default_model(), help="model folder")
    parser.add_argument("--root", type=Path, help="folder with splits.json and its recordings, for the studies' sets")
    parser.add_argument(
        "--folder", type=Path, help="measure on these pairs (or MUSDB18-HQ) instead of the sets in --root"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="maximum clips per set; overrides the study")
    parser.add_argument("--sets", default="", metavar="SET,...", help="only these sets of the study, as musdb7,mir1k")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or auto")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        type=_peer,
        metavar="NAME=FOLDER",
        help="for `peers`: another system's vocals, one recording CLIP.* per clip; repeatable",
    )
    budget = Budget()
    training = parser.add_argument_group(f"studies that train ({', '.join(catalogue.TRAINING)})")
    training.add_argument("--train-pool", type=Path, default=budget.pool, help="output of `voicelift train pool`")
    training.add_argument("--preset", choices=PRESETS, default=budget.preset, help=f"sizes (default: {budget.preset})")
    training.add_argument("--steps", type=int, help="training time per network or codec; overrides the study")
    training.add_argument("--batch", type=int, default=budget.batch, help=f"segments (default: {budget.batch})")
    training.add_argument(
        "--frames", type=int, default=budget.frames, help=f"frames per segment (default: {budget.frames})"
    )
    training.add_argument("--seed", type=int, default=budget.seed, help="seed of weights, data and noise")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one study and print its table.

    Raises:
        VoiceliftError: the model, a recording or an option cannot be used.
    """
    if args.name == LIST:
        for name, title in catalogue.TITLES.items():
            print(f"{name:<16} {title}")
        return 0
    require(f"study {args.name}", PACKAGES)
    if args.limit is not None and args.limit < 1:
        raise InvalidOptions("--limit must be at least 1.")
    from lab.study.outcome import write
    from lab.study.run import Run

    out = args.out or Path("out/study-quick" if args.quick else "out/study")
    study = catalogue.find(args.name)
    started = time.monotonic()
    with Run(
        name=args.name,
        out=out / args.name,
        model_dir=args.model,
        root=args.root,
        folder=args.folder,
        quick=args.quick,
        limit=args.limit,
        sets=tuple(name.strip() for name in args.sets.split(",") if name.strip()),
        device=args.device,
        threads=args.threads,
        budget=_budget(args),
        peers=dict(args.peer),
    ) as work:
        print(write(work, catalogue.TITLES[args.name], study(work)))
    print(f"{time.monotonic() - started:.0f} s. {out / args.name}: table.md, results.json, plot.png", file=sys.stderr)
    return 0


def _budget(args: argparse.Namespace) -> Budget:
    """The budget of studies that train. Raises InvalidOptions for an invalid one."""
    for name in ("steps", "batch", "frames"):
        number = getattr(args, name)
        if number is not None and number < 1:
            raise InvalidOptions(f"--{name} must be at least 1.")
    budget = Budget(args.train_pool, args.preset, args.steps, args.batch, args.frames, seed=args.seed)
    return budget.quick() if args.quick else budget


def _peer(text: str) -> tuple[str, Path]:
    """`NAME=FOLDER`. Raises ValueError for anything else."""
    name, folder = text.split("=", 1)
    return name, Path(folder)
