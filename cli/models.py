"""`voicelift models`: make a model folder from a third-party model, or one with more stems from several models.

The publisher's files are downloaded from the publisher's hub, or read from a folder.
"""

import argparse
import sys
from pathlib import Path

from cli.installed import missing_packages, require
from core.card import Card
from core.combined import combine
from core.errors import CheckpointError, InvalidOptions
from core.nets.estimator import Find
from core.published import add, models
from core.settings import REPOSITORY


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `models` to the commands of `voicelift`."""
    parser = sub.add_parser("models", help="add a third-party model, or combine several models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "create a model folder from another project's model"
    adding = actions.add_parser("add", help=text, description=text)
    adding.add_argument("name", choices=models(), metavar="MODEL", help=", ".join(models()))
    adding.add_argument(
        "--from",
        type=Path,
        dest="source",
        metavar="FOLDER",
        help="folder with the publisher's files (default: download them)",
    )
    adding.add_argument("--to", type=Path, metavar="FOLDER", help="model folder to write (default: models/MODEL)")
    text = "combine models that `voicelift train net --target` trained into one"
    combining = actions.add_parser("combine", help=text, description=f"{text}; the stem `other` is the remainder")
    combining.add_argument("members", nargs="+", type=_member, metavar="STEM=FOLDER", help="vocals=FOLDER first")
    combining.add_argument("--to", type=Path, metavar="FOLDER", required=True, help="model folder to write")
    combining.add_argument("--name", help="name of the model (default: the folder's name)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the folder. Raises InvalidOptions, CheckpointError."""
    if args.action == "combine":
        if len(dict(args.members)) < len(args.members):
            raise InvalidOptions("A stem is named twice.")
        _refuse_existing(args.to)
        card = combine(args.name or args.to.name, dict(args.members), args.to)
        return _report(args.to, card)
    _, published = models()[args.name]
    require("voicelift models add", published.packages)
    folder = args.to or REPOSITORY / "models" / args.name
    _refuse_existing(folder)
    find = _fetching(published.repository) if args.source is None else _within(args.source)
    return _report(folder, add(args.name, find, folder))


def _refuse_existing(folder: Path) -> None:
    if folder.exists():
        raise InvalidOptions(f"{folder} exists. Name another folder with --to, or delete it.")


def _report(folder: Path, card: Card) -> int:
    print(folder)
    print(f"{card.name} {card.version}: {', '.join(card.offered)}. {card.licence}", file=sys.stderr)
    return 0


def _member(text: str) -> tuple[str, Path]:
    """`STEM=FOLDER`. Raises ValueError for anything else."""
    stem, folder = text.split("=", 1)
    return stem, Path(folder)


def _within(folder: Path) -> Find:
    def find(name: str) -> Path:
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder / name} is missing. Use --from with the folder of the publisher's files.")
        return folder / name

    return find


def _fetching(repository: str) -> Find:
    def find(name: str) -> Path:
        try:
            from huggingface_hub import hf_hub_download
        except ModuleNotFoundError as error:
            raise InvalidOptions(missing_packages("voicelift models add", [str(error.name)])) from None
        try:
            return Path(hf_hub_download(repository, name))
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{name} cannot be downloaded from https://huggingface.co/{repository} ({type(error).__name__}). "
                "Without a network, download the files of that page elsewhere and name their folder with --from."
            ) from error

    return find
