"""The short form of `make chaos`, which CI runs: a few trials of each attack that no other test covers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
def test_promises_hold_under_attack(tmp_path: Path) -> None:
    figures = tmp_path / "chaos.json"
    command = [sys.executable, "-m", "tests.chaos.run", "--quick", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-20_000:]
    results = json.loads(figures.read_text())
    assert set(results) == {"kills", "popped", "frozen", "poison", "terms", "parallel"}
    assert all(row["kept"] for rows in results.values() for row in rows)
