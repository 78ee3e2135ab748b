"""Networks and cards at the start of a run."""

from dataclasses import replace
from pathlib import Path

import torch

from core.card import Card, Preset
from core.checkpoint import Model, load_vocals
from core.codec.base import Codec
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from core.nets.outside import OutsideConditioner
from lab.training.mixtures import Mixtures
from lab.training.outside import refining_card
from lab.training.pool import RATE
from lab.training.recipe import ModelRecipe

FIT_BATCHES, FIT_SIZE = 12, 16


def new_model(codec: Codec, recipe: ModelRecipe, data: Mixtures, estimator: Path | None = None) -> Model:
    """New networks over a trained codec, with normalisation fitted on mixtures of `data`.

    With `estimator`, a folder of another project's network, it replaces the conditioner.

    Raises:
        InvalidOptions: the preset does not have the levels in `recipe.inject`, or the codec does not take mono audio at
            the rate of the pool.
    """
    if (codec.sample_rate, codec.channels) != (RATE, 1):
        raise InvalidOptions(
            f"The codec must take {RATE} Hz, 1 channel; this one takes {codec.sample_rate} Hz, "
            f"{codec.channels} channels."
        )
    base = PRESETS[recipe.preset]
    try:
        kind = recipe.conditioner if estimator is None else "estimator"
        config = replace(base, dim=codec.dim, inject=recipe.inject or base.inject, conditioner_kind=kind)
    except ValueError as error:
        raise InvalidOptions(f"The recipe's model: {error}.") from error
    model = Model(codec.eval().requires_grad_(False), config)
    if estimator is not None and isinstance(model.conditioner, OutsideConditioner):
        model.conditioner.vocals = load_vocals(estimator, codec.sample_rate)
    mixtures, vocals = zip(*(data.batch(FIT_SIZE) for _ in range(FIT_BATCHES)), strict=True)
    with torch.no_grad():
        model.latent_norm.fit([codec.encode(batch) for batch in vocals])
        model.conditioner.fit(torch.cat(mixtures))
    return model


def with_stereo_conditioner(model: Model) -> Model:
    """The model with a mask conditioner of one input channel extended to two; its outputs do not change at first."""
    if model.config.conditioner_kind != "mask" or model.config.mask.stereo:
        return model
    wider = Model(model.codec, replace(model.config, mask=replace(model.config.mask, stereo=True)))
    wider.load_state_dict(model.state_dict(), strict=False)
    return wider


def card_of_start(model: Model, card: Card, recipe: ModelRecipe) -> Card:
    """The card of the start model under the recipe's name, without its licence: this run may add other recordings."""
    kept = {name: getattr(card, name) for name in ("geometry", "quality", "codec", "training")}
    fresh = new_card(model, recipe).model_copy(update=kept)
    return fresh if card.estimator is None else refining_card(fresh, card)


def new_card(model: Model, recipe: ModelRecipe) -> Card:
    """A card for a model in training; `voicelift train card` completes it.

    With an estimate, sampling starts near it; one step had the best scores for every model so far
    (docs/performance.md). Without one, sampling starts from noise; the best preset has the paper's 50 steps.
    """
    if model.config.estimates:
        presets = {"draft": (1, 0.03), "standard": (1, 0.05), "high": (2, 0.05)}
    else:
        presets = {"draft": (10, 1.0), "standard": (20, 1.0), "high": (50, 1.0)}
    return Card(
        name=recipe.name,
        version=recipe.version,
        description="",
        licence="not stated: see the recordings it was trained on",
        commercial_use=False,
        sample_rate=model.codec.sample_rate,
        quality={quality: Preset(steps=steps, t_start=start) for quality, (steps, start) in presets.items()},
        guide="estimate" if model.config.conditioner_kind == "mask" else "sample",
        gate=recipe.gate,
        mask_exponents=recipe.mask_exponents,
        codec=model.codec.card_entry,
        net=model.config.to_dict(),
        files={},
    )
