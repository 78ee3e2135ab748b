"""From a publisher's files to a model folder, by the adapter that knows the model (core.nets.estimator)."""

import importlib
from pathlib import Path
from typing import cast, get_args

from core.card import GRID_FRAMES, GRID_RATE, INSTRUMENTAL, OTHER, VOCALS, Card, Geometry, Preset, Quality
from core.checkpoint import ESTIMATORS, new_folder, write_card
from core.digest import sha256
from core.errors import CheckpointError
from core.nets.estimator import Adapter, Estimator, Find, Published

OVERLAP = 0.25  # of a chunk with the next, as the program `demucs` has it
ALONE = "No generator is trained over it: every preset returns its estimate."


def models() -> dict[str, tuple[Adapter, Published]]:
    """All that can be added, by the publishers' names."""
    adapters = [cast(Adapter, importlib.import_module(module)) for module in ESTIMATORS.values()]
    return {name: (adapter, published) for adapter in adapters for name, published in adapter.MODELS.items()}


def add(name: str, find: Find, folder: Path) -> Card:
    """Make the model folder `folder` of the publisher's files that `find` gives.

    Raises CheckpointError: a file is missing or not the publisher's, or the package is not installed."""
    adapter, published = models()[name]
    with new_folder(folder) as fresh:
        version, files, facts = adapter.take(name, find, fresh)
        estimator = adapter.load([fresh / file for file in files], facts)
        card = Card(
            name=name,
            version=version,
            description=f"{published.description} {ALONE}",
            licence=published.licence,
            commercial_use=published.commercial_use,
            credits=list(published.credits),
            source=f"https://huggingface.co/{published.repository}",
            stems=_stems(estimator.stems),
            sample_rate=estimator.sample_rate,
            geometry=_geometry(estimator),
            quality=dict.fromkeys(get_args(Quality), Preset(steps=0)),
            estimator=facts,
            files={file: sha256(fresh / file) for file in files},
        )
        write_card(fresh, card)
    return card


def _stems(separated: tuple[str, ...]) -> tuple[str, ...]:
    """Vocals first, and last what takes the rest of the mixture."""
    if separated == (VOCALS,):
        return VOCALS, INSTRUMENTAL
    if VOCALS not in separated or OTHER not in separated:
        raise CheckpointError(f"The model separates {', '.join(separated)}: {VOCALS} and {OTHER} are required.")
    return VOCALS, *(stem for stem in separated if stem not in (VOCALS, OTHER)), OTHER


def _geometry(estimator: Estimator) -> Geometry:
    frames = int(estimator.segment_s * GRID_RATE)
    return Geometry(frames=frames, stride=int((1 - OVERLAP) * frames) // GRID_FRAMES * GRID_FRAMES)
