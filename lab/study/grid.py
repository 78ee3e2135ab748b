"""Scores by set, clip and condition, and their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.audio.types import Wav
from lab.evaluation.datasets import Clip, EvaluationSet
from lab.evaluation.report import Table, interval_cell, metric_title
from lab.evaluation.scores import METRICS, Metric, Scorer, Scores, Target
from lab.evaluation.statistics import Interval, holm, median_interval, paired_wilcoxon

MIN_PAIRS = 6  # with fewer the test cannot reach p < 0.05
OWN_SETS = "Small sets and a small model of this repository: not MUSDB18-HQ, not the paper's model."
VOCALS = {name: METRICS[name] for name in ("sdr", "sir", "mrstft", "lsd", "mel_mae", "silence_leakage")}


@dataclass(frozen=True)
class Grid:
    """The scores of a study: `cells[set, clip, condition]`. All tables and plots use them."""

    sets: Sequence[EvaluationSet]
    conditions: Sequence[str]
    cells: Mapping[tuple[str, str, str], Scores]

    def values(self, set_name: str, condition: str, metric: str) -> list[float | None]:
        """One value per clip of the set, in order."""
        clips = next(clip_set.clips for clip_set in self.sets if clip_set.name == set_name)
        return [self.cells[set_name, ref.name, condition].get(metric) for ref in clips]

    def interval(self, set_name: str, condition: str, metric: str) -> Interval | None:
        """The median over clips with its interval; None if no clip has a value."""
        return median_interval(self.values(set_name, condition, metric))

    def median(self, set_name: str, condition: str, metric: str) -> float:
        """The median for plots; NaN, which leaves a gap, if no clip has a value."""
        interval = self.interval(set_name, condition, metric)
        return float("nan") if interval is None else interval.median

    @property
    def caption(self) -> str:
        """Description of the clips, for every table."""
        parts = []
        for clip_set in self.sets:
            what = "full songs" if clip_set.full_songs else "clips"
            parts.append(f"{clip_set.name}: {len(clip_set.clips)} {what} ({clip_set.shows})")
        own = "" if any(clip_set.full_songs for clip_set in self.sets) else f" {OWN_SETS}"
        return f"Medians with 95 % bootstrap intervals over {'; '.join(parts)}.{own}"

    def table(self, metrics: Mapping[str, Metric] = VOCALS, first: str = "condition") -> Table:
        """A row per set and condition; columns without values are omitted."""
        rows = [(clip_set.name, condition) for clip_set in self.sets for condition in self.conditions]
        intervals = {(*row, m): self.interval(*row, m) for row in rows for m in metrics}
        shown = [m for m in metrics if any(intervals[*row, m] is not None for row in rows)]
        head = ["set", first, "n", *(metric_title(metrics[m]) for m in shown)]
        body = []
        for row in rows:
            cells = [intervals[*row, m] for m in shown]
            n = max((cell.n for cell in cells if cell is not None), default=0)
            body.append([*row, str(n), *(interval_cell(c, metrics[m]) for c, m in zip(cells, shown, strict=True))])
        return head, body

    def paired(self, baseline: str, metrics: Mapping[str, Metric], against: Sequence[str] | None = None) -> Table:
        """All conditions, or those in `against`, minus `baseline` on the same clips.

        Wilcoxon's test, Holm-corrected over the table. Pairs with fewer than `MIN_PAIRS` clips are omitted.
        """
        tests = []
        for clip_set in self.sets:
            for condition in against or self.conditions:
                for name, metric in metrics.items():
                    values = self.values(clip_set.name, condition, name), self.values(clip_set.name, baseline, name)
                    test = paired_wilcoxon(*values)
                    if condition != baseline and test is not None and test.n >= MIN_PAIRS:
                        tests.append((clip_set.name, condition, metric, test))
        adjusted = holm([test.p for *_, test in tests])
        rows = [
            [where, condition, metric.title, f"{t.difference:+.{metric.decimals}f}", str(t.n), f"{p:.2g}"]
            for (where, condition, metric, t), p in zip(tests, adjusted, strict=True)
        ]
        return ["set", f"minus {baseline}", "score", "median difference", "n", "p (Holm)"], rows

    def summary(self, metrics: Mapping[str, Metric] = VOCALS) -> list[dict[str, Any]]:
        """For JSON: `{"set", "condition", METRIC: {"median", "low", "high", "n"} or None}`."""
        return [
            {"set": s.name, "condition": c}
            | {m: None if (i := self.interval(s.name, c, m)) is None else asdict(i) for m in metrics}
            for s in self.sets
            for c in self.conditions
        ]

    def clips(self) -> list[dict[str, Any]]:
        """For JSON: all cells."""
        return [{"set": s, "clip": c, "condition": k, "scores": scores} for (s, c, k), scores in self.cells.items()]


class VoiceScorer:
    """Scores voices; results that depend only on the reference are cached for the last clip."""

    def __init__(self) -> None:
        self._clip: Clip | None = None
        self._target: Target | None = None

    def __call__(self, clip: Clip, voice: Wav) -> Scores:
        """The quick scores of `lab.evaluation.scores` of an estimate `[C, n]` of the voice."""
        if self._target is None or clip is not self._clip:
            vocals = np.zeros_like(clip.mixture) if clip.vocals is None else clip.vocals
            self._clip, self._target = clip, Target(Scorer(quick=True), clip, vocals, clip.accompaniment)
        return self._target.score(voice)
