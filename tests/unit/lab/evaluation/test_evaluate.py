"""The whole command on the tiny checkpoint and songs made on the spot."""

import json
from pathlib import Path

import pytest

from cli.evaluate import WORSE
from cli.main import main
from core.card import load_card
from lab.evaluation.audio_files import write_audio
from lab.evaluation.datasets import ClipRef, load
from lab.evaluation.evaluate import clip_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs of 1.5 s, one with a name that is no path."""
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
    kept = out / clip_folder(ClipRef(pairs.name, "one")) / "vocals"
    systems = {"reference", "mixture", "generative", "masked", "regressor", "codec", "ideal_ratio_mask", "repet_sim"}
    assert systems == {path.stem for path in kept.glob("*.flac")}
    assert (kept / "masked.png").read_bytes().startswith(b"\x89PNG")
    assert "<audio" in (out / "index.html").read_text()

    for clip in written["sets"][0]["clips"]:
        clip["scores"]["vocals/masked"]["sdr"] += 30
    (tmp_path / "better.json").write_text(json.dumps(written))
    arguments[-1] = "0"  # clips to listen to
    stale = tmp_path / "again" / kept.relative_to(out) / "masked.flac"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"of another run")
    again = [*arguments, "--out", str(tmp_path / "again"), "--against", str(tmp_path / "better.json")]
    assert main(again) == WORSE
    assert "1 of " in capsys.readouterr().err
    assert not stale.exists() and "<audio" not in (tmp_path / "again" / "index.html").read_text()
    repeated = json.loads((tmp_path / "again" / "results.json").read_text())
    for before, after in zip(written["sets"][0]["clips"], repeated["sets"][0]["clips"], strict=True):
        assert after["scores"]["vocals/generative"] == before["scores"]["vocals/generative"], "the same each time"


def test_mistakes_are_told_in_words(
    pairs: Path, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, words in (
        ([str(tmp_path / "none"), "--folder", str(pairs)], "No model in"),
        ([str(tiny_model_dir), "--folder", str(tmp_path / "none")], "There is no folder"),
        ([str(tiny_model_dir), "--root", str(tmp_path)], "splits.json is missing"),
        ([str(tiny_model_dir)], "Name a folder that has one with --root"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--limit", "0"], "--limit must be at least 1"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--steps", "0"], "--steps must be at least 1"),
        ([str(tiny_model_dir), "--folder", str(pairs), "--against", "none.json"], "There are no results"),
    ):
        assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == 1
        assert words in capsys.readouterr().err


def test_a_damaged_clip_stops_the_run_and_is_named(
    tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("mixture", "vocals"):
        (tmp_path / "pairs" / "bad").mkdir(parents=True, exist_ok=True)
        (tmp_path / "pairs" / "bad" / f"{part}.wav").write_bytes(b"no audio")
    arguments = ["evaluate", str(tiny_model_dir), "--folder", str(tmp_path / "pairs"), "--quick"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 1
    assert "bad" in capsys.readouterr().err
