"""The gate: every listed score of a model beside the current default's, and whether it is worse.

The current default's scores are committed beside its weights; `make evaluation` and `make evaluation-quick` write them.
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
ANNOUNCED = ("steps", "eta", "t_start", "seed")  # a model's own preset may differ: that is part of what is compared


def recorded(model_dir: Path, quick: bool) -> Path:
    """Where a model's own scores are kept, in the full or the short form."""
    return model_dir / (QUICK if quick else FULL)


@dataclass(frozen=True)
class Verdict:
    """One listed score against the default's. `median` None: the candidate has no value where the default has one."""

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
    """Whether results on `clips` (names by set) can be compared with the default's: worth asking before hours of work.

    Sets that only one of the two has are left out, and clips beyond the default's; sampling may differ in all but
    the quality. Returns a sentence for each such difference.

    Raises:
        InvalidOptions: they cannot be compared; the message says why.
    """
    if quick != default.quick:
        raise InvalidOptions("A short evaluation (--quick) and a full one cannot be compared: run both alike.")
    if sampling["quality"] != default.sampling["quality"]:
        raise InvalidOptions(
            f"The default was scored at quality {default.sampling['quality']}, not {sampling['quality']}: "
            "run both alike."
        )
    known = {set_result.name: [clip.name for clip in set_result.clips] for set_result in default.sets}
    if not known.keys() & clips.keys():
        names = ", ".join(known) or "none"
        raise InvalidOptions(f"Nothing to compare: the default's results hold these sets: {names}.")
    notes = []
    for name in [name for name in clips if name in known]:
        if set(known[name]) - set(clips[name]):
            raise InvalidOptions(
                f"The default was scored on clips of {name} that this run leaves out: "
                "use the same --sets and --limit, or score the default again."
            )
        if len(clips[name]) > len(known[name]):
            notes.append(f"{name} is compared on the default's {len(known[name])} of {len(clips[name])} clips.")
    for reason, alone in (
        ("the default has no scores for", clips.keys() - known.keys()),
        ("only the default was scored on", known.keys() - clips.keys()),
    ):
        if alone:
            notes.append(f"Not compared: {reason} {', '.join(sorted(alone))}.")
    differing = [name for name in ANNOUNCED if sampling[name] != default.sampling[name]]
    if differing:
        theirs = ", ".join(f"{name} {default.sampling[name]}" for name in differing)
        ours = ", ".join(f"{name} {sampling[name]}" for name in differing)
        notes.append(f"The default was scored with {theirs}; this run has {ours}.")
    return notes


def compare(candidate: Results, default: Results) -> list[Verdict]:
    """Every listed score of the model beside the default's, on the default's clips of the sets that both have.

    A score is worse when its median lies outside the default's interval on the bad side, and by more than the
    metric's resolution.

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
            mine = result.interval(system, name)
            if mine is None:
                worse = True
            elif metric.higher:
                worse = mine.median < min(default.low, default.median - metric.resolution)
            else:
                worse = mine.median > max(default.high, default.median + metric.resolution)
            paired = paired_wilcoxon(result.values(system, name), other.values(system, name))
            median = None if mine is None else mine.median
            verdicts.append(Verdict(result.name, system, name, median, default, paired, worse))
    return verdicts
