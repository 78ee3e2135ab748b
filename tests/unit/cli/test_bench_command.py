"""All benchmarks in their quick form: output files and consistent figures."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from lab.bench.random_weights import write_htdemucs

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tiny_model_dir: Path, tmp_path: Path) -> Any:
    def run(what: str, *options: str, model: Path = tiny_model_dir) -> dict[str, Any]:
        arguments = ["bench", what, *options, "--model", str(model), "--device", "cpu"]
        assert main([*arguments, "--threads", "1", "--quick", "--out", str(tmp_path)]) == 0
        assert (tmp_path / f"{what}.png").read_bytes().startswith(b"\x89PNG")
        result: dict[str, Any] = json.loads((tmp_path / f"{what}.json").read_text())
        return result

    return run


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_codec(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = bench("codec")
    own, other = result["rows"]
    assert other["encode_gflop"] > own["encode_gflop"] > 0
    assert result["ratios"]["decode"] == pytest.approx(other["decode_ms"] / own["decode_ms"])
    assert result["machine"]["device"] == "cpu"
    assert "times as long to decode" in capsys.readouterr().out


def test_net(bench: Any, tmp_path: Path) -> None:
    result = bench("net", "--profile")
    assert [(row["part"], row["batch"]) for row in result["rows"]] == [
        (part, batch) for batch in (1, 2) for part in ("condition", "step", "decode")
    ]
    for row in result["rows"]:
        seconds = row["ms_per_chunk"] / 1e3
        rate = result["machine"]["gflops"]
        assert row["of_arithmetic"] == pytest.approx(row["gflop_per_chunk"] / rate / seconds, rel=1e-3)
        assert row["megabytes_per_chunk"] > 0
    events = json.loads((tmp_path / "net-trace.json").read_text())["traceEvents"]
    assert any(event.get("name") == "aten::conv1d" for event in events)


@pytest.mark.parametrize("song", [(), ("--with-song",)])
def test_engine(bench: Any, song: tuple[str, ...]) -> None:
    result = bench("engine", *song)
    assert [row["clips"] for row in result["rows"]] == [1, 4]
    assert result["one_at_a_time"] > 0
    for row in result["rows"]:
        assert 0 < row["first_s"] <= row["median_s"] <= row["p95_s"]
        assert row["gain"] == pytest.approx(row["audio_s_per_s"] / result["one_at_a_time"])
        assert (row["song_s_per_s"] is not None) == bool(song)


def test_song(bench: Any) -> None:
    (result,) = bench("song", "--steps", "2")["results"]
    assert result["audio_s"] == pytest.approx(2.0)
    assert result["chunks"] >= 1
    assert result["sampling"]["steps"] == 2
    assert result["rtf"] == pytest.approx(result["wall_s"] / 2.0)
    stages = {row["stage"]: row for row in result["stages"]}
    assert set(stages) == {
        *("decode", "resample", "level, noise", "encode", "condition", "denoise", "engine"),
        *("decode latents", "render", "write"),
    }
    assert all(row["s"] > 0 for row in stages.values())
    assert sum(row["share"] for row in stages.values()) == pytest.approx(1.0)
    assert 0 < result["engine_overhead"] < 1
    assert 0 < result["not_network"] < 1
    assert result["peak_mb"] > 100
    assert result["floors"]["gflop"] > 0


def test_missing_peers_are_skipped_with_a_message(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find_spec = importlib.util.find_spec
    peers = ("demucs", "openunmix")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name in peers else find_spec(name, *a))
    result = bench("peers")
    assert result["skipped"] == ["HT-Demucs", "Open-Unmix"]
    assert [row["ratio"] for row in result["rows"]] == [1.0]
    assert "pip install '.[demucs]'" in capsys.readouterr().out


def test_installed_peers_are_measured(bench: Any) -> None:
    result = bench("peers")
    systems = [row["system"] for row in result["rows"][1:]]
    demucs = ["voicelift separate, HT-Demucs (random weights)", "python -m demucs, the same weights"]
    assert [name for name in systems if "Unmix" not in name] == (demucs if "HT-Demucs" not in result["skipped"] else [])
    assert len([name for name in systems if "Unmix" in name]) == (0 if "Open-Unmix" in result["skipped"] else 2)
    for row in result["rows"]:
        assert row["ratio"] == pytest.approx(row["s"] / result["rows"][0]["s"])
        assert row["rtf"] == pytest.approx(row["s"] / 2)
        assert 100 < row["peak_mb"] < 4000


def test_the_program_of_htdemucs_runs_with_the_weights_of_the_model(bench: Any, tmp_path: Path) -> None:
    pytest.importorskip("demucs", reason="pip install '.[demucs]'")
    write_htdemucs(tmp_path / "publisher")
    model = tmp_path / "model"
    assert main(["models", "add", "htdemucs", "--from", str(tmp_path / "publisher"), "--to", str(model)]) == 0
    rows = bench("peers", model=model)["rows"]
    assert [row["system"] for row in rows[:2]] == [
        "voicelift separate, htdemucs",
        "python -m demucs, the same weights",
    ]


def test_curve(bench: Any) -> None:
    result = bench("curve")
    assert [row["name"] for row in result["rows"][:3]] == ["draft", "standard", "high"]
    assert {row["steps"] for row in result["rows"][3:]} == {1, 2}
    assert result["best_over_draft_db"] >= 0
    for row in result["rows"]:
        assert row["rtf"] > 0
        assert row["mrstft"] > 0


def test_scale(bench: Any) -> None:
    result = bench("scale", "--processes", "1")
    assert [row["processes"] for row in result["rows"]] == [1]
    assert result["rows"][0]["speedup"] == 1.0
    assert 0 < result["serial_share"] < 1


def test_missing_packages_are_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "matplotlib" else find_spec(name, *a)
    )
    assert main(["bench", "codec"]) == 1
    assert "matplotlib" in capsys.readouterr().err
