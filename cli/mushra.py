"""`voicelift mushra make | analyse`: a listening test for webMUSHRA, and its analysis."""

import argparse
import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

from cli.installed import require
from core.errors import InvalidOptions


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `mushra` to the commands of `voicelift`."""
    parser = sub.add_parser("mushra", help="create and analyse a listening test")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="make | analyse")

    make = kinds.add_parser("make", help="write a webMUSHRA configuration and its stimuli")
    make.add_argument(
        "clips", type=Path, help="folder of items, each with reference.*, mixture.* and the systems' files"
    )
    make.add_argument("--match", default="*", metavar="GLOB", help="only items whose path matches, such as '*/vocals'")
    make.add_argument("--systems", help="comma-separated; default: all systems that every item has")
    make.add_argument("--items", type=int, metavar="N", help="draw N items at random")
    make.add_argument("--seed", type=int, default=0, help="seed of the draw")
    make.add_argument("--id", default="voicelift", help="name of the test: letters, digits, - and _")
    make.add_argument("--no-training", action="store_true", help="no training page before the test")
    make.add_argument("--out", type=Path, default=Path("out/mushra"), metavar="DIR")

    analyse = kinds.add_parser("analyse", help="screen listeners, compare conditions, plan a larger test")
    analyse.add_argument("ratings", type=Path, nargs="+", help="mushra.csv of webMUSHRA")
    analyse.add_argument("--listener-column", metavar="NAME", help="column that identifies listeners")
    analyse.add_argument("--out", type=Path, default=Path("out/mushra"), metavar="DIR")


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises VoiceliftError for invalid input."""
    require("voicelift mushra", ("scipy", "matplotlib", "pyloudnorm"))
    return run_make(args) if args.kind == "make" else run_analyse(args)


def run_make(args: argparse.Namespace) -> int:
    """Write the test. Raises VoiceliftError for insufficient input."""
    from lab.evaluation import mushra_make

    if not re.fullmatch(r"[A-Za-z0-9_-]+", args.id):
        raise InvalidOptions("--id may contain letters, digits, - and _ only.")
    if args.items is not None and args.items < 1:
        raise InvalidOptions("--items must be at least 1.")
    available = mushra_make.find_items(args.clips, args.match)
    shared = [s for s in available[0].systems if all(s in item.systems for item in available)]
    systems = [s.strip() for s in args.systems.split(",")] if args.systems else shared
    if not systems:
        raise InvalidOptions("The items have no common system. Name the systems with --systems.")
    items = mushra_make.choose(available, args.items, args.seed)
    config = mushra_make.make(items, systems, args.out, args.id, not args.no_training)
    print(f"{len(items)} items, {len(systems)} systems, two anchors and the hidden reference: {config}")
    print(f"Copy {args.out / 'configs'} into webMUSHRA's folder and open it with ?config={config.name}")
    return 0


def run_analyse(args: argparse.Namespace) -> int:
    """Write analysis.json, analysis.md and the plots. Raises VoiceliftError for invalid ratings."""
    from lab.evaluation import mushra_analyse, mushra_report

    ratings, incomplete = mushra_analyse.read_ratings(args.ratings, args.listener_column)
    analysis = mushra_analyse.analyse(ratings, incomplete)
    args.out.mkdir(parents=True, exist_ok=True)
    text = mushra_report.markdown(analysis)
    (args.out / "analysis.md").write_text(text, encoding="utf-8")
    (args.out / "analysis.json").write_text(json.dumps(asdict(analysis), indent=1), encoding="utf-8")
    plots = mushra_report.plots(analysis, ratings, args.out)
    print(text)
    print("Plots: " + ", ".join(str(path) for path in plots), file=sys.stderr)
    return 0
