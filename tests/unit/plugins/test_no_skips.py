"""In CI a skipped test fails the run, unless the shared folder is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        ("def test_a(): assert True", True),
        ("def test_a(): pytest.skip('no accelerator here')", False),
        ("@pytest.mark.skip(reason='later')\ndef test_a(): pass\ndef test_b(): pass", False),
        ("pytest.importorskip('no_such_module')\ndef test_a(): pass", False),
        ("def test_a(): pytest.skip('needs ../shared/audio')", True),
        ("@pytest.mark.xfail(reason='known')\ndef test_a(): assert False", True),
        ("def test_a(): assert False", False),
    ],
)
def test_exit_status(tmp_path: Path, body: str, passes: bool) -> None:
    (tmp_path / "test_example.py").write_text(f"import pytest\n{body}\ndef test_other(): pass\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins.no_skips", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode == 0) == passes, ran.stdout
    assert ("which fail this run" in ran.stdout) == ("skip" in body and not passes)
