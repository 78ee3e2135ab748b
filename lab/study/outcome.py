"""The output of a study: table.md, results.json and plot.png."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.bench.report import plot
from lab.evaluation.report import Table, markdown_table
from lab.study.run import Run

PLOT_DPI = 80  # keeps plots small for the docs


@dataclass(frozen=True)
class Outcome:
    """Results of a study.

    caption: description of measurement and clips, printed above the tables.
    tables: table of the study, and paired tests.
    results: contents of results.json in addition to the facts of the run; finite numbers and None only.
    draw: draws the plot into a matplotlib figure.
    finding: one or two sentences with the main result.
    """

    caption: str
    tables: Sequence[Table]
    results: dict[str, Any]
    draw: Callable[[Any], None]
    finding: str
    notes: Sequence[str] = field(default_factory=tuple)


def write(run: Run, title: str, outcome: Outcome) -> str:
    """Write all three files to the folder of the run; returns the Markdown."""
    run.out.mkdir(parents=True, exist_ok=True)
    model = f"Model {run.card.name} {run.card.version}."
    form = "**Quick form: tiny input, figures are meaningless.** " if run.quick else ""
    tables = [markdown_table(table) for table in outcome.tables if table[1]]
    text = "\n\n".join(
        [f"# {title}", f"{form}{model} {outcome.caption}", *tables, *outcome.notes, outcome.finding],
    )
    document = {**run.facts, "title": title, "caption": outcome.caption, "finding": outcome.finding, **outcome.results}
    (run.out / "table.md").write_text(f"{text}\n", encoding="utf-8")
    (run.out / "results.json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    plot(run.out / "plot.png", outcome.draw, PLOT_DPI)
    return text
