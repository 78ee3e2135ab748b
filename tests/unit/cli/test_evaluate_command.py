"""Options of `voicelift evaluate`, and the messages of it and `mushra` without their packages."""

import argparse
import json
import sys
from pathlib import Path

import pytest
import torch

from cli import evaluate as command
from cli.main import main
from core.errors import InvalidOptions
from core.separation import device
from lab.evaluation import datasets, gate
from lab.evaluation.results import ClipResult, Results, SetResult

HOW = {"quality": "standard", "steps": 6, "eta": 0.0, "t_start": 0.5, "seed": 0, "threads": 2}


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(["evaluate", "model", *arguments])


@pytest.fixture
def default_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "DEFAULT_MODEL", tmp_path)
    return tmp_path


def record(folder: Path, quick: bool, clips: int) -> Path:
    scored = [ClipResult(f"made_{k}", 6.8, 0.5, {"vocals/masked": {"sdr": 5.0}}) for k in range(clips)]
    model = {"name": "toy", "version": "1", "licence": "MIT"}
    results = Results(model, HOW, quick, [SetResult("synthetic", "made", False, 4, scored)])
    path = gate.recorded(folder, quick)
    path.write_text(results.to_json(small=True))
    return path


def test_against_defaults_to_the_record_of_the_default_model(default_model: Path) -> None:
    sets = [datasets.synthetic_set()]
    record(default_model, quick=False, clips=4)
    short = record(default_model, quick=True, clips=2)
    for arguments, path in (((), default_model / "evaluation.json"), (("--quick",), short)):
        default, message = command._default(parsed(*arguments), sets, HOW)
        assert default is not None
        assert default.quick == bool(arguments)
        assert f"Gate: {path}, toy 1." in message


def test_without_matching_results_the_gate_is_skipped_with_a_message(default_model: Path) -> None:
    sets = [datasets.synthetic_set()]
    default, message = command._default(parsed(), sets, HOW)
    assert default is None
    assert "Not gated: the current default has no results in" in message
    path = record(default_model, quick=False, clips=4)
    for how, clip_sets, reason in (
        (HOW, [datasets.limited(sets[0], 2)], "clips of synthetic that this run does not include"),
        (HOW | {"quality": "draft"}, sets, "quality standard, not draft"),
    ):
        default, message = command._default(parsed(), clip_sets, how)
        assert default is None
        assert "Not gated" in message
        assert reason in message
        with pytest.raises(InvalidOptions, match=reason):  # named explicitly, they must match
            command._default(parsed("--against", str(path)), clip_sets, how)
    assert command._default(parsed("--against", "none"), sets, HOW) == (None, "Not gated: --against none.")


def test_damaged_results_of_the_default_are_an_error(default_model: Path) -> None:
    gate.recorded(default_model, quick=False).write_text(json.dumps({"other": 1}))
    with pytest.raises(InvalidOptions, match="does not contain results"):
        command._default(parsed(), [datasets.synthetic_set()], HOW)


def test_limits_for_all_sets_or_some() -> None:
    whole = [datasets.synthetic_set()]

    def clips(*arguments: str) -> int:
        args = parsed(*arguments)
        return len(command._limited(whole, args.limit, args.quick)[0].clips)

    assert clips() == 4
    assert clips("--limit", "3") == 3
    assert clips("--limit", "synthetic=1") == 1
    assert clips("--quick", "--limit", "3") == 2
    with pytest.raises(InvalidOptions, match="songs"):
        clips("--limit", "songs=1")


def test_one_clip_at_a_time_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command._at_once("cpu", cores=8) == 8
    monkeypatch.setattr(device, "find_device", lambda name: torch.device("cuda"))
    assert command._at_once("auto", cores=8) == 1


@pytest.mark.parametrize(
    ("arguments", "package"),
    [
        (["evaluate", "model"], "auraloss"),
        (["evaluate", "model"], "torch"),
        (["mushra", "analyse", "ratings.csv"], "matplotlib"),
        (["mushra", "make", "clips"], "scipy"),
    ],
)
def test_a_missing_package_is_named_with_what_to_install(
    arguments: list[str], package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert f"needs packages that are not installed here: {package}. Install them with" in printed
    assert "[api,model,evaluation,train,local,demucs,melband]" in printed
