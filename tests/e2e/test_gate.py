"""The gate on the shipped model, in its short form: it passes with its recorded scores, and fails when damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.evaluate import DEFAULT_MODEL, WORSE
from cli.main import main
from core.checkpoint import load_model, save_model
from lab.evaluation.gate import recorded

RECORDED = recorded(DEFAULT_MODEL, quick=True)


def evaluate(model: Path, out: Path) -> int:
    return main(["evaluate", str(model), "--quick", "--sets", "synthetic", "--listen", "0", "--out", str(out)])


@pytest.fixture(autouse=True)
def _is_recorded() -> None:
    assert RECORDED.is_file(), f"{RECORDED} is missing: make evaluation-quick"


def test_the_shipped_model_separates_and_passes_its_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(DEFAULT_MODEL, tmp_path) == 0
    output = capsys.readouterr().err
    assert f"Gate: {RECORDED}" in output
    assert "0 of 21 listed scores are worse" in output
    summary = json.loads((tmp_path / "results.json").read_text())["sets"][0]["summary"]
    for metric in ("sdr", "si_sdr", "sir", "sir_clip"):
        masked, mixture = summary["vocals/masked"][metric], summary["vocals/mixture"][metric]
        assert masked["median"] > mixture["median"], f"{metric}: no better than the unprocessed mixture"
    assert summary["vocals/masked"]["silence_leakage"]["median"] < -3


@pytest.mark.long
def test_a_damaged_model_does_not_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, card = load_model(DEFAULT_MODEL)
    conditioner: Any = model.conditioner
    for parameter in conditioner.net.leave.parameters():  # the network that makes its mask
        parameter.mul_(0.5)
    save_model(model, card, tmp_path / "model")
    assert evaluate(tmp_path / "model", tmp_path / "out") == WORSE
    assert "WORSE" in capsys.readouterr().out
