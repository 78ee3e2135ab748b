"""Measures how to split the latent's 128 dims between MDCT coefficients and learned dims."""

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
    """One trial with `linear` MDCT dims; the others are learned."""

    linear: int
    report: CodecReport


def measure_splits(
    recipe: RunRecipe, linear: Sequence[int], out: Path, dev: tuple[str, ...], device: torch.device
) -> list[Split]:
    """Train the recipe's codec once per split with the same budget and report on dev clips. Each training can resume.

    Raises:
        InvalidOptions: the recipe has no spectral codec to train, the pools contain no dev vocals, or the folder of a
            split contains a run of another recipe.
    """
    if recipe.codec is None or recipe.model.codec != "spectral":
        raise InvalidOptions(
            "The recipe has no [codec] of the spectral kind. Name one with --config, such as recipes/codec.toml."
        )
    pool = Pool(Path(recipe.data.pool))
    clips = dev_clips(pool, SpectralConfig.hop, dev)  # fails early if there are none
    splits = []
    for dims in linear:
        changed = replace(recipe, codec=replace(recipe.codec, linear_dims=dims, learned_dims=DIMS - dims))
        codec = Run(changed, out / f"{dims}-{DIMS - dims}", device=device).codec(recipe.pace())
        assert codec is not None  # no limit of time
        splits.append(Split(dims, report(codec, clips)))
    return splits


def table(splits: Sequence[Split]) -> list[str]:
    """A Markdown table: SNR and LSD per octave, and the totals."""
    octaves = list(splits[0].report.snr)
    lines = [
        f"| MDCT / learned | SDR | {' | '.join(f'{o} Hz' for o in octaves)} | learned dims gain | LSD at 0.1 sigma |",
        f"| --- | --- | {' | '.join('---' for _ in octaves)} | --- | --- |",
    ]
    for split in splits:
        it = split.report
        cells = " | ".join(f"{it.snr[o]:.1f} / {it.distance[o]:.1f}" for o in octaves)
        gain = f"{it.learned_gain:.1f}" if it.learned_gain is not None else "-"
        lines.append(
            f"| {split.linear} / {DIMS - split.linear} | {it.sdr:.1f} | {cells} | {gain} | {it.noisy[1]:.1f} |"
        )
    return [*lines, "", "Octaves: SNR / log-spectral distance, medians over clips, all in dB."]
