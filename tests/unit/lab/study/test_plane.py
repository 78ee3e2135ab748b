"""Saved features of voices for the scores of a set."""

from pathlib import Path

import numpy as np

from lab.evaluation.datasets import ClipRef, EvaluationSet
from lab.evaluation.perception import perception
from lab.study import plane


def test_every_row_has_a_separate_file(tmp_path: Path) -> None:
    rows = [plane.title(f, n, r) for f in (plane.FROM_ESTIMATE, plane.FROM_NOISE) for n in (1, 25) for r in ("a", "b")]
    paths = {plane._features_path(tmp_path, "set", clip, row) for clip in ("x & y", "x + y", "x/y") for row in rows}
    assert len(paths) == 3 * len(rows)
    assert {path.parent.parent for path in paths} == {tmp_path / "features" / "set"}


def test_features_are_scored_by_row_without_clips_without_vocals(tmp_path: Path) -> None:
    clip_set = EvaluationSet("toy", "noise", tuple(ClipRef("toy", name) for name in ("one", "two", "instrumental")))
    rng = np.random.default_rng(0)
    shifts = {plane.MIXTURE: 3.0, plane.title(plane.FROM_ESTIMATE, 2, "masked"): 0.0}
    for ref in clip_set.clips[:2]:
        true = rng.standard_normal((20, 4))
        for row, shift in shifts.items():
            path = plane._features_path(tmp_path, "toy", ref.name, row)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, true=true, estimate=true + shift)
    features = plane._saved_features(tmp_path, clip_set, list(shifts))
    assert [clip.song for clip in features] == ["one", "two"]
    scores = perception(features)
    far, near = (scores[row]["frechet"].median for row in shifts)
    assert near < 1e-6 < 10 < far
