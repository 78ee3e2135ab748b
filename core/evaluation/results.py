"""The outcome of an evaluation: kept as JSON, summarised as medians, and compared with the default model's."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidOptions, NotFound
from core.evaluation.scores import METRICS, Scores
from core.evaluation.statistics import Interval, Paired, median_interval, paired_wilcoxon
from core.evaluation.systems import MODEL_SYSTEMS

FORMAT = 1


@dataclass(frozen=True)
class ClipResult:
    """Scores of one clip by system and metric. `compute_s`: seconds the model took."""

    name: str
    seconds: float
    compute_s: float
    scores: dict[str, Scores]


@dataclass(frozen=True)
class SetResult:
    """All clips scored of one set. `available`: how many there were to choose from."""

    name: str
    shows: str
    full_songs: bool
    available: int
    clips: list[ClipResult]

    @property
    def caption(self) -> str:
        """What the medians are over, in words: belongs to every table."""
        lengths = [clip.seconds for clip in self.clips]
        count = f"{len(self.clips)}" + (f" of {self.available}" if self.available > len(self.clips) else "")
        what = "full songs" if self.full_songs else f"clips of {np.median(lengths):.1f} s"
        return f"Medians over {count} {what}; {self.shows}."

    @property
    def rtf(self) -> float:
        """Compute time of the model over audio time."""
        return sum(clip.compute_s for clip in self.clips) / sum(clip.seconds for clip in self.clips)

    def systems(self) -> list[str]:
        """Systems scored on any clip, in the order of the tables."""
        return list(dict.fromkeys(system for clip in self.clips for system in clip.scores))

    def values(self, system: str, metric: str) -> list[float | None]:
        """One value a clip."""
        return [clip.scores.get(system, {}).get(metric) for clip in self.clips]

    def interval(self, system: str, metric: str) -> Interval | None:
        return median_interval(self.values(system, metric))


@dataclass(frozen=True)
class Results:
    """A whole evaluation. `model`: name, version, licence; `sampling`: quality, steps, eta, t_start, seed, threads."""

    model: dict[str, Any]
    sampling: dict[str, Any]
    quick: bool
    sets: list[SetResult] = field(default_factory=list)

    def to_json(self) -> str:
        """JSON with every clip's scores and, for readers, the summary of each set."""
        document = {"voicelift_evaluation": FORMAT, **asdict(self)}
        for entry, found in zip(document["sets"], self.sets, strict=True):
            entry["caption"], entry["rtf"] = found.caption, found.rtf
            entry["summary"] = {
                system: {
                    metric: asdict(interval)
                    for metric in METRICS
                    if (interval := found.interval(system, metric)) is not None
                }
                for system in found.systems()
            }
        return json.dumps(document, indent=1, allow_nan=False)


def read_results(path: Path) -> Results:
    """Results written by `Results.to_json`.

    Raises:
        NotFound: there is no such file.
        InvalidOptions: it is not the result of an evaluation.
    """
    if not path.is_file():
        raise NotFound(f"There are no results in {path}.")
    try:
        document = json.loads(path.read_text())
        if document["voicelift_evaluation"] != FORMAT:
            raise ValueError("another version wrote it")
        sets = [
            SetResult(
                **{key: s[key] for key in ("name", "shows", "full_songs", "available")},
                clips=[ClipResult(**clip) for clip in s["clips"]],
            )
            for s in document["sets"]
        ]
        return Results(document["model"], document["sampling"], document["quick"], sets)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidOptions(f"{path} does not hold results of `voicelift evaluate`: {error}") from error


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


def check_comparable(default: Results, clips: dict[str, list[str]], quick: bool) -> None:
    """That results on `clips` (names by set) could be compared with the default's: worth asking before hours of work.

    Raises:
        InvalidOptions: they could not; the message says why.
    """
    if quick != default.quick:
        raise InvalidOptions("A short evaluation (--quick) and a full one cannot be compared: run both alike.")
    known = {found.name: [clip.name for clip in found.clips] for found in default.sets}
    if not known.keys() & clips.keys():
        names = ", ".join(known) or "none"
        raise InvalidOptions(f"Nothing to compare: the default's results hold these sets: {names}.")
    for name in known.keys() & clips.keys():
        if clips[name] != known[name]:
            raise InvalidOptions(
                f"The set {name} was scored on other clips than the default's results: "
                "use the same --sets and --limit, or score the default again."
            )


def compare(candidate: Results, default: Results) -> list[Verdict]:
    """Every listed score of the model beside the default's, on the sets that both were scored on.

    A score is worse when its median lies outside the default's interval on the bad side, and by more than the
    metric's resolution.

    Raises:
        InvalidOptions: as `check_comparable`.
    """
    names = {found.name: [clip.name for clip in found.clips] for found in candidate.sets}
    check_comparable(default, names, candidate.quick)
    known = {found.name: found for found in default.sets}
    return [
        verdict for found in candidate.sets if found.name in known for verdict in _compare_set(found, known[found.name])
    ]


def _compare_set(found: SetResult, other: SetResult) -> list[Verdict]:
    verdicts = []
    for system in MODEL_SYSTEMS:
        for name, metric in METRICS.items():
            default = other.interval(system, name)
            if not metric.gated or default is None:
                continue
            mine = found.interval(system, name)
            if mine is None:
                worse = True
            elif metric.higher:
                worse = mine.median < min(default.low, default.median - metric.resolution)
            else:
                worse = mine.median > max(default.high, default.median + metric.resolution)
            paired = paired_wilcoxon(found.values(system, name), other.values(system, name))
            median = None if mine is None else mine.median
            verdicts.append(Verdict(found.name, system, name, median, default, paired, worse))
    return verdicts
