"""Results of a listening test as Markdown and plots."""

from pathlib import Path
from typing import Any

from lab.evaluation.mushra_analyse import Analysis, Ratings


def markdown(analysis: Analysis) -> str:
    """Tables of conditions, pairs, power and excluded listeners."""
    counts = f"{len(analysis.listeners)} listeners, {len(analysis.items)} items"
    lines = [
        "# Listening test",
        "",
        f"{counts}; means over listeners with 95 % intervals.",
        f"Friedman's test over all conditions: p = {analysis.friedman_p:.3g}.",
        "",
        "| condition | mean | 95 % interval | median | quartiles |",
        "|---|---:|---:|---:|---:|",
    ]
    for c in sorted(analysis.conditions, key=lambda c: -c.mean):
        first, third = c.quartiles
        lines.append(
            f"| {c.name} | {c.mean:.1f} | {c.low:.1f} to {c.high:.1f} | {c.median:.1f} | {first:.1f} to {third:.1f} |"
        )
    lines += [
        "",
        "Pairs: Wilcoxon's signed-rank test over listeners, Holm-corrected over all pairs.",
        "Needed: number of listeners to detect a difference of this size with power 0.8",
        "(at a significance level of 0.05 divided by the number of pairs).",
        "",
        "| pair | mean difference | p (Holm) | needed |",
        "|---|---:|---:|---:|",
    ]
    for p in sorted(analysis.pairs, key=lambda p: p.p):
        needed = "" if p.needed is None else str(p.needed)
        lines.append(f"| {p.first} - {p.second} | {p.difference:+.1f} | {p.p:.3g} | {needed} |")
    lines += [
        "",
        "Smallest difference between two systems that a larger test detects with power 0.8:",
        "",
        "| listeners | smallest mean difference |",
        "|---:|---:|",
        *(f"| {n} | {points:.1f} |" for n, points in analysis.detectable.items()),
        "",
    ]
    if analysis.left_out:
        lines += ["Excluded listeners (BS.1534-3 post-screening):", ""]
        lines += [f"- {who}: {why}" for who, why in analysis.left_out.items()]
    else:
        lines.append("Post-screening excluded no listener.")
    return "\n".join(lines) + "\n"


def plots(analysis: Analysis, ratings: Ratings, out: Path) -> list[Path]:
    """Write `means.png` (means with intervals) and `ratings.png` (all ratings of the included listeners) to `out`."""
    ordered = sorted(analysis.conditions, key=lambda c: -c.mean)
    names = [c.name for c in ordered]
    places = list(range(len(names)))

    means, axes = _axes(names)
    middle = [c.mean for c in ordered]
    spread = [[c.mean - c.low for c in ordered], [c.high - c.mean for c in ordered]]
    axes.errorbar(places, middle, yerr=spread, fmt="o", capsize=5, color="#3b4cc0")
    axes.set_title(f"Means over {len(analysis.listeners)} listeners, 95 % intervals")

    boxes, axes = _axes(names)
    included = [k for k, who in enumerate(ratings.listeners) if who in analysis.listeners]
    columns = [ratings.scores[included][:, :, ratings.conditions.index(name)].ravel() for name in names]
    axes.boxplot(columns, positions=places, widths=0.5, manage_ticks=False, medianprops={"color": "#b40426"})
    axes.set_title(f"All ratings, {len(analysis.items)} items")

    paths = [out / "means.png", out / "ratings.png"]
    for figure, path in zip((means, boxes), paths, strict=True):
        figure.savefig(path, dpi=120)
    return paths


def _axes(names: list[str]) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(5.0, 1.1 * len(names)), 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set_ylim(0, 100)
    axes.set_ylabel("rating")
    axes.set_xticks(list(range(len(names))), names, rotation=30, ha="right")
    axes.grid(axis="y", alpha=0.3)
    return figure, axes
