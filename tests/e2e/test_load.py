"""`make measure-api` in its quick form, over a real Redis, S3 and API."""

import itertools
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.storage import PART_BYTES
from lab.operations import load

POLLING = ["GET /livez", "GET /v1/jobs/{id}", "GET /v1/jobs/{id}, If-None-Match"]


def test_the_quick_form_measures_everything_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Only its own servers: jobs sent to others would stay.
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()

    assert load.main(["--quick", "--out", str(tmp_path / "out" / "api.json")]) == 0

    results = json.loads((tmp_path / "out" / "api.json").read_text())
    polls = load.QUICK.rate * load.QUICK.poll_s
    assert [row["request"] for row in results["polling"]] == POLLING
    assert [row["statuses"] for row in results["polling"]] == [{"200": polls}, {"200": polls}, {"304": polls}]
    for row in results["polling"]:
        assert row["errors"] == 0
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] <= row["max_ms"]
        assert row["api_cpu"] > 0
        assert row["client_cpu"] > 0

    submit = results["submit"]
    assert submit["statuses"] == {"202": load.QUICK.concurrency * load.QUICK.submit_rounds}
    assert (submit["errors"], submit["concurrency"]) == (0, load.QUICK.concurrency)
    assert 0 < submit["p50_s"] <= submit["p95_s"] <= submit["max_s"]

    memory = results["memory"]
    assert memory["errors"] == 0
    assert memory["mb_each"] == load.QUICK.stream_bytes / 1e6
    assert memory["peak_mb"] == max(memory["quarter_peaks_mb"])
    assert len(memory["quarter_peaks_mb"]) == 4
    assert 0 < memory["idle_mb"] <= memory["peak_mb"]
    # One part of each upload, and the data in transit.
    assert memory["grown_mb"] < load.QUICK.concurrency * (PART_BYTES / 1e6 + 2) + 20

    printed = capsys.readouterr().out
    assert all(any(line.startswith(f"| {name} |") for line in printed.splitlines()) for name in POLLING)
    assert not list(itertools.chain((tmp_path / "tmp").iterdir()))


def test_a_full_disk_is_reported_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10, used=9, free=1))
    assert load.main(["--quick", "--out", str(tmp_path / "api.json")]) == 1
    assert "TMPDIR" in capsys.readouterr().err
    assert not (tmp_path / "api.json").exists()
