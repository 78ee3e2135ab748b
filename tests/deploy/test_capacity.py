"""The queueing model of lab/operations/capacity against theory."""

import math
from pathlib import Path

import numpy as np
import pytest

from lab.operations.capacity import __main__ as capacity
from lab.operations.capacity import queueing
from lab.operations.capacity.queueing import Fleet, Load, chunks_of, simulate


def test_songs_arrive_at_the_requested_rate_and_in_bursts() -> None:
    load = Load(3600, hours=4, burst=3, burst_s=300, period_s=1800)
    came = np.array(load.arrivals(np.random.default_rng(0)))
    assert len(came) == pytest.approx(4 * 3600, rel=0.03)
    assert np.all(np.diff(came) >= 0) and came[0] >= 0 and came[-1] < 4 * 3600
    in_burst = np.abs(came % 1800 - 900) < 150
    rate_in, rate_out = in_burst.sum() / 300, (~in_burst).sum() / 1500
    assert rate_in / rate_out == pytest.approx(3, rel=0.1)


def test_a_song_has_the_chunks_of_the_grid() -> None:
    assert [chunks_of(seconds) for seconds in (1, 13.6, 13.7, 26.4, 26.5, 240)] == [1, 1, 2, 2, 3, 19]


def test_one_server_waits_as_m_d_1_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """M/D/1: with songs of one chunk the mean wait is rho s / (2 (1 - rho)) (Pollaczek and Khinchine)."""
    monkeypatch.setattr(queueing, "chunks_of", lambda _: 1)
    service_s, rho = 1.0, 0.7
    result = simulate(Load(3600 * rho / service_s, hours=12, burst=1), Fleet(service_s, 1), seed=1)
    assert result.first_task_mean == pytest.approx(rho * service_s / (2 * (1 - rho)), rel=0.05)
    assert result.busy == pytest.approx(rho, rel=0.03)


def test_a_single_song_uses_all_workers_without_waiting() -> None:
    result = simulate(Load(5, hours=6, burst=1), Fleet(1.0, 100), seed=3)
    assert result.songs > 10
    assert (result.first_task_p95, result.first_piece_p95, result.whole_p95) == pytest.approx((0, 1, 1))


def test_too_few_workers_are_reported() -> None:
    result = simulate(Load(2000, hours=2), Fleet(1.0, 2))
    assert result.busy > 0.99
    assert math.isinf(result.whole_p95)


def test_an_autoscaler_scales_from_zero_and_back_and_its_lag_costs_wait() -> None:
    load = Load(1000, hours=2)
    soon, late = (simulate(load, Fleet(0.7, 0, 30, lag_s)) for lag_s in (30, 600))
    assert soon.workers_most > 3
    assert soon.workers_mean < 0.7 * soon.workers_most, "the fleet shrinks again"
    assert late.whole_p95 > 3 * soon.whole_p95
    assert math.isfinite(late.whole_p95)


def test_the_command_prints_its_tables_and_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "capacity.png"
    arguments = ["--rtf", "0.05", "--songs-per-hour", "200", "--hours", "0.5", "--picture", str(picture)]
    assert capacity.main(arguments) == 0
    output = capsys.readouterr().out
    assert "0.683 s per chunk" in output
    assert output.count("| songs an hour | workers |") == 1
    assert picture.stat().st_size > 10_000
