"""Summaries, the gate and the report, on synthetic scores."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidOptions, NotFound
from lab.evaluation.gate import check_comparable, compare
from lab.evaluation.report import html, markdown
from lab.evaluation.results import ClipResult, Results, SetResult, read_results
from lab.evaluation.statistics import Interval

SYSTEMS = ("vocals/generative", "vocals/masked", "vocals/mixture", "instrumental/masked")
HOW = {"quality": "standard", "steps": 6, "eta": 0.0, "t_start": 0.5, "seed": 0, "threads": 2}
MODEL = {"name": "toy", "version": "1", "licence": "MIT"}


def results(shift: float = 0.0, distance: float = 0.0, clips: int = 20, full_songs: bool = False) -> Results:
    rng = np.random.default_rng(9)
    base = rng.normal(5.0, 2.0, clips)
    sets = []
    for k, value in enumerate(base):
        scores: dict[str, dict[str, float | None]] = {
            system: {
                "sdr": float(value) + shift * system.startswith("vocals/m"),
                "mrstft": 1.5 + 0.1 * float(value) + distance,
                "pesq": None,
            }
            for system in SYSTEMS
        }
        sets.append(ClipResult(f"clip_{k}", 6.8, 0.68, scores))
    return Results(MODEL, HOW, False, [SetResult("toy_set", "previews of 6.8 s", full_songs, 40, sets)])


def test_results_are_written_and_read(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(results().to_json())
    assert read_results(tmp_path / "results.json") == results()
    with pytest.raises(NotFound):
        read_results(tmp_path / "none.json")
    (tmp_path / "other.json").write_text('{"voicelift_evaluation": 99}')
    with pytest.raises(InvalidOptions, match="has another version"):
        read_results(tmp_path / "other.json")


def with_perception(outcome: Results) -> Results:
    of_set = {"vocals/masked": {"two_sample": Interval(0.8, 0.7, 0.9, 12), "frechet": Interval(3.0, 3.0, 3.0, 12)}}
    return replace(outcome, sets=[replace(outcome.sets[0], perception=of_set)])


def test_set_scores_are_stored_and_reported(tmp_path: Path) -> None:
    outcome = with_perception(results())
    for small in (False, True):
        (tmp_path / "results.json").write_text(outcome.to_json(small))
        assert read_results(tmp_path / "results.json").sets[0].perception == outcome.sets[0].perception
    summary = json.loads((tmp_path / "results.json").read_text())["sets"][0]["summary"]
    assert summary["vocals/masked"]["two_sample"] == {"median": 0.8, "low": 0.7, "high": 0.9, "n": 12}
    row = next(line for line in markdown(outcome).splitlines() if "0.800 [0.700, 0.900]" in line)
    assert row == "| vocals, masked | 0.800 [0.700, 0.900] | 3.0 |"


def test_older_results_can_be_compared(tmp_path: Path) -> None:
    document = json.loads(results().to_json(small=True))
    for entry in document["sets"]:
        del entry["perception"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    old, new = read_results(tmp_path / "old.json"), with_perception(results())
    for clip in new.sets[0].clips:
        clip.scores["vocals/masked"]["holes"] = 50.0
    assert old.sets[0].perception == {}
    for candidate, default in ((new, old), (old, new)):
        verdicts = compare(candidate, default)
        assert not any(verdict.worse for verdict in verdicts)
        assert {verdict.metric for verdict in verdicts} == {"sdr", "mrstft"}


def worse(candidate: Results, default: Results) -> set[tuple[str, str]]:
    return {(v.system, v.metric) for v in compare(candidate, default) if v.worse}


def test_the_gate_rejects_only_worse_scores() -> None:
    assert worse(results(), results()) == set()
    assert worse(results(shift=+5, distance=-1), results()) == set()
    assert worse(results(shift=-0.03), results()) == set(), "below the metric's resolution"
    interval = results().sets[0].interval("vocals/masked", "sdr")
    assert interval is not None
    inside = interval.median - interval.low
    assert worse(results(shift=-0.9 * inside), results()) == set()
    assert worse(results(shift=-1.1 * inside), results()) == {("vocals/masked", "sdr")}, "the mixture is not gated"
    assert ("instrumental/masked", "mrstft") in worse(results(distance=2), results()), "lower is better"


def test_a_missing_score_is_worse() -> None:
    broken = results()
    for clip in broken.sets[0].clips:
        clip.scores["vocals/masked"]["sdr"] = None
    assert worse(broken, results()) == {("vocals/masked", "sdr")}


def test_compact_results_give_the_same_verdicts(tmp_path: Path) -> None:
    original = results()
    original.sets[0].clips[0].scores["vocals/generative"]["pesq"] = 2.0
    (tmp_path / "small.json").write_text(original.to_json(small=True))
    small = read_results(tmp_path / "small.json")
    assert small != original
    assert "pesq" not in small.sets[0].clips[0].scores["vocals/generative"], "the gate does not compare it"
    assert "vocals/mixture" not in small.sets[0].clips[0].scores
    interval = json.loads((tmp_path / "small.json").read_text())["sets"][0]["summary"]["vocals/mixture"]["sdr"]
    assert interval["median"] == pytest.approx(original.sets[0].interval("vocals/mixture", "sdr").median, abs=1e-5)  # type: ignore[union-attr]
    verdicts = compare(original, small)
    assert {(v.system, v.metric) for v in verdicts} == {(v.system, v.metric) for v in compare(original, original)}
    assert not any(v.worse for v in verdicts)
    assert ("vocals/masked", "sdr") in worse(results(shift=-5), small)


def names(outcome: Results) -> dict[str, list[str]]:
    return {s.name: [clip.name for clip in s.clips] for s in outcome.sets}


def test_incomparable_results_are_refused() -> None:
    with pytest.raises(InvalidOptions, match="clips of toy_set that this run does not include"):
        compare(results(clips=10), results())
    with pytest.raises(InvalidOptions, match="--quick"):
        compare(replace(results(), quick=True), results())
    with pytest.raises(InvalidOptions, match="have these sets: toy_set"):
        check_comparable(results(), {"jazz": ["a"]}, HOW, quick=False)
    with pytest.raises(InvalidOptions, match="quality standard, not draft"):
        compare(replace(results(), sampling=HOW | {"quality": "draft"}), results())


def test_differences_of_the_comparison_are_reported() -> None:
    default, clips = results(), names(results())
    assert check_comparable(default, clips, HOW, quick=False) == []
    two = replace(default, sets=[*default.sets, replace(default.sets[0], name="jazz")])
    assert check_comparable(default, names(two), HOW, False) == ["Not compared: the default has no scores for jazz."]
    assert check_comparable(two, clips, HOW, False) == ["Not compared: only the default was scored on jazz."]
    other = check_comparable(default, clips, HOW | {"steps": 20, "seed": 3, "threads": 1}, quick=False)
    assert other == ["The default was scored with steps 6, seed 0; this run uses steps 20, seed 3."]


def test_clips_that_the_default_lacks_are_not_compared() -> None:
    more = results()
    odd = replace(more.sets[0].clips[0], name="odd", scores={"vocals/masked": {"sdr": -99.0}})
    more = replace(more, sets=[replace(more.sets[0], clips=[odd, *reversed(more.sets[0].clips)])])
    assert check_comparable(results(), names(more), HOW, False) == [
        "toy_set: compared on 20 of 21 clips, those of the default."
    ]
    verdicts = compare(more, results())
    assert not any(v.worse for v in verdicts)
    assert all(v.paired is not None and v.paired.p == 1 for v in verdicts), "paired by clip, in any order"


def test_tables_describe_their_contents() -> None:
    text = markdown(results(), compare(results(shift=-5), results()))
    assert "Medians over 20 of 40 clips of 6.8 s; previews of 6.8 s." in text
    assert "Real-time factor of the masked rendering: 0.100, with 2 threads per clip." in text
    assert "| vocals, masked | " in text
    assert "WORSE" in text
    assert "PESQ" not in text, "columns without values are omitted"
    assert "p (Holm)" in text
    assert "full songs" in markdown(results(full_songs=True))


def test_the_page_escapes_names_and_shows_saved_audio(tmp_path: Path) -> None:
    outcome = results(clips=1)
    clip = replace(outcome.sets[0].clips[0], name="<script>")
    outcome = replace(outcome, sets=[replace(outcome.sets[0], clips=[clip])])
    folder = tmp_path / "clips" / "toy_set" / "x"
    (folder / "vocals").mkdir(parents=True)
    for name in ("reference", "masked"):
        (folder / "vocals" / f"{name}.flac").touch()
    page = html(outcome, tmp_path, {("toy_set", "<script>"): folder})
    assert "&lt;script&gt;" in page
    assert page.count("<audio") == 2
    assert 'src="clips/toy_set/x/vocals/masked.png"' in page
