"""Pictures of the dashboards for the docs: the same queries, plotted by matplotlib without Grafana."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, PercentFormatter
from numpy.typing import NDArray

from deploy.grafana.make import Dashboard, Panel, dashboards
from lab.operations.rehearsal.prometheus import Prometheus

COLUMNS, MAX_LINES, MAX_SIGNS = 3, 8, 36
STEP_S = 1.0

Line = tuple[str, NDArray[np.float64]]
"""A legend, and a value for each time step, NaN for missing ones."""


def plot(
    prometheus: Prometheus, folder: Path, begin: float, end: float, interval: str, marks: Mapping[str, float]
) -> Iterator[Path]:
    """A picture of every dashboard over a time range (seconds since the epoch); panels that need a GPU are omitted.

    `marks` are labelled moments within it."""
    folder.mkdir(parents=True, exist_ok=True)
    for uid, dashboard in dashboards().items():
        path = folder / f"dashboard-{uid.removeprefix('voicelift-')}.png"
        _plot(prometheus, dashboard, path, (begin, end), interval, {what: at - begin for what, at in marks.items()})
        yield path


def _plot(
    prometheus: Prometheus,
    dashboard: Dashboard,
    path: Path,
    span: tuple[float, float],
    interval: str,
    marks: Mapping[str, float],
) -> None:
    panels = [panel for panel in dashboard.panels if not panel.gpu]
    rows = -(-len(panels) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(14, 3.1 * rows), squeeze=False, layout="constrained")
    caption = "; ".join(f"dashed at {at:.0f} s: {what}" for what, at in marks.items())
    figure.suptitle(f"{dashboard.title} (seconds of the rehearsal; {caption})", fontsize=10)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    for ax, panel in zip(axes.flat, panels, strict=False):
        _draw(ax, panel, _lines(prometheus, panel, span, interval), span[1] - span[0])
        for at in marks.values():
            ax.axvline(at, color="0.4", linestyle="--", linewidth=0.8)
    figure.savefig(path, dpi=75)
    plt.close(figure)


def _lines(prometheus: Prometheus, panel: Panel, span: tuple[float, float], interval: str) -> list[Line]:
    """The panel's series, the largest first, on one grid of steps."""
    begin, end = span
    steps = int((end - begin) / STEP_S) + 1
    lines: list[Line] = []
    for legend, query in panel.queries.items():
        for series in prometheus.series(query.replace("$__rate_interval", interval), begin, end, STEP_S):
            name = legend
            for label, text in series["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", text)
            values = np.full(steps, np.nan)
            for at, value in series["values"]:
                # A ratio to zero is infinite: no line, as in Grafana.
                values[round((at - begin) / STEP_S)] = float(value) if math.isfinite(float(value)) else np.nan
            if not np.isnan(values).all():
                lines.append((name, values))
    lines.sort(key=lambda line: -float(np.nanmax(line[1])))
    return lines[:MAX_LINES]


def _draw(ax: Axes, panel: Panel, lines: list[Line], seconds: float) -> None:
    names = [name if len(name) <= MAX_SIGNS else f"{name[:20]}...{name[-13:]}" for name, _ in lines]
    if panel.stacked and lines:
        values = np.nan_to_num(np.stack([values for _, values in lines]))
        ax.stackplot(np.arange(values.shape[1]) * STEP_S, values, labels=names, alpha=0.7, step="mid")
        most = float(values.sum(axis=0).max())
    else:
        for name, (_, series) in zip(names, lines, strict=True):
            at = np.arange(len(series)) * STEP_S
            alone = np.count_nonzero(~np.isnan(series)) < 3
            ax.plot(at, series, label=name, linewidth=1.3, marker="." if alone else None)
        most = max((float(np.nanmax(series)) for _, series in lines), default=0.0)
    ax.set_title(panel.title, fontsize=10)
    ax.set_xlim(0, seconds)
    top = most * 1.12 if most > 0 else 1.0
    ax.set_ylim(-0.02 * top, top)  # a line at zero must be visible, too
    match panel.unit:
        case "percentunit":
            ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        case "bytes" | "bytes/s":
            ax.yaxis.set_major_formatter(EngFormatter(panel.unit.replace("bytes", "B")))
        case unit:
            ax.set_ylabel(unit, fontsize=8)
    ax.tick_params(labelsize=8)
    ax.grid(alpha=0.3)
    if lines:
        ax.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
    else:
        ax.text(0.5, 0.5, "no data", transform=ax.transAxes, ha="center", color="0.5")
