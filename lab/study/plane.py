"""The distortion-perception plane: all systems and step counts by SDR and by distance from true voices.

Distortion and perceptual quality trade off (Blau and Michaeli 2018): the posterior mean has the best SDR but does not
sound like a voice; a posterior sample does and has 3 dB less. Steps and masks move a system along this front; a better
model moves the front.

Perceptual scores are of a whole set (lab.evaluation.perception). The features of each voice's sung seconds are saved in
`features/`, so that an interrupted study can resume.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from core.audio.types import Wav
from core.card import Preset
from lab.evaluation.baselines import ideal_ratio_mask
from lab.evaluation.datasets import Clip, EvaluationSet
from lab.evaluation.perception import ClipFeatures, clip_features, perception
from lab.evaluation.report import interval_cell, metric_title
from lab.evaluation.scores import METRICS, Scores
from lab.evaluation.statistics import Interval
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.trial import Sampler, by_ddim, estimate_alone, separate, voice_scores

LIMITS = {"musdb7": 12, "mir1k": 12}
STEPS = (1, 2, 5, 10, 25, 50)
NEAR, NEAR_STEPS = 0.3, (2, 5, 10)  # t at which sampling from the estimate starts
RENDERINGS = ("generative", "masked")
MIXTURE, MASK = "mixture", "ideal ratio mask"
ESTIMATE, FROM_ESTIMATE, FROM_NOISE = "estimate", f"from t = {NEAR:g}", "from noise"
OF_SETS = ("two_sample", "frechet")
SHOWN = ("sdr", "lsd", "mel_mae", "level", "holes", "residue", *OF_SETS)


def samplings(run: Run) -> dict[tuple[str, int], Sampler]:
    """The samplers by family and number of steps."""
    samplers: dict[tuple[str, int], Sampler] = {}
    if run.model.config.estimates:
        samplers[ESTIMATE, 0] = estimate_alone
        for steps in NEAR_STEPS[:1] if run.quick else NEAR_STEPS:
            samplers[FROM_ESTIMATE, steps] = by_ddim(Preset(steps=steps, t_start=NEAR))
    for steps in STEPS[:2] if run.quick else STEPS:
        samplers[FROM_NOISE, steps] = by_ddim(Preset(steps=steps, t_start=1.0))
    return samplers


def title(family: str, steps: int, rendering: str) -> str:
    """The name of a table row."""
    count = f", {steps} step{'s' * (steps > 1)}" if steps else ""
    return f"{family}{count}, {rendering}"


def study(run: Run) -> Outcome:
    samplers = samplings(run)
    voices = _Voices(run, samplers)
    conditions = [MIXTURE, MASK, *voices.rows]
    sets = run.clips(LIMITS)

    def work(clip: Clip, condition: str) -> Scores:
        voice = voices(clip, condition)
        features = clip_features(clip, {condition: voice})
        if features is not None:
            path = _features_path(run.out, clip.ref.set_name, clip.ref.name, condition)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, true=features.true, estimate=features.estimates[condition])
        return voice_scores(clip, voice)

    grid = run.grid(sets, conditions, work)
    set_scores = {clip_set.name: perception(_saved_features(run.out, clip_set, conditions)) for clip_set in sets}
    plane = Plane(grid, set_scores)
    first = sets[0].name
    distances = {row: plane.median(first, row, "frechet") for row in voices.rows}
    nearest = min(distances, key=lambda row: np.nan_to_num(distances[row], nan=np.inf))
    rows = [(clip_set.name, condition) for clip_set in sets for condition in conditions]
    return Outcome(
        caption=f"{grid.caption} Two-sample AUC and Fréchet distance are scores of a whole set. From noise: t = 1, as "
        "in the paper; generative: output of the decoder; masked: mask guided by it.",
        tables=[
            (
                ["set", "voice", *(metric_title(METRICS[m]) for m in SHOWN)],
                [[*row, *(interval_cell(plane.interval(*row, m), METRICS[m]) for m in SHOWN)] for row in rows],
            )
        ],
        results={
            "summary": [
                {"set": row[0], "condition": row[1]}
                | {m: None if (i := plane.interval(*row, m)) is None else asdict(i) for m in SHOWN}
                for row in rows
            ],
            "clips": grid.clips(),
        },
        draw=lambda figure: _draw(figure, plane, first, list(samplers)),
        finding=f"On {first}, `{nearest}` has the lowest Fréchet distance from true voices: {distances[nearest]:.1f} "
        f"at {plane.median(first, nearest, 'sdr'):.1f} dB SDR.",
    )


class _Voices:
    """The voice of a row; both renderings of the last clip and sampler are cached. rows: those of the model."""

    def __init__(self, run: Run, samplers: dict[tuple[str, int], Sampler]) -> None:
        self._run = run
        self.rows = {
            title(*key, r): (sampler, k) for key, sampler in samplers.items() for k, r in enumerate(RENDERINGS)
        }
        self._last: tuple[Clip, Sampler, tuple[Wav, Wav]] | None = None

    def __call__(self, clip: Clip, row: str) -> Wav:
        if row == MIXTURE:
            return clip.mixture
        if row == MASK:
            return ideal_ratio_mask(clip)
        sampler, rendering = self.rows[row]
        if self._last is None or self._last[0] is not clip or self._last[1] is not sampler:
            self._last = clip, sampler, separate(self._run, clip, sampler)
        return self._last[2][rendering]


class Plane:
    """Scores by set and row: medians over clips, and scores of whole sets."""

    def __init__(self, grid: Grid, set_scores: dict[str, dict[str, dict[str, Interval]]]) -> None:
        self._grid, self._set_scores = grid, set_scores

    def interval(self, set_name: str, row: str, metric: str) -> Interval | None:
        """A score with its interval; None if it is undefined."""
        if metric in OF_SETS:
            return self._set_scores[set_name].get(row, {}).get(metric)
        return self._grid.interval(set_name, row, metric)

    def median(self, set_name: str, row: str, metric: str) -> float:
        """The score for plots; NaN, which leaves a gap, if it is undefined."""
        interval = self.interval(set_name, row, metric)
        return float("nan") if interval is None else interval.median


def _features_path(out: Path, *names: str) -> Path:
    """A unique file per set, clip and row; names are escaped."""
    *folders, file = (quote(name, safe=" ,=") for name in names)
    return out.joinpath("features", *folders, f"{file}.npz")


def _saved_features(out: Path, clip_set: EvaluationSet, conditions: Sequence[str]) -> list[ClipFeatures]:
    """The saved features of all voices of a set, for clips with vocals."""
    clips = []
    for ref in clip_set.clips:
        paths = {row: _features_path(out, clip_set.name, ref.name, row) for row in conditions}
        if all(path.is_file() for path in paths.values()):
            files = {row: np.load(path) for row, path in paths.items()}
            estimates = {row: file["estimate"] for row, file in files.items()}
            clips.append(ClipFeatures(ref.song, files[MIXTURE]["true"], estimates))
    return clips


def _draw(figure: Any, plane: Plane, set_name: str, samplers: Sequence[tuple[str, int]]) -> None:
    """Plot set scores against SDR, with a line per family over its step counts."""
    panels = figure.subplots(1, len(OF_SETS))
    for axes, metric in zip(panels, OF_SETS, strict=True):

        def at(row: str, metric: str = metric) -> tuple[float, float]:
            return plane.median(set_name, row, "sdr"), plane.median(set_name, row, metric)

        for marker, row in (("x", MIXTURE), ("*", MASK)):
            axes.plot(*at(row), marker, color="black", ms=9, label=row)
        for colour, family in enumerate(dict.fromkeys(family for family, _ in samplers)):
            steps = [number for name, number in samplers if name == family]
            for rendering, style in zip(RENDERINGS, ("o-", "s--"), strict=True):
                points = [at(title(family, number, rendering)) for number in steps]
                filled = f"C{colour}" if rendering == RENDERINGS[0] else "white"
                line = [list(values) for values in zip(*points, strict=True)]
                axes.plot(*line, style, color=f"C{colour}", mfc=filled, ms=5, label=f"{family}, {rendering}")
                for number, point in {steps[0]: points[0], steps[-1]: points[-1]}.items():
                    if number:
                        axes.annotate(str(number), point, (4, 4), textcoords="offset points", fontsize=7)
        axes.set(xlabel="median SDR, dB", ylabel=metric_title(METRICS[metric]))
        axes.grid(alpha=0.3)
    panels[1].set_yscale("log")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, title=f"{set_name}; numbers: steps", fontsize=8)
