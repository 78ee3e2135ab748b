"""Plots shared by several studies."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from lab.evaluation.report import metric_title
from lab.evaluation.scores import METRICS, Metric
from lab.study.grid import Grid


def by_condition(figure: Any, grid: Grid, shown: Sequence[str], metrics: Mapping[str, Metric] = METRICS) -> None:
    """Draw a panel per score: conditions from top to bottom, with the median and interval of each set."""
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, shown, strict=True):
        for place, clip_set in enumerate(grid.sets):
            cells = [(row, grid.interval(clip_set.name, c, name)) for row, c in enumerate(grid.conditions)]
            points = [(row, cell) for row, cell in cells if cell is not None]
            axes.errorbar(
                [cell.median for _, cell in points],
                [row + 0.18 * (place - (len(grid.sets) - 1) / 2) for row, _ in points],
                xerr=[
                    [cell.median - cell.low for _, cell in points],
                    [cell.high - cell.median for _, cell in points],
                ],
                fmt="o",
                capsize=3,
                label=clip_set.name,
            )
        axes.set_xlabel(fill(metric_title(metrics[name]), 20))
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(grid.conditions)), grid.conditions)
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(grid.sets))
