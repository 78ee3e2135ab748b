"""What voices leave for the scores of a set: one file each, read back as they were."""

from pathlib import Path

import numpy as np

from lab.evaluation.datasets import ClipRef, EvaluationSet
from lab.evaluation.perception import perception
from lab.study import plane


def test_every_row_has_a_file_of_its_own(tmp_path: Path) -> None:
    rows = [plane.title(f, n, r) for f in (plane.FROM_ESTIMATE, plane.FROM_NOISE) for n in (1, 25) for r in ("a", "b")]
    paths = {plane._features_path(tmp_path, "set", clip, row) for clip in ("x & y", "x + y", "x/y") for row in rows}
    assert len(paths) == 3 * len(rows)
    assert {path.parent.parent for path in paths} == {tmp_path / "features" / "set"}


def test_features_are_scored_by_row_and_clips_without_voice_are_left_out(tmp_path: Path) -> None:
    clip_set = EvaluationSet("made", "noise", tuple(ClipRef("made", name) for name in ("one", "two", "nobody sings")))
    rng = np.random.default_rng(0)
    shifts = {plane.MIXTURE: 3.0, plane.title(plane.FROM_ESTIMATE, 2, "masked"): 0.0}
    for ref in clip_set.clips[:2]:
        true = rng.standard_normal((20, 4))
        for row, shift in shifts.items():
            path = plane._features_path(tmp_path, "made", ref.name, row)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, true=true, estimate=true + shift)
    kept = plane._kept(tmp_path, clip_set, list(shifts))
    assert [clip.song for clip in kept] == ["one", "two"]
    scores = perception(kept)
    far, near = (scores[row]["frechet"].median for row in shifts)
    assert near < 1e-6 < 10 < far
