"""The short form of `make chaos`, which CI runs: a few trials of each attack that the tests beside do not carry out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.timeout(600)
def test_promises_hold_under_attack(tmp_path: Path) -> None:
    figures = tmp_path / "chaos.json"
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent / 'support'}:{HERE.parent / 'e2e'}"}
    command = [sys.executable, str(HERE / "run.py"), "--quick", "--json", str(figures)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-20_000:]
    found = json.loads(figures.read_text())
    assert set(found) == {"kills", "popped", "frozen", "poison", "terms", "parallel"}
    assert all(row["kept"] for rows in found.values() for row in rows)
