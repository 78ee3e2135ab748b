"""Every benchmark in its quick form: that it runs, what it writes, and that its figures hang together."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main


@pytest.fixture
def bench(tiny_model_dir: Path, tmp_path: Path) -> Any:
    def run(what: str, *options: str) -> dict[str, Any]:
        arguments = ["bench", what, *options, "--model", str(tiny_model_dir), "--device", "cpu"]
        assert main([*arguments, "--threads", "1", "--quick", "--out", str(tmp_path)]) == 0
        assert (tmp_path / f"{what}.png").read_bytes().startswith(b"\x89PNG")
        found: dict[str, Any] = json.loads((tmp_path / f"{what}.json").read_text())
        return found

    return run


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_codec(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = bench("codec")
    own, other = found["rows"]
    assert other["encode_gflop"] > own["encode_gflop"] > 0
    assert found["ratios"]["decode"] == pytest.approx(other["decode_ms"] / own["decode_ms"])
    assert found["machine"]["device"] == "cpu"
    assert "times as long to decode" in capsys.readouterr().out


def test_net(bench: Any, tmp_path: Path) -> None:
    found = bench("net", "--profile")
    assert [(row["part"], row["batch"]) for row in found["rows"]] == [
        (part, batch) for batch in (1, 2) for part in ("condition", "step", "decode")
    ]
    for row in found["rows"]:
        seconds = row["ms_per_chunk"] / 1e3
        rate = found["machine"]["gflops"]
        assert row["of_arithmetic"] == pytest.approx(row["gflop_per_chunk"] / rate / seconds, rel=1e-3)
        assert row["megabytes_per_chunk"] > 0
    events = json.loads((tmp_path / "net-trace.json").read_text())["traceEvents"]
    assert any(event.get("name") == "aten::conv1d" for event in events)


@pytest.mark.parametrize("beside", [(), ("--beside-a-song",)])
def test_engine(bench: Any, beside: tuple[str, ...]) -> None:
    found = bench("engine", *beside)
    assert [row["clips"] for row in found["rows"]] == [1, 4]
    assert found["one_at_a_time"] > 0
    for row in found["rows"]:
        assert 0 < row["first_s"] <= row["median_s"] <= row["p95_s"]
        assert row["gain"] == pytest.approx(row["audio_s_per_s"] / found["one_at_a_time"])
        assert (row["song_s_per_s"] is not None) == bool(beside)


def test_song(bench: Any) -> None:
    (found,) = bench("song", "--steps", "2")["results"]
    assert found["audio_s"] == pytest.approx(2.0)
    assert found["chunks"] >= 1
    assert found["sampling"]["steps"] == 2
    assert found["rtf"] == pytest.approx(found["wall_s"] / 2.0)
    stages = {row["stage"]: row for row in found["stages"]}
    assert set(stages) == {
        *("decode", "resample", "level, noise", "encode", "condition", "denoise", "engine"),
        *("decode latents", "render", "write"),
    }
    assert all(row["s"] > 0 for row in stages.values())
    assert sum(row["share"] for row in stages.values()) == pytest.approx(1.0)
    assert 0 < found["engine_overhead"] < 1
    assert 0 < found["not_network"] < 1
    assert found["peak_mb"] > 100
    assert found["floors"]["gflop"] > 0


def test_peers_that_are_not_there_are_skipped_with_a_word(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec
    peers = ("demucs", "openunmix")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name in peers else there(name, *a))
    found = bench("peers")
    assert found["skipped"] == ["HT-Demucs", "Open-Unmix"]
    assert [row["ratio"] for row in found["rows"]] == [1.0]
    assert "pip install --no-deps demucs openunmix" in capsys.readouterr().out


def test_peers_that_are_there_take_part(bench: Any) -> None:
    found = bench("peers")
    systems = [row["system"] for row in found["rows"][1:]]
    assert len(systems) == 2 * (2 - len(found["skipped"]))
    assert all(not any(system.startswith(name) for name in found["skipped"]) for system in systems)
    assert all(row["ratio"] == pytest.approx(row["s"] / found["rows"][0]["s"]) for row in found["rows"])


def test_curve(bench: Any) -> None:
    found = bench("curve")
    assert [row["name"] for row in found["rows"][:3]] == ["draft", "standard", "high"]
    assert {row["steps"] for row in found["rows"][3:]} == {1, 2}
    assert found["best_over_draft_db"] >= 0
    for row in found["rows"]:
        assert row["rtf"] > 0
        assert row["mrstft"] > 0


def test_scale(bench: Any) -> None:
    found = bench("scale", "--processes", "1")
    assert [row["processes"] for row in found["rows"]] == [1]
    assert found["rows"][0]["speedup"] == 1.0
    assert 0 < found["serial_share"] < 1


def test_missing_packages_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "matplotlib" else there(name, *a))
    assert main(["bench", "codec"]) == 1
    assert "matplotlib" in capsys.readouterr().err
