"""From a pool to a model folder: the legs of training, their validation, and the card they leave behind.

A leg starts from a model folder (or from a trained codec alone) and writes one. Only EMA weights survive a leg; the
optimiser warms up again.
"""

import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from core.card import Card, Leg, Preset
from core.checkpoint import Model, load_model, save_model
from core.codec.base import Codec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.nets.config import PRESETS
from core.separation.level import normalising_gain
from core.training.build_pool import RATE
from core.training.diffusion import DiffusionRecipe, train_leg
from core.training.mixtures import ALL_MIXTURES, MixtureRecipe, Mixtures
from core.training.pool import Pool

FIT_BATCHES, FIT_SIZE = 12, 16


def new_model(codec: Codec, preset: str, data: Mixtures, inject: tuple[int, ...] | None = None) -> Model:
    """A fresh network over a trained codec, its latent norm fitted on vocals that sing.

    Args:
        inject: generator levels that receive the mixture; None leaves the preset's (the deeper ones).

    Raises:
        ValueError: levels that the preset does not have, or a codec of another rate than the pool's.
    """
    if (codec.sample_rate, codec.channels) != (RATE, 1):
        raise ValueError(
            f"pools are {RATE} Hz mono, this codec takes {codec.sample_rate} Hz, {codec.channels} channels"
        )
    base = PRESETS[preset]
    config = replace(
        base,
        linear_dims=codec.linear_dims,
        feature_dim=codec.feature_dim,
        dim=codec.dim,
        inject=base.inject if inject is None else inject,
    )
    model = Model(codec.eval().requires_grad_(False), config)
    with torch.no_grad():
        model.latent_norm.fit([codec.encode(data.batch(FIT_SIZE)[1]) for _ in range(FIT_BATCHES)])
    return model


def new_card(model: Model, name: str, version: str) -> Card:
    """A card for a model under training; `voicelift train card` completes it."""
    return Card(
        name=name,
        version=version,
        description="",
        licence="not stated: see the recordings it was trained on",
        commercial_use=False,
        sample_rate=model.codec.sample_rate,
        quality={
            "draft": Preset(steps=2, t_start=0.3),
            "standard": Preset(steps=4, t_start=0.3),
            "high": Preset(steps=16, t_start=0.5),
        },
        codec=model.codec.card_entry,
        net=model.config.to_dict(),
        files={},
    )


def run_leg(
    pool_dir: Path,
    start: Path | Model,
    card: Card | None,
    recipe: DiffusionRecipe,
    out: Path,
    mixtures: MixtureRecipe = ALL_MIXTURES,
    device: str = "cpu",
) -> Card:
    """Train one leg from a model folder (or a fresh model with its card) and write the EMA to `out`."""
    pool = Pool(pool_dir)
    if isinstance(start, Path):
        model, card = load_model(start)
    else:
        model = start
    assert card is not None
    model.to(device)
    for part in (model.conditioner, model.generator):
        part.train().requires_grad_(True)
    data = Mixtures(pool, replace(mixtures, segment=recipe.segment, seed=recipe.seed))
    began, earlier, finished = time.monotonic(), card.training, card

    def keep(step: int, ema: Model) -> None:
        nonlocal finished
        scores = validate(ema, pool)
        print(f"  dev: {' '.join(f'{k} {v:.2f}' for k, v in scores.items())}", flush=True)
        leg = Leg(
            **{**asdict(recipe), "stage": recipe.stage, "steps": step},
            seconds=time.monotonic() - began,
            dev=scores,
        )
        finished = save_model(ema, card.model_copy(update={"training": [*earlier, leg]}), out)

    train_leg(model, data, recipe, keep)
    return finished


@torch.no_grad()
def validate(
    model: Model, pool: Pool, pools: tuple[str, ...] = ("musdb7", "mir1k"), clips: int = 20
) -> dict[str, float]:
    """Median SDR in dB of the conditioner's decoded estimate on dev clips (mono, 24 kHz), per pool.

    A quick look during training: the figures that count come from `voicelift evaluate`.
    """
    model.conditioner.eval()
    device = model.latent_norm.scale.device
    scores: dict[str, float] = {}
    hop = model.codec.hop * model.config.conditioner.reduction
    for name in pools:
        found = []
        recordings = pool.select("vocals", [name], "dev")
        for vocals in recordings[:: max(1, len(recordings) // clips)][:clips]:
            parts = [r for r in pool.select(None, [name], "dev") if r.song == vocals.song]
            reference = pool.read(vocals)
            reference = reference[: len(reference) // hop * hop]
            mixture = np.sum([pool.read(r, 0, len(reference)) for r in parts], axis=0).astype(np.float32)
            gain = np.float32(normalising_gain(mixture, model.codec.level))
            estimate, _ = model.condition(torch.from_numpy(mixture * gain)[None, None].to(device))
            voice = model.decode(estimate)[0, 0].cpu().numpy() / gain
            found.append(10 * np.log10((np.sum(reference**2) + 1e-9) / (np.sum((reference - voice) ** 2) + 1e-9)))
        if found:
            scores[name] = round(float(np.median(found)), 3)
    return scores


def load_codec(path: Path, config: SpectralConfig | None = None) -> SpectralCodec:
    """A spectral codec from the state that `voicelift train codec` wrote."""
    codec = SpectralCodec(config)
    codec.load_state_dict(torch.load(path, weights_only=True))
    return codec
