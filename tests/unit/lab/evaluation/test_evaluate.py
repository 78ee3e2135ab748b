"""`voicelift evaluate` with the tiny checkpoint and synthetic songs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cli.evaluate import WORSE
from cli.main import main
from core.card import load_card
from lab.evaluation import evaluate
from lab.evaluation.audio_files import write_audio
from lab.evaluation.datasets import ClipRef, limited, load, synthetic_set
from lab.evaluation.evaluate import clip_folder
from lab.evaluation.report import markdown
from lab.evaluation.results import Results
from lab.evaluation.scores import Scorer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs of 1.5 s; the name of one needs escaping."""
    root = tmp_path_factory.mktemp("pairs")
    for k, name in enumerate(("one", "zwei & drei")):
        clip = load(ClipRef("x", name, stop=1.5, synthetic_song=k))
        assert clip.vocals is not None
        write_audio(root / name / "mixture.wav", clip.mixture, clip.rate)
        write_audio(root / name / "vocals.wav", clip.vocals, clip.rate)
    return root


def test_the_command_scores_reports_and_gates(
    pairs: Path, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["evaluate", str(tiny_model_dir), "--folder", str(pairs), "--quick", "--quality", "draft"]
    arguments += ["--jobs", "1", "--listen", "1"]
    assert main([*arguments, "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "[2/2]" in printed.err
    assert "Medians over 2 clips of 1.5 s" in printed.out
    assert (out / "table.md").read_text() in printed.out

    written = json.loads((out / "results.json").read_text())
    assert written["sampling"]["steps"] == load_card(tiny_model_dir).quality["draft"].steps
    assert written["sets"][0]["summary"]["vocals/masked"]["sdr"]["n"] == 2
    saved = out / clip_folder(ClipRef(pairs.name, "one")) / "vocals"
    systems = {"reference", "mixture", "generative", "masked", "regressor", "codec", "ideal_ratio_mask", "repet_sim"}
    assert systems == {path.stem for path in saved.glob("*.flac")}
    assert (saved / "masked.png").read_bytes().startswith(b"\x89PNG")
    assert "<audio" in (out / "index.html").read_text()

    for clip in written["sets"][0]["clips"]:
        clip["scores"]["vocals/masked"]["sdr"] += 30
    (tmp_path / "better.json").write_text(json.dumps(written))
    arguments[-1] = "0"  # --listen
    stale = tmp_path / "again" / saved.relative_to(out) / "masked.flac"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"of another run")
    again = [*arguments, "--out", str(tmp_path / "again"), "--against", str(tmp_path / "better.json")]
    assert main(again) == WORSE
    assert "1 of " in capsys.readouterr().err
    assert not stale.exists() and "<audio" not in (tmp_path / "again" / "index.html").read_text()
    repeated = json.loads((tmp_path / "again" / "results.json").read_text())
    for before, after in zip(written["sets"][0]["clips"], repeated["sets"][0]["clips"], strict=True):
        assert after["scores"]["vocals/generative"] == before["scores"]["vocals/generative"], "reproducible"


class Halver:
    """A model that returns half of the mixture as the voice."""

    def separate(self, mixture: np.ndarray, rate: int) -> tuple[dict[str, np.ndarray], float]:
        return {"vocals": 0.5 * mixture, "masked": 0.5 * mixture}, 1.0

    def regress(self, mixture: np.ndarray, rate: int) -> None:
        return None

    def through_codec(self, vocals: np.ndarray, mixture: np.ndarray, rate: int) -> np.ndarray:
        return vocals


def test_set_scores_are_computed_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "Scorer", lambda quick, embed: Scorer(quick=True))  # cheap scores
    plan = evaluate.Plan(Halver, quick=False, clap=None, out=None)
    chosen = limited(synthetic_set(), 2, 1.5)
    scored = [evaluate.score_clip(plan, ref, keep=False) for ref in chosen.clips]
    result = evaluate._set_result(chosen, 4, scored)
    assert result.perception.keys() == {system for system in result.systems() if system.startswith("vocals/")}
    assert all(scores.keys() == {"two_sample", "frechet"} for scores in result.perception.values())
    assert result.perception["vocals/masked"]["two_sample"].n == 2, "songs"
    distances = {system: scores["frechet"].median for system, scores in result.perception.items()}
    assert distances["vocals/codec"] == pytest.approx(0, abs=1e-3), "the true voice"
    assert distances["vocals/ideal_ratio_mask"] < distances["vocals/masked"]
    assert [clip.compute_s for clip in result.clips] == [1.0, 1.0], "the seconds that the separator reports"
    sampling = {"quality": "standard", "steps": 6, "eta": 0.0, "t_start": 0.5, "threads": 1, "seed": 0}
    text = markdown(Results({"name": "half", "version": "1", "licence": "MIT"}, sampling, False, [result]))
    heads = [line for line in text.splitlines() if line.startswith("| vocals |")]
    assert any(all(name in h for name in ("two-sample AUC", "Fréchet distance", "holes", "residue")) for h in heads)
    assert any("level error 1000 Hz up" in h for h in heads)
    short = evaluate.score_clip(replace(plan, quick=True), chosen.clips[0], keep=False)
    assert short.features is None


def test_invalid_arguments_are_reported(
    pairs: Path, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in (
        ([str(tmp_path / "none"), "--folder", str(pairs)], "No model in"),
        ([str(tiny_model_dir), "--folder", str(tmp_path / "none")], "does not exist"),
        ([str(tiny_model_dir), "--root", str(tmp_path)], "splits.json is missing"),
        ([str(tiny_model_dir)], "Name a folder that has one with --root"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--limit", "0"], "--limit must be at least 1"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--steps", "0"], "--steps must be at least 1"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--against", "none.json"], "none.json do not exist"),
    ):
        assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == 1
        assert message in capsys.readouterr().err


def test_a_damaged_clip_stops_the_run_and_is_named(
    tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("mixture", "vocals"):
        (tmp_path / "pairs" / "bad").mkdir(parents=True, exist_ok=True)
        (tmp_path / "pairs" / "bad" / f"{part}.wav").write_bytes(b"no audio")
    arguments = ["evaluate", str(tiny_model_dir), "--folder", str(tmp_path / "pairs"), "--quick"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 1
    assert "bad" in capsys.readouterr().err
