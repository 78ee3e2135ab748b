"""Reports of an evaluation: Markdown tables, and an HTML page with spectrograms and players."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from lab.evaluation.gate import Verdict
from lab.evaluation.results import Results, SetResult
from lab.evaluation.scores import METRICS, Metric
from lab.evaluation.statistics import Interval, holm, paired_wilcoxon
from lab.evaluation.systems import MODEL_SYSTEMS, TITLES

MAIN = ("sdr", "si_sdr", "sir", "sir_clip", "sar", "mrstft", "lsd", "mel_mae", "silence_leakage", "null_error")
PERCEPTION = ("two_sample", "frechet", "holes", "residue", "f0_cents", "voicing")
LEVELS = tuple(name for name in METRICS if name.startswith("level"))
MORE = ("bss_sdr", "pesq", "stoi", "clap")
OCTAVES = tuple(name for name in METRICS if name.startswith("lsd_"))
PAIRED = ("sdr", "mrstft")
MIN_PAIRS = 6  # with fewer the test cannot reach p < 0.05

Table = tuple[list[str], list[list[str]]]


def metric_title(metric: Metric) -> str:
    """The heading of a metric's column: name, arrow to better values, unit."""
    arrow = "↑" if metric.higher else "↓"
    return f"{metric.title} {arrow}" + (f" {metric.unit}" if metric.unit else "")


def interval_cell(interval: Interval | None, metric: Metric) -> str:
    """A median with its interval unless that has no width; empty if no clip has a value."""
    if interval is None:
        return ""
    digits = metric.decimals
    if interval.low == interval.high:
        return f"{interval.median:.{digits}f}"
    return f"{interval.median:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def system_title(system: str) -> str:
    return TITLES.get(system, system)


def score_table(result: SetResult, metrics: Sequence[str], target: str) -> Table | None:
    """Medians with intervals of the systems for `target`; columns without values are omitted."""
    systems = [s for s in result.systems() if s.startswith(f"{target}/")]
    cells = {(s, m): interval_cell(result.interval(s, m), METRICS[m]) for s in systems for m in metrics}
    shown = [m for m in metrics if any(cells[s, m] for s in systems)]
    rows = [[system_title(s), *(cells[s, m] for m in shown)] for s in systems if any(cells[s, m] for m in shown)]
    return ([target, *(metric_title(METRICS[m]) for m in shown)], rows) if rows else None


def paired_table(result: SetResult) -> Table | None:
    """Masked vocals compared with every other system for vocals: paired Wilcoxon, Holm-corrected over the table."""
    first = "vocals/masked"
    others = [s for s in result.systems() if s.startswith("vocals/") and s != first]
    tests = [
        (s, m, test)
        for m in PAIRED
        for s in others
        if (test := paired_wilcoxon(result.values(first, m), result.values(s, m))) is not None and test.n >= MIN_PAIRS
    ]
    adjusted = holm([test.p for _, _, test in tests])
    rows = [
        [system_title(s), METRICS[m].title, f"{t.difference:+.{METRICS[m].decimals}f}", str(t.n), f"{p:.3g}"]
        for (s, m, t), p in zip(tests, adjusted, strict=True)
    ]
    return (["masked vocals minus", "score", "median difference", "clips", "p (Holm)"], rows) if rows else None


def set_tables(result: SetResult) -> list[Table]:
    groups = (MAIN, PERCEPTION, LEVELS, MORE, OCTAVES)
    tables = [score_table(result, group, target) for target in ("vocals", "instrumental") for group in groups]
    return [table for table in [*tables, paired_table(result)] if table is not None]


def gate_table(verdicts: Sequence[Verdict]) -> Table:
    rows = []
    for verdict in verdicts:
        median = "none" if verdict.median is None else f"{verdict.median:.{METRICS[verdict.metric].decimals}f}"
        p = "" if verdict.paired is None else f"{verdict.paired.p:.3g}"
        outcome = "WORSE" if verdict.worse else "ok"
        default = interval_cell(verdict.default, METRICS[verdict.metric])
        rows.append(
            [
                verdict.set_name,
                system_title(verdict.system),
                metric_title(METRICS[verdict.metric]),
                median,
                default,
                p,
                outcome,
            ]
        )
    return ["set", "system", "score", "this model", "default", "p (paired)", ""], rows


def heading(results: Results) -> str:
    """A paragraph about the model, its sampling, and the figures of the tables."""
    model, sampling = results.model, results.sampling
    guide = "a sample" if sampling.get("guide_steps", sampling["steps"]) else "the estimate"
    form = "Short form (--quick): few clips, cheap scores. " if results.quick else ""
    return (
        f"Model {model['name']} {model['version']} ({model['licence']}), quality {sampling['quality']}: "
        f"{sampling['steps']} steps, eta {sampling['eta']}, from t = {sampling['t_start']}, seed {sampling['seed']}; "
        f"masks guided by {guide}. {form}"
        "Brackets: 95 % bootstrap interval of the median. Spectral distances are mono, at 24 kHz or the clip's "
        "rate if lower; 80 dB range. Two-sample AUC and Fréchet distance are scores of a whole set."
    )


