"""`voicelift models add htdemucs`: another project's model as a model folder.

Its publisher's files are fetched from the publisher's hub, or taken from a folder where there is no network. They are
safetensors; no pickle is loaded.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.installed import missing_packages, require
from core.card import CARD_NAME, GRID_FRAMES, GRID_RATE, VOCALS, Card, Geometry, Preset
from core.checkpoint import put_in_place
from core.digest import sha256
from core.errors import CheckpointError, InvalidOptions
from core.nets import htdemucs
from core.settings import REPOSITORY

OTHER = "other"
OVERLAP = 0.25  # of a chunk with the next, as the publisher's own program has it
# The publisher's word on the weights: https://github.com/facebookresearch/demucs/issues/327
LICENCE = "code MIT; weights for research only, as their author says (github.com/facebookresearch/demucs/issues/327)"
CREDITS = [
    "Simon Rouard, Francisco Massa, Alexandre Defossez: Hybrid Transformers for Music Source Separation (2023)",
    "trained on MUSDB18-HQ (Rafii et al.; academic, non-commercial) and, but for guitar and piano, 800 songs of Meta's",
]


MODELS = {  # by the publisher's names
    "htdemucs": "HT-Demucs: vocals, drums, bass, other; one network.",
    "htdemucs_ft": "HT-Demucs, four networks, each fine-tuned for one stem: four times as slow.",
    "htdemucs_6s": "HT-Demucs: vocals, drums, bass, guitar, piano, other; one network.",
}


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `models` to the commands of `voicelift`."""
    parser = sub.add_parser("models", help="add another project's model")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "make a model folder of another project's model"
    add = actions.add_parser("add", help=text, description=text)
    add.add_argument("name", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    add.add_argument(
        "--from",
        type=Path,
        dest="source",
        metavar="FOLDER",
        help="with the publisher's files: MODEL.yaml and the .safetensors that it names (default: they are fetched)",
    )
    add.add_argument("--to", type=Path, metavar="FOLDER", help="the model folder (default: models/MODEL)")
    add.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the folder. Raises InvalidOptions, CheckpointError."""
    require("voicelift models add", ["demucs", "yaml"])
    folder = args.to or REPOSITORY / "models" / args.name
    if folder.exists():
        raise InvalidOptions(f"{folder} exists. Name another folder with --to, or remove it.")
    find = _fetching(args.name) if args.source is None else _within(args.source)
    networks, weights = _bag(find(f"{args.name}.yaml"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place:
        fresh = Path(place, "model")
        fresh.mkdir()
        for network in networks:
            shutil.copyfile(find(network), fresh / network)
        card = _card(args.name, fresh, networks, weights)
        (fresh / CARD_NAME).write_text(json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
        put_in_place(fresh, folder)
    print(folder)
    print(f"{card.name} {card.version}: {', '.join(card.offered)}. {card.licence}", file=sys.stderr)
    return 0


def _within(folder: Path) -> Callable[[str], Path]:
    def find(name: str) -> Path:
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder / name} is missing. --from names a folder with the publisher's files.")
        return folder / name

    return find


def _fetching(model: str) -> Callable[[str], Path]:
    from demucs.hf import DEFAULT_NAMESPACE, hf_repo_name

    repository = f"{DEFAULT_NAMESPACE}/{hf_repo_name(model)}"

    def find(name: str) -> Path:
        try:
            from huggingface_hub import hf_hub_download
        except ModuleNotFoundError as error:
            raise InvalidOptions(missing_packages("voicelift models add", [str(error.name)])) from None
        try:
            return Path(hf_hub_download(repository, name))
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{name} cannot be fetched from https://huggingface.co/{repository} ({type(error).__name__}). Where "
                f"there is no network, download the files of that page elsewhere and name their folder with --from."
            ) from error

    return find


def _bag(file: Path) -> tuple[list[str], list[list[float]] | None]:
    """The files of the networks, and how much each counts for each stem."""
    import yaml

    try:
        bag = yaml.safe_load(file.read_text())
        signatures = [str(signature) for signature in bag["models"]]
        if not signatures or not all(re.fullmatch(r"\w+", signature) for signature in signatures):
            raise ValueError("it names no networks")
        return [f"{signature}.safetensors" for signature in signatures], bag.get("weights")
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{file} is not the publisher's list of networks: {error}") from error


def _card(name: str, folder: Path, networks: list[str], weights: list[list[float]] | None) -> Card:
    facts = {"kind": "htdemucs", "weights": weights}
    bag = htdemucs.load([folder / network for network in networks], facts)
    if VOCALS not in bag.stems or OTHER not in bag.stems:
        raise CheckpointError(
            f"The model separates {', '.join(bag.stems)}: {VOCALS} and {OTHER} have to be among them."
        )
    frames = int(bag.segment_s * GRID_RATE)
    stride = int((1 - OVERLAP) * frames) // GRID_FRAMES * GRID_FRAMES
    return Card(
        name=name,
        version="-".join(network.removesuffix(".safetensors") for network in networks),
        description=MODELS[name],
        licence=LICENCE,
        commercial_use=False,
        credits=CREDITS,
        source=f"https://huggingface.co/adefossez, the package demucs; {name}",
        stems=(VOCALS, *(stem for stem in bag.stems if stem not in (VOCALS, OTHER)), OTHER),
        sample_rate=bag.sample_rate,
        geometry=Geometry(frames=frames, stride=stride),
        quality={"draft": Preset(steps=0), "standard": Preset(steps=0), "high": Preset(steps=0)},
        estimator=facts,
        files={network: sha256(folder / network) for network in networks},
    )
