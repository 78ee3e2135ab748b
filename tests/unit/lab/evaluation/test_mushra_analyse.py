"""Analysis of simulated listening tests with known effects."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from core.errors import InvalidOptions, NotFound
from lab.evaluation.mushra_analyse import (
    Ratings,
    analyse,
    listeners_needed,
    power,
    read_ratings,
    screen,
    smallest_difference,
)

pytestmark = pytest.mark.slow

TRUE = {"reference": 98.0, "good": 70.0, "fair": 62.0, "twin": 62.0, "anchor35": 25.0, "anchor_mixture": 12.0}


def simulate(listeners: int, items: int, seed: int, true: dict[str, float] = TRUE, sd: float = 4.0) -> Ratings:
    """Ratings from 0 to 100 with a bias per listener, a bias per listener and condition (`sd`), and random errors."""
    rng = np.random.default_rng(seed)
    shape = (listeners, items, len(true))
    scores = np.array(list(true.values())) + rng.normal(0, sd, (listeners, 1, len(true)))
    scores = scores + rng.normal(0, 3, (listeners, 1, 1)) + rng.normal(0, 5, shape)
    reference = list(true).index("reference")
    scores[:, :, reference] = np.maximum(scores[:, :, reference], 95)
    names = [f"L{k:02d}" for k in range(listeners)]
    return Ratings(names, [f"item_{k}" for k in range(items)], list(true), np.clip(scores, 0, 100))


def test_analysis_detects_known_effects() -> None:
    analysis = analyse(simulate(24, 8, seed=8))
    for condition in analysis.conditions:
        assert condition.low <= condition.mean <= condition.high
        if condition.name != "reference":  # limited by the end of the scale
            assert condition.mean == pytest.approx(TRUE[condition.name], abs=3)
    assert analysis.friedman_p < 1e-6
    p = {frozenset((pair.first, pair.second)): pair.p for pair in analysis.pairs}
    assert p[frozenset(("good", "fair"))] < 0.05
    assert p[frozenset(("fair", "twin"))] > 0.05
    assert p[frozenset(("good", "anchor35"))] < 0.001
    assert not analysis.left_out


def test_intervals_cover_the_truth() -> None:
    three = {name: TRUE[name] for name in ("reference", "good", "fair")}
    hits = []
    for seed in range(80):
        for condition in analyse(simulate(12, 4, seed, three)).conditions[1:]:
            hits.append(condition.low <= three[condition.name] <= condition.high)
    assert 0.88 <= np.mean(hits) <= 0.99, "95 % intervals; 1000 seeds give 94.6 %"


def test_equal_systems_are_rarely_significant() -> None:
    """Holm's correction keeps the family-wise error near 5 %."""
    same = {"reference": 50.0, "a": 50.0, "b": 50.0, "c": 50.0}
    false_positives = 0
    for seed in range(80):
        ratings = simulate(20, 3, seed, same)
        flat = Ratings(ratings.listeners, ratings.items, ["a", "b", "c"], ratings.scores[:, :, 1:])
        false_positives += any(pair.p < 0.05 for pair in analyse(flat).pairs)
    assert false_positives <= 10


def test_careless_listeners_are_excluded() -> None:
    ratings = simulate(12, 8, seed=2)
    reference, anchor = ratings.conditions.index("reference"), ratings.conditions.index("anchor35")
    ratings.scores[0, :2, reference] = 60  # 25 % of the items
    ratings.scores[1, :1, reference] = 60  # 12.5 %: allowed
    ratings.scores[2, :3, anchor] = 95
    out = screen(ratings)
    assert set(out) == {"L00", "L02"}
    assert "hidden reference below 90 in 25%" in out["L00"] and "anchor35 above 90" in out["L02"]
    analysis = analyse(ratings)
    assert len(analysis.listeners) == 10 and set(analysis.left_out) == {"L00", "L02"}


def test_anchors_that_most_listeners_rate_high_exclude_nobody() -> None:
    ratings = simulate(12, 8, seed=3)
    ratings.scores[:6, :4, ratings.conditions.index("anchor35")] = 95
    assert screen(ratings) == {}


def test_power_agrees_with_simulated_tests() -> None:
    from scipy.stats import wilcoxon

    rng = np.random.default_rng(4)
    for listeners, difference, sd in ((20, 5.0, 8.0), (30, 4.0, 10.0), (12, 6.0, 5.0)):
        draws = rng.normal(difference, sd, (600, listeners))
        detected = np.mean(wilcoxon(draws, axis=1).pvalue < 0.05)
        assert power(listeners, difference, sd) == pytest.approx(detected, abs=0.06)


def test_needed_listeners_and_smallest_difference_are_inverse() -> None:
    needed = listeners_needed(5.0, 10.0)
    assert needed is not None
    assert power(needed, 5.0, 10.0) >= 0.8 > power(needed - 1, 5.0, 10.0)
    assert smallest_difference(needed, 10.0) == pytest.approx(5.0, abs=0.1)
    assert needed == pytest.approx(36, abs=1), "34 for the t test (Cohen), 5 % more for Wilcoxon's"
    assert listeners_needed(0.0, 10.0) is None
    assert [power(37, d, 10.0) for d in (20, 40, 70, 1000)] == pytest.approx([1, 1, 1, 1], abs=1e-6)
    assert smallest_difference(20, 10.0) > smallest_difference(40, 10.0)


def write_csv(path: Path, ratings: Ratings, column: str = "listener") -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["session_test_id", column, "trial_id", "rating_stimulus", "rating_score", "rating_time", "rating_comment"]
        )
        for a, who in enumerate(ratings.listeners):
            writer.writerow(["voicelift", who, "training_x", "good", "1", "100", ""])
            for b, item in enumerate(ratings.items):
                for c, condition in enumerate(ratings.conditions):
                    writer.writerow(["voicelift", who, item, condition, f"{ratings.scores[a, b, c]:.0f}", "100", ""])


def test_ratings_are_read_from_webmushra(tmp_path: Path) -> None:
    ratings = simulate(5, 3, seed=5)
    write_csv(tmp_path / "mushra.csv", ratings)
    read, left_out = read_ratings([tmp_path / "mushra.csv"])
    assert read.listeners == ratings.listeners and read.items == ratings.items, "no training page"
    assert np.abs(read.scores - ratings.scores).max() <= 0.5 and not left_out
    lines = (tmp_path / "mushra.csv").read_text().splitlines()
    (tmp_path / "torn.csv").write_text("\n".join(lines[:-1]))
    read, left_out = read_ratings([tmp_path / "torn.csv"])
    assert left_out == {"L04": "did not rate every item"} and len(read.listeners) == 4


def test_unusable_ratings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        read_ratings([tmp_path / "none.csv"])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidOptions, match="--listener-column"):
        read_ratings([tmp_path / "other.csv"])
    with pytest.raises(InvalidOptions, match="at least three"):
        analyse(simulate(2, 3, seed=6))


def test_the_command_writes_tables_and_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(tmp_path / "mushra.csv", simulate(22, 6, seed=7))
    assert main(["mushra", "analyse", str(tmp_path / "mushra.csv"), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "22 listeners, 6 items" in printed and "excluded no listener" in printed
    written = json.loads((tmp_path / "out" / "analysis.json").read_text())
    assert len(written["pairs"]) == 15 and "30" in written["detectable"]
    for name in ("means.png", "ratings.png"):
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")
