"""docs/operations.md and docs/capacity.md, as far as they can be held to the code."""

import re
import subprocess
from pathlib import Path

import pytest
from settings_table import PAGE, with_table

from deploy.grafana.make import dashboards

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run: python tests/support/settings_table.py"
    assert page.count("\n| `VOICELIFT_") > 30


@pytest.mark.parametrize("name", ["operations.md", "capacity.md"])
def test_what_the_page_links_to_and_names_is_there(name: str) -> None:
    text = (DOCS / name).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (DOCS / target).exists(), target
    for path in re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^[^#\n]*\b{target}\b[^\n]*:", makefile, re.MULTILINE), target


def test_every_dashboard_is_shown() -> None:
    shown = set(re.findall(r"\(pictures/dashboard-(\w+)\.png\)", (DOCS / "operations.md").read_text()))
    assert shown == {uid.removeprefix("voicelift-") for uid in dashboards()}


def test_files_named_in_a_shell_block_are_there() -> None:
    for block in re.findall(r"^```\n(.*?)^```", (DOCS / "operations.md").read_text(), re.MULTILINE | re.DOTALL):
        for path in re.findall(r"\bdeploy/[\w./-]+", block):
            assert (ROOT / path).exists(), path
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
