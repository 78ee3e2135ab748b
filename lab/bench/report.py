"""Output of the benchmarks: a printed table, NAME.json and NAME.png."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[dict[str, Any]]


def show(title: str, rows: Rows) -> None:
    """Print rows of equal keys as a table."""
    names = list(rows[0])
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    print(f"\n{title}")
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def save(out: Path, name: str, result: dict[str, Any], draw: Callable[[Any], None]) -> None:
    """Write `result` to `out`/NAME.json and the plot that `draw` adds to matplotlib axes to `out`/NAME.png."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    plot(out / f"{name}.png", lambda figure: draw(figure.add_subplot()))
    print(f"\n{out / name}.json, {out / name}.png")


def plot(path: Path, draw: Callable[[Any], None], dpi: int = 120) -> None:
    """Write the plot that `draw` adds to a matplotlib figure as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure)
    figure.savefig(path, dpi=dpi)


def bars(axes: Any, values: dict[str, float], unit: str) -> None:
    """Draw horizontal bars, the first on top."""
    axes.barh(list(values), list(values.values()))
    axes.invert_yaxis()
    axes.set_xlabel(unit)
