"""The quick form of every study: output files and plausible figures."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from lab.study import catalogue

pytestmark = pytest.mark.slow

# Bound on plausible scores in dB, cents, seconds or shares.
MAX_SCORE = 400.0


def numbers(document: Any) -> Iterator[float]:
    match document:
        case dict():
            for key, value in document.items():
                if key != "frechet":  # unbounded
                    yield from numbers(value)
        case list():
            for value in document:
                yield from numbers(value)
        case bool():
            return
        case int() | float():
            yield document


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize("name", list(catalogue.TITLES))
def test_quick_form(name: str, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--quick", "--model", str(tiny_model_dir), "--out", str(tmp_path), "--threads", "1"]
    assert main(["study", name, *options]) == 0
    out = tmp_path / name
    table = (out / "table.md").read_text()
    assert table == capsys.readouterr().out
    assert table.startswith(f"# {catalogue.TITLES[name]}")
    assert "Quick form" in table
    assert "not MUSDB18-HQ" in table
    assert (out / "plot.png").read_bytes().startswith(b"\x89PNG")

    results = json.loads((out / "results.json").read_text())
    assert results["quick"]
    assert results["finding"] in table
    summary = list(numbers(results["summary"]))
    assert len(summary) > 10
    assert all(math.isfinite(value) and abs(value) < MAX_SCORE for value in summary)
    for row in results["summary"]:
        intervals = [value for value in row.values() if isinstance(value, dict)]
        assert intervals, row
        for interval in intervals:
            assert interval["low"] <= interval["median"] <= interval["high"]
            assert interval["n"] >= 1
