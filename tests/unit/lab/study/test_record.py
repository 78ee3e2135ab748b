"""Stored cells of studies: resumption, and refusal of cells for other facts."""

from pathlib import Path

import pytest

from core.errors import InvalidOptions
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import Scores
from lab.study.record import Record
from lab.study.run import Run

pytestmark = pytest.mark.slow

FACTS = {"model": "toy", "quick": True}


def run_of(tmp_path: Path, model_dir: Path) -> Run:
    return Run("toy", tmp_path, model_dir, tmp_path, quick=True)


def test_finished_cells_are_not_computed_again(tiny_model_dir: Path, tmp_path: Path) -> None:
    computed: list[tuple[str, str]] = []

    def work(clip: Clip, condition: str) -> Scores:
        if len(computed) == 3 and condition == "b" and not resumed:
            raise KeyboardInterrupt
        computed.append((clip.ref.name, condition))
        return {"sdr": float(len(computed))}

    resumed = False
    run = run_of(tmp_path, tiny_model_dir)
    sets = run.clips({})
    with pytest.raises(KeyboardInterrupt):
        run.grid(sets, ["a", "b"], work)
    assert len(computed) == 3

    resumed = True
    again = run_of(tmp_path, tiny_model_dir)
    grid = again.grid(sets, ["a", "b"], work)
    assert computed == [("made_0", "a"), ("made_0", "b"), ("made_3", "a"), ("made_3", "b")]
    assert grid.values("synthetic", "b", "sdr") == [2.0, 4.0]
    assert again.grid(sets, ["a", "b"], work).cells == grid.cells
    assert len(computed) == 4


def test_an_incomplete_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    record = Record(path, FACTS)
    record.cell("one", lambda: {"sdr": 1.0})
    record.cell("two", lambda: {"sdr": 2.0})
    path.write_text(path.read_text()[:-4])
    again = Record(path, FACTS)
    assert "one" in again
    assert "two" not in again
    again.cell("two", lambda: {"sdr": None})
    assert Record(path, FACTS).cell("two", lambda: {"sdr": 3.0}) == {"sdr": None}

    path.write_text(path.read_text()[:5])  # killed within the first line
    assert "one" not in Record(path, FACTS)


def test_cells_of_another_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    Record(path, FACTS).cell("one", lambda: 1.0)
    with pytest.raises(InvalidOptions, match="another model or form"):
        Record(path, FACTS | {"model": "other"})


def test_a_nan_is_not_stored(tmp_path: Path) -> None:
    record = Record(tmp_path / "cells.jsonl", FACTS)
    with pytest.raises(ValueError, match="not JSON compliant"):
        record.cell("one", lambda: {"sdr": float("nan")})
    assert "one" not in record


def test_facts_include_presets_and_folder(tiny_model_dir: Path, tmp_path: Path) -> None:
    run = run_of(tmp_path, tiny_model_dir)
    assert run.facts["presets"]["standard"]["steps"] == run.card.quality["standard"].steps
    other = Run("toy", tmp_path, tiny_model_dir, tmp_path, folder=tmp_path, quick=True)
    assert other.facts != run.facts


def test_a_study_can_use_some_of_its_sets(tiny_model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "splits.json").write_text('{"musdb7": {"dev": ["a", "b"]}, "songs": {"dev": []}}')

    def names(*sets: str) -> list[str]:
        run = Run("toy", tmp_path, tiny_model_dir, tmp_path, sets=sets)
        return [clip_set.name for clip_set in run.clips({"musdb7": 1, "songs": 1})]

    assert names() == ["musdb7", "songs"]
    assert names("musdb7") == ["musdb7"]
    with pytest.raises(InvalidOptions, match="has the sets musdb7, songs, not mir1k"):
        names("mir1k")
