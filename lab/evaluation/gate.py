"""The gate: compares the gated scores of a model with those of the current default.

The scores of the default are committed next to its weights; `make evaluation` and `make evaluation-quick` write them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import InvalidOptions
from lab.evaluation.results import Results, SetResult
from lab.evaluation.scores import METRICS
from lab.evaluation.statistics import Interval, Paired, paired_wilcoxon
from lab.evaluation.systems import MODEL_SYSTEMS

FULL, QUICK = "evaluation.json", "evaluation-quick.json"
MAY_DIFFER = ("steps", "eta", "t_start", "seed")  # presets belong to a model, so they are part of the comparison


def recorded(model_dir: Path, quick: bool) -> Path:
    """File of a model's recorded scores, in the full or the short form."""
    return model_dir / (QUICK if quick else FULL)


@dataclass(frozen=True)
class Verdict:
    """Comparison of one gated score with the default's. median: None if only the default has a value."""

    set_name: str
    system: str
    metric: str
    median: float | None
    default: Interval
    paired: Paired | None
    worse: bool


def check_comparable(
    default: Results, clips: Mapping[str, Sequence[str]], sampling: Mapping[str, Any], quick: bool
) -> list[str]:
    """Check before an evaluation that its results on `clips` (names by set) can be compared with the default's.

    Sets of only one of the two, and clips that the default lacks, are not compared; sampling may differ except in the
    quality. Returns a sentence for each such difference.

    Raises:
        InvalidOptions: the results cannot be compared; the message has the reason.
    """
    if quick != default.quick:
        raise InvalidOptions("A short evaluation (--quick) and a full one cannot be compared. Use the same form.")
    if sampling["quality"] != default.sampling["quality"]:
        raise InvalidOptions(
            f"The default was scored at quality {default.sampling['quality']}, not {sampling['quality']}. "
            "Use the same quality."
        )
    known = {set_result.name: [clip.name for clip in set_result.clips] for set_result in default.sets}
    if not known.keys() & clips.keys():
        names = ", ".join(known) or "none"
        raise InvalidOptions(f"Nothing to compare: the default's results have these sets: {names}.")
    notes = []
    for name in [name for name in clips if name in known]:
        if set(known[name]) - set(clips[name]):
            raise InvalidOptions(
                f"The default was scored on clips of {name} that this run does not include. "
                "Use the same --sets and --limit, or score the default again."
            )
        if len(clips[name]) > len(known[name]):
            notes.append(f"{name}: compared on {len(known[name])} of {len(clips[name])} clips, those of the default.")
    for reason, unmatched in (
        ("the default has no scores for", clips.keys() - known.keys()),
        ("only the default was scored on", known.keys() - clips.keys()),
    ):
        if unmatched:
            notes.append(f"Not compared: {reason} {', '.join(sorted(unmatched))}.")
    differing = [name for name in MAY_DIFFER if sampling[name] != default.sampling[name]]
    if differing:
        recorded_values, values = (
            ", ".join(f"{name} {settings[name]}" for name in differing) for settings in (default.sampling, sampling)
        )
        notes.append(f"The default was scored with {recorded_values}; this run uses {values}.")
    return notes


def compare(candidate: Results, default: Results) -> list[Verdict]:
    """Compare every gated score with the default's, on the default's clips of the sets that both have.

    A score is worse if its median is beyond the worse end of the default's interval, and differs from the default's
    median by more than the metric's resolution.

    Raises:
        InvalidOptions: as `check_comparable`.
    """
    names = {set_result.name: [clip.name for clip in set_result.clips] for set_result in candidate.sets}
    check_comparable(default, names, candidate.sampling, candidate.quick)
    known = {set_result.name: set_result for set_result in default.sets}
    return [
        verdict
        for set_result in candidate.sets
        if set_result.name in known
        for verdict in _compare_set(set_result, known[set_result.name])
    ]


def _compare_set(result: SetResult, other: SetResult) -> list[Verdict]:
    by_name = {clip.name: clip for clip in result.clips}
    result = replace(result, clips=[by_name[clip.name] for clip in other.clips])
    verdicts = []
    for system in MODEL_SYSTEMS:
        for name, metric in METRICS.items():
            default = other.interval(system, name)
            if not metric.gated or default is None:
                continue
            candidate = result.interval(system, name)
            if candidate is None:
                worse = True
            elif metric.higher:
                worse = candidate.median < min(default.low, default.median - metric.resolution)
            else:
                worse = candidate.median > max(default.high, default.median + metric.resolution)
            paired = paired_wilcoxon(result.values(system, name), other.values(system, name))
            median = None if candidate is None else candidate.median
            verdicts.append(Verdict(result.name, system, name, median, default, paired, worse))
    return verdicts
