"""Pictures of the dashboards for the docs: the same queries, plotted by matplotlib, because Grafana is not at hand."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from deploy.grafana.make import Dashboard, Panel, dashboards
from deploy.rehearsal.prometheus import Prometheus

COLUMNS, MOST_LINES = 3, 8


def plot(prometheus: Prometheus, folder: Path, begin: float, end: float, interval: str) -> Iterator[Path]:
    """A picture of every dashboard over a time (seconds since the epoch); panels that need a GPU are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for uid, dashboard in dashboards().items():
        path = folder / f"dashboard-{uid.removeprefix('voicelift-')}.png"
        _plot(prometheus, dashboard, path, begin, end, interval)
        yield path


def _plot(prometheus: Prometheus, dashboard: Dashboard, path: Path, begin: float, end: float, interval: str) -> None:
    panels = [panel for panel in dashboard.panels if not panel.gpu]
    rows = -(-len(panels) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(15, 2.9 * rows), squeeze=False, layout="constrained")
    figure.suptitle(dashboard.title)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    for ax, panel in zip(axes.flat, panels, strict=False):
        _draw(ax, prometheus, panel, begin, end, interval)
    figure.savefig(path, dpi=70)
    plt.close(figure)


def _draw(ax: Axes, prometheus: Prometheus, panel: Panel, begin: float, end: float, interval: str) -> None:
    lines = []
    for legend, query in panel.queries.items():
        for found in prometheus.series(query.replace("$__rate_interval", interval), begin, end, 1.0):
            name = legend
            for label, text in found["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", text)
            lines.append(
                (name, [at - begin for at, _ in found["values"]], [float(value) for _, value in found["values"]])
            )
    lines.sort(key=lambda line: -max((value for value in line[2] if value == value), default=0.0))
    for name, at, values in lines[:MOST_LINES]:
        ax.plot(at, values, label=textwrap.shorten(name, 38), linewidth=1.2)
    ax.set_title(panel.title, fontsize=9)
    ax.set_ylabel(panel.unit, fontsize=8)
    ax.set_xlim(0, end - begin)
    ax.set_ylim(bottom=0)
    ax.tick_params(labelsize=7)
    ax.grid(alpha=0.3)
    if lines:
        ax.legend(fontsize=6, loc="upper left")