def _rtf(result: SetResult, results: Results) -> str:
    threads = results.sampling["threads"]
    return f"Real-time factor of the masked rendering: {result.rtf:.3f}, with {threads} threads per clip."


def markdown_table(table: Table) -> str:
    """A Markdown table; the first column is left-aligned, the others are right-aligned."""
    head, rows = table
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def markdown(results: Results, verdicts: Sequence[Verdict] = ()) -> str:
    """All tables as Markdown."""
    parts = [f"# Evaluation of {results.model['name']} {results.model['version']}", heading(results)]
    for result in results.sets:
        parts += [f"## {result.name}", f"{result.caption} {_rtf(result, results)}"]
        parts += [markdown_table(table) for table in set_tables(result)]
    if verdicts:
        parts += ["## Comparison with the default", markdown_table(gate_table(verdicts))]
    return "\n\n".join(parts) + "\n"


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1b22 }
.wide { overflow-x: auto } table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } .model td { font-weight: 600 } .worse td { color: #b3261e }
.clip { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem }
figure { margin: 0 } figure img { width: 100%; height: 9rem; image-rendering: auto; background: #000 }
audio { width: 100%; height: 2rem } figcaption { font-size: .85rem } summary { cursor: pointer; font-weight: 600 }
"""
# Starting a player continues at the position of the clip's previous one, for A/B listening.
SCRIPT = """
document.querySelectorAll('.clip').forEach(clip => {
  const players = [...clip.querySelectorAll('audio')]; let last = null;
  players.forEach(player => player.addEventListener('play', () => {
    if (last && last !== player) { player.currentTime = last.currentTime; last.pause(); }
    last = player;
  }));
});
"""


def _html_table(table: Table) -> str:
    head, rows = table
    model_titles = {TITLES[system] for system in MODEL_SYSTEMS}

    def kind(row: list[str]) -> str:
        names = ["model"] * (row[0] in model_titles) + ["worse"] * (row[-1] == "WORSE")
        return f' class="{" ".join(names)}"' if names else ""

    cells = "".join(f"<th>{escape(c)}</th>" for c in head)
    body = "".join(f"<tr{kind(row)}>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def _html_clip(result: SetResult, index: int, out: Path, folder: Path) -> str:
    """Pictures and players of one clip, from the files saved in `folder` of `out`."""
    clip = result.clips[index]
    figures = []
    for target in ("vocals", "instrumental"):
        shown = ["mixture", "reference", *(s.split("/")[1] for s in clip.scores if s.startswith(f"{target}/"))]
        for name in dict.fromkeys(shown):
            audio = folder / target / f"{name}.flac"
            if not audio.is_file() or (name == "mixture" and target == "instrumental"):
                continue
            scores = clip.scores.get(f"{target}/{name}", {})
            facts = [
                f"{METRICS[m].title} {v:.{METRICS[m].decimals}f}"
                for m in (*PAIRED, "silence_leakage")
                if (v := scores.get(m)) is not None
            ]
            title = f"true {target}" if name == "reference" else system_title(f"{target}/{name}")
            source = escape(audio.relative_to(out).as_posix())
            picture = escape(audio.with_suffix(".png").relative_to(out).as_posix())
            figures.append(
                f'<figure><img src="{picture}" alt="Spectrogram: {escape(title)}" loading="lazy">'
                f'<audio controls preload="none" src="{source}"></audio>'
                f"<figcaption><b>{escape(title)}</b> {escape(', '.join(facts))}</figcaption></figure>"
            )
    if not figures:
        return ""
    opened = " open" if index == 0 else ""
    name = f"{escape(clip.name)} ({clip.seconds:.1f} s)"
    return f'<details{opened}><summary>{name}</summary><div class="clip">{"".join(figures)}</div></details>'


def html(results: Results, out: Path, folders: dict[tuple[str, str], Path], verdicts: Sequence[Verdict] = ()) -> str:
    """The report as an HTML page in `out`. folders: folder of the saved audio of each (set, clip)."""
    title = f"Evaluation of {results.model['name']} {results.model['version']}"
    parts = [f"<h1>{escape(title)}</h1><p>{escape(heading(results))}</p>"]
    if verdicts:
        parts.append("<h2>Comparison with the default</h2>" + _html_table(gate_table(verdicts)))
    for result in results.sets:
        parts.append(f"<h2>{escape(result.name)}</h2><p>{escape(f'{result.caption} {_rtf(result, results)}')}</p>")
        parts += [_html_table(table) for table in set_tables(result)]
        clips = [
            _html_clip(result, k, out, folders[result.name, clip.name])
            for k, clip in enumerate(result.clips)
            if (result.name, clip.name) in folders
        ]
        if clips:
            note = (
                "Pictures: mel scale up to 12 kHz, 80 dB below the mixture's maximum. A player starts at the position "
                "of the previous one."
            )
            parts += [f"<p>{note}</p>", *clips]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><body>{''.join(parts)}<script>{SCRIPT}</script></body></html>\n"
    )
