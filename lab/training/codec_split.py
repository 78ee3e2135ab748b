"""How many of the latent's 128 dims are MDCT coefficients and how many are learned: measured, not assumed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.codec.spectral import SpectralConfig
from core.errors import InvalidOptions
from lab.training.codec_report import CodecReport, dev_clips, report
from lab.training.pool import Pool
from lab.training.recipe import RunRecipe
from lab.training.train import Run

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
    clips = dev_clips(pool, SpectralConfig.hop, dev)  # before hours of training: there may be none
    splits = []
    for dims in linear:
        changed = replace(recipe, codec=replace(recipe.codec, linear_dims=dims, learned_dims=DIMS - dims))
        codec = Run(changed, out / f"{dims}-{DIMS - dims}", device=device).codec(recipe.pace())
        assert codec is not None  # no limit of time
        splits.append(Split(dims, report(codec, clips)))
    return splits


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
