"""Results of an evaluation: scores by clip, their summary, and the JSON format."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidOptions, NotFound
from lab.evaluation.scores import METRICS, Scores
from lab.evaluation.statistics import Interval, median_interval
from lab.evaluation.systems import MODEL_SYSTEMS

FORMAT = 1


@dataclass(frozen=True)
class ClipResult:
    """Scores of one clip by system and metric. compute_s: seconds that the model took for the masked rendering."""

    name: str
    seconds: float
    compute_s: float
    scores: dict[str, Scores]


@dataclass(frozen=True)
class SetResult:
    """The scored clips of one set. available: number of its clips before it was limited."""

    name: str
    shows: str
    full_songs: bool
    available: int
    clips: list[ClipResult]
    perception: dict[str, dict[str, Interval]] = field(default_factory=dict)  # scores of the whole set by system

    @property
    def caption(self) -> str:
        """Description of the clips, for every table."""
        lengths = [clip.seconds for clip in self.clips]
        count = f"{len(self.clips)}" + (f" of {self.available}" if self.available > len(self.clips) else "")
        what = "full songs" if self.full_songs else f"clips of {np.median(lengths):.1f} s"
        return f"Medians over {count} {what}; {self.shows}."

    @property
    def rtf(self) -> float:
        """Real-time factor of the masked rendering."""
        return sum(clip.compute_s for clip in self.clips) / sum(clip.seconds for clip in self.clips)

    def systems(self) -> list[str]:
        """All systems, in the order of the tables."""
        return list(dict.fromkeys(system for clip in self.clips for system in clip.scores))

    def values(self, system: str, metric: str) -> list[float | None]:
        """One value per clip."""
        return [clip.scores.get(system, {}).get(metric) for clip in self.clips]

    def interval(self, system: str, metric: str) -> Interval | None:
        """The score of the whole set for set metrics, else the median over clips; None without values."""
        of_set = self.perception.get(system, {}).get(metric)
        return of_set or median_interval(self.values(system, metric))


@dataclass(frozen=True)
class Results:
    """Results of an evaluation.

    model: name, version, licence, ... of its card; sampling: quality, steps, eta, t_start, seed, threads.
    """

    model: dict[str, Any]
    sampling: dict[str, Any]
    quick: bool
    sets: list[SetResult] = field(default_factory=list)

    def to_json(self, small: bool = False) -> str:
        """JSON with the scores of every clip and a summary of each set.

        With `small`, for committed files, clips have only gated scores, and numbers are rounded.
        """
        document: dict[str, Any] = {"voicelift_evaluation": FORMAT, **asdict(self)}
        for entry, result in zip(document["sets"], self.sets, strict=True):
            entry["caption"], entry["rtf"] = result.caption, result.rtf
            entry["summary"] = {
                system: {
                    metric: asdict(interval)
                    for metric in METRICS
                    if (interval := result.interval(system, metric)) is not None
                }
                for system in result.systems()
            }
            if small:
                for clip in entry["clips"]:
                    clip["scores"] = _gated(clip["scores"])
        return json.dumps(_rounded(document) if small else document, indent=1, allow_nan=False) + "\n"


def _gated(scores: dict[str, Scores]) -> dict[str, Scores]:
    return {
        system: {name: value for name, value in scores[system].items() if METRICS[name].gated}
        for system in MODEL_SYSTEMS
        if system in scores
    }


def _rounded(value: Any) -> Any:
    """`value` with all floats rounded to 6 decimals, far below the resolution of any metric."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 6) if isinstance(value, float) else value


def read_results(path: Path) -> Results:
    """Read results by `Results.to_json`.

    Raises:
        NotFound: the file does not exist.
        InvalidOptions: the file is not the result of an evaluation.
    """
    if not path.is_file():
        raise NotFound(f"The results {path} do not exist.")
    try:
        document = json.loads(path.read_text())
        if document["voicelift_evaluation"] != FORMAT:
            raise ValueError("the format has another version")
        sets = [
            SetResult(
                **{key: s[key] for key in ("name", "shows", "full_songs", "available")},
                clips=[ClipResult(**clip) for clip in s["clips"]],
                perception={
                    system: {metric: Interval(**interval) for metric, interval in scores.items()}
                    for system, scores in s.get("perception", {}).items()  # older results have none
                },
            )
            for s in document["sets"]
        ]
        return Results(document["model"], document["sampling"], document["quick"], sets)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidOptions(f"{path} does not contain results of `voicelift evaluate`: {error}") from error
