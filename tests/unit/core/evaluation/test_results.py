"""Summaries, the gate, and the report, on scores made up for the purpose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidOptions, NotFound
from core.evaluation.report import html, markdown
from core.evaluation.results import ClipResult, Results, SetResult, check_comparable, compare, read_results

SYSTEMS = ("vocals/generative", "vocals/masked", "vocals/mixture", "instrumental/masked")
HOW = {"quality": "standard", "steps": 6, "eta": 0.0, "t_start": 0.5, "seed": 0, "threads": 2}
MODEL = {"name": "toy", "version": "1", "licence": "MIT"}


def results(shift: float = 0.0, distance: float = 0.0, clips: int = 20, full_songs: bool = False) -> Results:
    rng = np.random.default_rng(9)
    base = rng.normal(5.0, 2.0, clips)
    found = []
    for k, value in enumerate(base):
        scores: dict[str, dict[str, float | None]] = {
            system: {
                "sdr": float(value) + shift * system.startswith("vocals/m"),
                "mrstft": 1.5 + 0.1 * float(value) + distance,
                "pesq": None,
            }
            for system in SYSTEMS
        }
        found.append(ClipResult(f"clip_{k}", 6.8, 0.68, scores))
    return Results(MODEL, HOW, False, [SetResult("toy_set", "previews of 6.8 s", full_songs, 40, found)])


def test_results_survive_the_file(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(results().to_json())
    assert read_results(tmp_path / "results.json") == results()
    with pytest.raises(NotFound):
        read_results(tmp_path / "none.json")
    (tmp_path / "other.json").write_text('{"voicelift_evaluation": 99}')
    with pytest.raises(InvalidOptions, match="another version"):
        read_results(tmp_path / "other.json")


def worse(candidate: Results, default: Results) -> set[tuple[str, str]]:
    return {(v.system, v.metric) for v in compare(candidate, default) if v.worse}


def test_the_gate_lets_equal_and_better_through_and_stops_worse() -> None:
    assert worse(results(), results()) == set()
    assert worse(results(shift=+5, distance=-1), results()) == set()
    assert worse(results(shift=-0.03), results()) == set(), "below the metric's resolution"
    interval = results().sets[0].interval("vocals/masked", "sdr")
    assert interval is not None
    inside = interval.median - interval.low
    assert worse(results(shift=-0.9 * inside), results()) == set()
    assert worse(results(shift=-1.1 * inside), results()) == {("vocals/masked", "sdr")}, "the mixture is not gated"
    assert ("instrumental/masked", "mrstft") in worse(results(distance=2), results()), "lower is better"


def test_a_lost_score_is_worse() -> None:
    broken = results()
    for clip in broken.sets[0].clips:
        clip.scores["vocals/masked"]["sdr"] = None
    assert worse(broken, results()) == {("vocals/masked", "sdr")}


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidOptions, match="other clips"):
        compare(results(clips=10), results())
    with pytest.raises(InvalidOptions, match="--quick"):
        compare(replace(results(), quick=True), results())
    with pytest.raises(InvalidOptions, match="hold these sets: toy_set"):
        check_comparable(results(), {"jazz": ["a"]}, quick=False)


def test_every_table_says_what_it_shows() -> None:
    text = markdown(results(), compare(results(shift=-5), results()))
    assert "Medians over 20 of 40 clips of 6.8 s; previews of 6.8 s." in text
    assert "Real-time factor 0.100 on 2 threads" in text
    assert "| vocals, masked | " in text
    assert "WORSE" in text
    assert "PESQ" not in text, "a column without values is left out"
    assert "p (Holm)" in text
    assert "full songs" in markdown(results(full_songs=True))


def test_the_page_escapes_names_and_shows_kept_audio(tmp_path: Path) -> None:
    found = results(clips=1)
    clip = replace(found.sets[0].clips[0], name="<script>")
    found = replace(found, sets=[replace(found.sets[0], clips=[clip])])
    folder = tmp_path / "clips" / "toy_set" / "x"
    (folder / "vocals").mkdir(parents=True)
    for name in ("reference", "masked"):
        (folder / "vocals" / f"{name}.flac").touch()
    page = html(found, tmp_path, {("toy_set", "<script>"): folder})
    assert "&lt;script&gt;" in page
    assert page.count("<audio") == 2
    assert 'src="clips/toy_set/x/vocals/masked.png"' in page
