"""Analysis of webMUSHRA ratings: post-screening, means with intervals, tests, and power of larger tests.

All statistics are over listeners (BS.1534-3 section 9), after averaging each listener's ratings over items. Conditions
are compared by Friedman's test, pairs by Wilcoxon's signed-rank test with Holm's correction.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import friedmanchisquare, nct, norm
from scipy.stats import t as student

from core.errors import InvalidOptions, NotFound
from lab.evaluation.mushra_make import LOW_ANCHOR, MIXTURE_ANCHOR, REFERENCE
from lab.evaluation.statistics import holm, paired_wilcoxon

Scores = NDArray[np.float64]

SCREEN_AT = 90.0  # points: BS.1534-3 section 4.1.2
SCREEN_SHARE = 0.15  # of the items
MIN_LISTENERS = 3
POWER = 0.8
ALPHA = 0.05
WILCOXON_EFFICIENCY = 3 / math.pi  # relative to the t test, for normal differences
LISTENER_COLUMNS = ("session_uuid", "listener", "email")
MANY = 200  # listeners above which the normal distribution replaces the t distribution
PLANNED = (10, 20, 25, 30, 40, 60)


@dataclass(frozen=True)
class Ratings:
    """scores: `[listeners, items, conditions]`, 0 to 100."""

    listeners: list[str]
    items: list[str]
    conditions: list[str]
    scores: Scores


def read_ratings(paths: Sequence[Path], listener_column: str | None = None) -> tuple[Ratings, dict[str, str]]:
    """Ratings of webMUSHRA's `mushra.csv` files, without training pages, and the excluded listeners with reasons.

    Listeners who did not rate everything are excluded. If an item was rated twice, the last rating counts.

    Raises:
        NotFound: a file does not exist.
        InvalidOptions: a file is not webMUSHRA's, or no listener rated everything.
    """
    ratings: dict[tuple[str, str, str], float] = {}
    for path in paths:
        if not path.is_file():
            raise NotFound(f"{path} does not exist.")
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            column = _listener_column(path, rows.fieldnames or [], listener_column)
            for row in rows:
                if row["trial_id"].startswith("training"):
                    continue
                try:
                    score = float(row["rating_score"])
                except ValueError as error:
                    raise InvalidOptions(f"{path}: {row['rating_score']!r} is not a rating.") from error
                ratings[row[column], row["trial_id"], row["rating_stimulus"]] = score
    listeners, items, conditions = (list(dict.fromkeys(key[k] for key in ratings)) for k in range(3))
    complete = [who for who in listeners if all((who, i, c) in ratings for i in items for c in conditions)]
    if not complete:
        raise InvalidOptions("No listener rated every item under every condition.")
    scores = np.array([[[ratings[who, i, c] for c in conditions] for i in items] for who in complete])
    left_out = {who: "did not rate every item" for who in listeners if who not in complete}
    return Ratings(complete, items, conditions, scores), left_out


def _listener_column(path: Path, columns: Sequence[str], chosen: str | None) -> str:
    needed = {"trial_id", "rating_stimulus", "rating_score"}
    candidates = [chosen] if chosen else list(LISTENER_COLUMNS)
    column = next((name for name in candidates if name in columns), None)
    if column is None or not needed <= set(columns):
        raise InvalidOptions(
            f"{path} is not a mushra.csv of webMUSHRA: it needs the columns {', '.join(sorted(needed))} and one that "
            f"identifies listeners ({' or '.join(candidates)}; or set --listener-column)."
        )
    return column


def screen(ratings: Ratings) -> dict[str, str]:
    """Listeners to exclude by BS.1534-3, with the reason.

    They rate the hidden reference below 90, or an anchor above 90, in more than 15 % of the items. For an anchor, items
    in which more than a quarter of the listeners rate it above 90 do not count.
    """
    out: dict[str, str] = {}
    index = {name: k for k, name in enumerate(ratings.conditions)}
    if REFERENCE in index:
        low = (ratings.scores[:, :, index[REFERENCE]] < SCREEN_AT).mean(axis=1)
        for who, share in zip(ratings.listeners, low, strict=True):
            if share > SCREEN_SHARE:
                out[who] = f"rated the hidden reference below {SCREEN_AT:g} in {share:.0%} of the items"
    for anchor in (LOW_ANCHOR, MIXTURE_ANCHOR):
        if anchor not in index:
            continue
        above = ratings.scores[:, :, index[anchor]] > SCREEN_AT
        fair = above.mean(axis=0) <= 0.25
        if not fair.any():
            continue
        for who, share in zip(ratings.listeners, above[:, fair].mean(axis=1), strict=True):
            if share > SCREEN_SHARE and who not in out:
                out[who] = f"rated {anchor} above {SCREEN_AT:g} in {share:.0%} of the items"
    return out


@dataclass(frozen=True)
class Condition:
    """Mean over listeners with its 95 % t interval; median and quartiles of all ratings."""

    name: str
    mean: float
    low: float
    high: float
    median: float
    quartiles: tuple[float, float]


@dataclass(frozen=True)
class Pair:
    """Comparison of two conditions.

    difference: mean of first - second over listeners; sd: its standard deviation between listeners; p: Holm-corrected
    over all pairs; needed: number of listeners to detect a difference of this size with power 0.8.
    """

    first: str
    second: str
    difference: float
    sd: float
    p: float
    needed: int | None


@dataclass(frozen=True)
class Analysis:
    """Results of a listening test.

    detectable: by number of listeners, the smallest mean difference in points between two systems that is detected
    with power 0.8 at the same standard deviation.
    """

    listeners: list[str]
    left_out: dict[str, str]
    items: list[str]
    conditions: list[Condition]
    friedman_p: float
    pairs: list[Pair]
    detectable: dict[int, float]


def analyse(ratings: Ratings, left_out: dict[str, str] | None = None) -> Analysis:
    """Screen the listeners and compare the conditions.

    Raises:
        InvalidOptions: there are fewer than three conditions, or fewer than three listeners after screening.
    """
    out = {**(left_out or {}), **screen(ratings)}
    included = [k for k, who in enumerate(ratings.listeners) if who not in out]
    if len(included) < MIN_LISTENERS or len(ratings.conditions) < 3:
        raise InvalidOptions(
            f"There are {len(included)} listeners after screening and {len(ratings.conditions)} conditions; "
            "at least three of each are needed."
        )
    scores = ratings.scores[included]
    means = scores.mean(axis=1)
    pairs = _pairs(ratings.conditions, means)
    systems = [p for p in pairs if not {p.first, p.second} & {REFERENCE, LOW_ANCHOR, MIXTURE_ANCHOR}]
    spread = float(np.sqrt(np.mean([p.sd**2 for p in systems or pairs])))
    return Analysis(
        [ratings.listeners[k] for k in included],
        out,
        ratings.items,
        [_condition(name, means[:, c], scores[:, :, c]) for c, name in enumerate(ratings.conditions)],
        float(friedmanchisquare(*means.T).pvalue),
        pairs,
        {n: smallest_difference(n, spread, ALPHA / len(pairs)) for n in PLANNED},
    )


def _condition(name: str, means: Scores, ratings: Scores) -> Condition:
    half = float(student.ppf(0.975, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means)))
    mean = float(means.mean())
    first, median, third = np.percentile(ratings, [25, 50, 75]).tolist()
    return Condition(name, mean, mean - half, mean + half, median, (first, third))


def _pairs(conditions: Sequence[str], means: Scores) -> list[Pair]:
    tests = []
    for a, b in combinations(range(len(conditions)), 2):
        test = paired_wilcoxon(means[:, a].tolist(), means[:, b].tolist())
        assert test is not None
        tests.append((a, b, test.p))
    pairs = []
    for (a, b, _), p in zip(tests, holm([p for _, _, p in tests]), strict=True):
        gap = means[:, a] - means[:, b]
        difference, sd = float(gap.mean()), float(gap.std(ddof=1))
        needed = listeners_needed(difference, sd, ALPHA / len(tests))
        pairs.append(Pair(conditions[a], conditions[b], difference, sd, p, needed))
    return pairs


def power(listeners: float, difference: float, sd: float, alpha: float = ALPHA) -> float:
    """Power of a two-sided Wilcoxon test on `listeners` paired ratings, 0 to 1.

    difference: true mean in points; sd: its standard deviation between listeners. It is the power of the t test with
    the number of listeners times the relative efficiency of 0.955.
    """
    effective = listeners * WILCOXON_EFFICIENCY
    if effective <= 1:
        return 0.0
    shift = abs(difference) / sd * math.sqrt(effective)
    if effective > MANY:
        return float(norm.sf(norm.ppf(1 - alpha / 2) - shift))
    critical = float(student.ppf(1 - alpha / 2, effective - 1))
    if shift > critical + 8:  # scipy's noncentral t returns nan here
        return 1.0
    return float(nct.sf(critical, effective - 1, shift))


def listeners_needed(difference: float, sd: float, alpha: float = ALPHA, most: int = 10_000) -> int | None:
    """The smallest number of listeners with power 0.8; None if it exceeds `most`."""
    if difference == 0 or sd == 0 or power(most, difference, sd, alpha) < POWER:
        return None
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, difference, sd, alpha) >= POWER else (middle, high)
    return high


def smallest_difference(listeners: int, sd: float, alpha: float = ALPHA) -> float:
    """The smallest mean difference in points that `listeners` detect with power 0.8."""
    low, high = 0.0, 100.0 + 100.0 * sd
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if power(listeners, middle, max(sd, 1e-9), alpha) >= POWER else (middle, high)
    return high
