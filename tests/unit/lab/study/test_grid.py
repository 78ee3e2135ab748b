"""Tables of studies from given cells."""

import math

import numpy as np

from lab.evaluation.datasets import ClipRef, EvaluationSet
from lab.evaluation.scores import METRICS
from lab.study.grid import Grid

SDR = {"sdr": METRICS["sdr"]}


def grid(clips: int, full_songs: bool = False) -> Grid:
    refs = tuple(ClipRef("toy", f"clip_{k}") for k in range(clips))
    clip_set = EvaluationSet("toy", "given scores", refs, full_songs)
    cells = {
        ("toy", f"clip_{k}", condition): {"sdr": k + shift, "sir": None}
        for k in range(clips)
        for condition, shift in (("low", 0.0), ("high", 2.0))
    }
    return Grid([clip_set], ["low", "high"], cells)


def test_rows_have_medians_intervals_and_counts() -> None:
    head, rows = grid(9).table(METRICS)
    assert head == ["set", "condition", "n", "SDR ↑ dB"]  # columns without values are omitted
    assert [row[:3] for row in rows] == [["toy", "low", "9"], ["toy", "high", "9"]]
    assert rows[0][3].startswith("4.00 [")
    summary = grid(9).summary(SDR)
    assert [row["condition"] for row in summary] == ["low", "high"]
    assert summary[1]["sdr"]["median"] == 6.0
    assert math.isnan(grid(9).median("toy", "low", "sir"))


def test_pairs_are_tested_on_the_same_clips_and_corrected() -> None:
    _, rows = grid(9).paired("low", SDR)
    assert [row[:5] for row in rows] == [["toy", "high", "SDR", "+2.00", "9"]]
    assert np.isclose(float(rows[0][5]), 2 / 2**9, rtol=0.05)  # nine of nine: the smallest p of Wilcoxon's test
    assert grid(5).paired("low", SDR)[1] == []  # too few pairs


def test_captions_mention_small_sets() -> None:
    assert "not MUSDB18-HQ" in grid(3).caption
    assert "not MUSDB18-HQ" not in grid(3, full_songs=True).caption
