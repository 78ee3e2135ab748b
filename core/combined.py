"""Models of the project's own, each trained for one source, as one model with several stems.

MODEL/card.json     `combined`; the stems, of which the last is what the others leave of the mixture
MODEL/vocals/...    the model folder of each other stem
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from core.card import CARD_NAME, OTHER, VOCALS, Card, Preset, Quality, load_card
from core.checkpoint import load_model, new_folder, write_card
from core.digest import sha256
from core.errors import InvalidOptions
from core.nets.conditioner import Conditioner


def combine(name: str, members: Mapping[str, Path], folder: Path) -> Card:
    """Make the model folder `folder` of a model folder for each stem, in their order.

    Raises:
        InvalidOptions: they cannot be combined.
        CheckpointError: see core.checkpoint.load_model.
    """
    if next(iter(members), "") != VOCALS or len(members) < 2 or OTHER in members:
        raise InvalidOptions(f"Name a model for {VOCALS} first, then one for each further stem. {OTHER} is the rest.")
    cards = {stem: _usable(stem, member) for stem, member in members.items()}
    first = cards[VOCALS]
    for stem, card in cards.items():
        if (card.geometry, card.sample_rate) != (first.geometry, first.sample_rate):
            raise InvalidOptions(f"The model for {stem} has chunks of another length or rate than that for {VOCALS}.")
    with new_folder(folder) as fresh:
        files = {}
        for stem, card in cards.items():
            (fresh / stem).mkdir()
            for file in (CARD_NAME, *card.files):
                shutil.copyfile(members[stem] / file, fresh / stem / file)
                files[f"{stem}/{file}"] = sha256(fresh / stem / file)
        combined = Card(
            name=name,
            version=hashlib.sha256("".join(files.values()).encode()).hexdigest()[:8],
            description="Combined of " + ", ".join(f"{c.name} {c.version} ({stem})" for stem, c in cards.items()) + ".",
            licence="; ".join(f"{stem}: {card.licence}" for stem, card in cards.items()),
            commercial_use=all(card.commercial_use for card in cards.values()),
            credits=list(dict.fromkeys(credit for card in cards.values() for credit in card.credits)),
            stems=(*cards, OTHER),
            sample_rate=first.sample_rate,
            geometry=first.geometry,
            quality=dict.fromkeys(get_args(Quality), Preset(steps=0)),
            combined=True,
            files=files,
        )
        write_card(fresh, combined)
    return combined


def _usable(stem: str, member: Path) -> Card:
    card = load_card(member)
    if card.estimator is not None or card.combined:
        raise InvalidOptions(f"The model for {stem}, {card.name}, is not a network of Voicelift.")
    model, _ = load_model(member)
    if not isinstance(model.conditioner, Conditioner):
        raise InvalidOptions(f"The model for {stem}, {card.name}, returns no waveform estimate, which guides its mask.")
    return card
