"""Do errors in the latent space predict audio metrics?

Training minimises an error of latents [P]. The voice of each clip is sampled by several samplers. Each result has an
error against the normalised latents of the true voice, and scores against its audio. Spearman's rank correlation of
error and score is computed

    within clips    over samplers, one value per clip: does the latent error rank samplers?
    over clips      one value per sampler: does it rank clips by difficulty?

and reported as the median over clips or samplers with its interval. In perfect agreement, distances have +1 and ratios
such as SDR -1.

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from core.audio.resample import resample
from core.audio.types import Wav
from core.card import Preset
from core.codec.spectral import SpectralCodec
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.evaluation.statistics import Interval, median_interval
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.trial import Sampler, by_ddim, chunk_latents, estimate_alone, model_input

LIMITS = {"musdb7": 12, "mir1k": 8}
AUDIO = ("sdr", "mrstft", "lsd", "mel_mae")
LATENT = {
    "mse": "latent MSE",
    "mae": "latent MAE",
    "angle": "latent 1 - cosine",
    "linear_mse": "MSE of MDCT dims",
    "learned_mse": "MSE of learned dims",
}
RHO = Metric("rank correlation", "", True, 0.01)
MIN_POINTS = 3  # of a rank correlation


def study(run: Run) -> Outcome:
    known = samplers(run)

    @torch.inference_mode()
    def work(clip: Clip, condition: str) -> Scores:
        assert clip.vocals is not None, "the sets of this study have vocals"
        model, rate = run.model, run.card.sample_rate
        mixed, true = (resample(w.mean(0, keepdims=True), clip.rate, rate) for w in (clip.mixture, clip.vocals))
        mixture, _ = model_input(model, mixed, mixed)
        voice, gain = model_input(model, true, mixed)
        z = known[condition](chunk_latents(model, mixture.to(run.torch_device)))
        target = model.latents(voice[:, :1].to(run.torch_device))
        decoded: Wav = (model.decode(z)[0] / gain).cpu().numpy()[:, : true.shape[1]]
        return latent_scores(z, target, _linear_dims(run)) | {
            "sdr": metrics.sdr(true, decoded),
            "mrstft": metrics.multi_resolution_stft(true, decoded),
            "lsd": metrics.log_spectral_distance(true, decoded),
            "mel_mae": metrics.mel_mae(true, decoded, rate),
        }

    grid = run.grid(run.clips(LIMITS), list(known), work)
    errors = [name for name in LATENT if "_" not in name or _linear_dims(run)]
    correlations = {
        (s.name, error, score): (within_clips(grid, s.name, error, score), over_clips(grid, s.name, error, score))
        for s in grid.sets
        for error in errors
        for score in AUDIO
    }
    rows = [
        [name, LATENT[error], METRICS[score].title, _cell(within), _cell(over)]
        for (name, error, score), (within, over) in correlations.items()
    ]
    first = grid.sets[0].name
    strongest = {s: correlations[first, "mse", s][0] for s in ("sdr", "lsd")}
    return Outcome(
        caption=f"{grid.caption} Mono at the model's rate. Samplers: {'; '.join(known)}.",
        tables=[(["set", "error", "score", "within clips (n clips)", "over clips (n samplers)"], rows)],
        results={
            "summary": [
                {"set": name, "condition": f"{error} and {score}", "within": _json(within), "over": _json(over)}
                for (name, error, score), (within, over) in correlations.items()
            ],
            "clips": grid.clips(),
        },
        draw=lambda figure: _draw(figure, grid),
        finding=f"On {first}, within clips the latent MSE has a rank correlation of {_cell(strongest['sdr'])} with SDR "
        f"and {_cell(strongest['lsd'])} with LSD.",
    )


def samplers(run: Run) -> dict[str, Sampler]:
    """The samplers to compare, from the estimate without sampling to sampling from noise."""
    known: dict[str, Sampler] = {}
    if run.model.config.estimates:
        known["estimate alone"] = estimate_alone
        known |= {f"t = {t:g}, 4 steps": by_ddim(Preset(steps=4, t_start=t)) for t in (0.3, 0.6)}
    steps = (1, 3) if run.quick else (1, 3, 10, 30)
    known |= {f"noise, {n} steps": by_ddim(Preset(steps=n)) for n in steps}
    return known | {"noise, 3 steps, eta 1": by_ddim(Preset(steps=3, eta=1.0))}


def latent_scores(z: Tensor, target: Tensor, linear_dims: int) -> Scores:
    """Errors of normalised latents `[1, D, F]`; linear_mse and learned_mse only if `linear_dims` is not 0."""
    squared = (z - target).square()
    cosine = torch.nn.functional.cosine_similarity(z.flatten(), target.flatten(), dim=0)
    parts = (squared[:, :linear_dims], squared[:, linear_dims:]) if linear_dims else ()
    return {
        "mse": float(squared.mean()),
        "mae": float((z - target).abs().mean()),
        "angle": 1 - float(cosine),
        **{name: float(part.mean()) for name, part in zip(("linear_mse", "learned_mse"), parts, strict=False)},
    }


def within_clips(grid: Grid, set_name: str, error: str, score: str) -> Interval | None:
    """The rank correlation over the conditions of each clip; median over clips."""
    table = [[grid.values(set_name, c, name) for c in grid.conditions] for name in (error, score)]
    return median_interval(
        [_rank(*columns) for columns in zip(*(zip(*rows, strict=True) for rows in table), strict=True)]
    )


def over_clips(grid: Grid, set_name: str, error: str, score: str) -> Interval | None:
    """The rank correlation over the clips of each condition; median over conditions."""
    pairs = [(grid.values(set_name, c, error), grid.values(set_name, c, score)) for c in grid.conditions]
    return median_interval([_rank(*pair) for pair in pairs])


def _rank(first: Any, second: Any) -> float | None:
    pairs = np.array([p for p in zip(first, second, strict=True) if None not in p], dtype=np.float64).reshape(-1, 2)
    if len(pairs) < MIN_POINTS or not np.ptp(pairs, axis=0).all():
        return None
    return float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic)


def _linear_dims(run: Run) -> int:
    codec = run.model.codec
    return codec.linear_dims if isinstance(codec, SpectralCodec) else 0


def _cell(interval: Interval | None) -> str:
    return (
        "" if interval is None else f"{interval.median:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}] ({interval.n})"
    )


def _json(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else asdict(interval)


def _draw(figure: Any, grid: Grid) -> None:
    panels = figure.subplots(1, 3)
    first = grid.sets[0].name
    for axes, score in zip(panels, ("sdr", "mrstft", "lsd"), strict=True):
        for condition in grid.conditions:
            points = zip(grid.values(first, condition, "mse"), grid.values(first, condition, score), strict=True)
            known = [(x, y) for x, y in points if x is not None and y is not None]
            axes.scatter([x for x, _ in known], [y for _, y in known], s=10, label=condition)
        axes.set(xlabel="latent MSE", ylabel=METRICS[score].title)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, title=f"clips of {first}"
    )
