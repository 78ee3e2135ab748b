"""How many of the latent's 128 dims are MDCT coefficients and how many are learned: measured, not assumed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from core.codec.base import Codec
from core.codec.spectral import SpectralConfig
from core.errors import InvalidOptions
from core.training.codec_report import CodecReport, dev_clips, report
from core.training.pool import Pool
from core.training.recipe import RunRecipe
from core.training.train import CODEC_FILE, load_codec, train_codec

DIMS = 128


@dataclass(frozen=True)
class Split:
    """One trial: `linear` dims of the MDCT, the rest learned."""

    linear: int
    report: CodecReport


def measure_splits(
    recipe: RunRecipe, linear: Sequence[int], out: Path, dev: tuple[str, ...], device: torch.device
) -> list[Split]:
    """Train the recipe's codec once for every split under the same budget, each resumable, and report on dev clips.

    Raises:
        InvalidOptions: the recipe has no codec to train, the pool no dev vocals to report on, or a split's folder
            holds a run of another recipe.
    """
    if recipe.codec is None or recipe.model.codec != "spectral":
        raise InvalidOptions(
            "The recipe has no [codec] of the spectral kind to split; name one with --config, as recipes/codec.toml."
        )
    pool = Pool(Path(recipe.data.pool))
    clips = dev_clips(pool, SpectralConfig.hop, dev)
    if not clips:  # told before hours of training, not after
        raise InvalidOptions(f"The pool {recipe.data.pool} has no dev vocals to measure on.")
    found = []
    for dims in linear:
        wanted = replace(recipe.codec, linear_dims=dims, learned_dims=DIMS - dims)
        place = out / f"{dims}-{DIMS - dims}"
        _claim(place, {"model": asdict(recipe.model), "codec": asdict(wanted), "pool": recipe.data.pool})
        if not (place / "codec" / CODEC_FILE).exists():
            train_codec(replace(recipe, codec=wanted), pool, place, device, recipe.pace())
        codec: Codec = load_codec(place / "codec" / CODEC_FILE)
        found.append(Split(dims, report(codec, clips)))
    return found


def _claim(place: Path, facts: dict[str, Any]) -> None:
    """Keep what a split's codec is trained by, so that another is not told as this one, or gone on with."""
    note, text = place / "recipe.json", json.dumps(facts, indent=1)
    kept = note.read_text() if note.exists() else None
    if kept != text and (kept or (place / "codec").exists()):
        raise InvalidOptions(f"{place} holds a codec of another recipe. Name another folder with --out.")
    place.mkdir(parents=True, exist_ok=True)
    note.write_text(text)


def table(splits: Sequence[Split]) -> list[str]:
    """In Markdown: SNR and LSD of every octave, and the totals."""
    octaves = list(splits[0].report.snr)
    lines = [
        f"| MDCT / learned | SDR | {' | '.join(f'{o} Hz' for o in octaves)} | learned dims worth | LSD at 0.1 sigma |",
        f"| --- | --- | {' | '.join('---' for _ in octaves)} | --- | --- |",
    ]
    for split in splits:
        it = split.report
        cells = " | ".join(f"{it.snr[o]:.1f} / {it.distance[o]:.1f}" for o in octaves)
        worth = f"{it.learned_worth:.1f}" if it.learned_worth is not None else "-"
        lines.append(
            f"| {split.linear} / {DIMS - split.linear} | {it.sdr:.1f} | {cells} | {worth} | {it.noisy[1]:.1f} |"
        )
    return [*lines, "", "Octaves: SNR / log-spectral distance, medians over clips, all in dB."]
