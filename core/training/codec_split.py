"""How many of the latent's 128 dims are MDCT coefficients and how many are learned: measured, not assumed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.codec.base import Codec
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
    """Train the recipe's codec once for every split under the same budget, each resumable, and report on dev clips."""
    assert recipe.codec is not None
    pool = Pool(Path(recipe.data.pool))
    found = []
    for dims in linear:
        changed = replace(recipe, codec=replace(recipe.codec, linear_dims=dims, learned_dims=DIMS - dims))
        place = out / f"{dims}-{DIMS - dims}"
        if not (place / "codec" / CODEC_FILE).exists():
            train_codec(changed, pool, place, device, recipe.pace())
        codec: Codec = load_codec(place / "codec" / CODEC_FILE)
        found.append(Split(dims, report(codec, dev_clips(pool, codec.hop, dev))))
    return found


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
