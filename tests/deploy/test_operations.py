"""docs/install.md, operations.md, runbook.md and capacity.md against the code."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy.grafana.make import dashboards
from lab.operations.rehearsal.upgrade import PATCHES, new_build
from tests.support.settings_table import EXAMPLE, PAGE, example, with_table

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = ("install.md", "operations.md", "runbook.md", "capacity.md")


def test_the_settings_table_equals_the_code() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run: python -m tests.support.settings_table"
    assert page.count("\n| `VOICELIFT_") > 30


def test_the_example_of_compose_has_every_setting() -> None:
    assert EXAMPLE.read_text() == example(), "run: python -m tests.support.settings_table"
    assert not [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", PAGES)
def test_links_and_named_files_exist(name: str) -> None:
    text = (DOCS / name).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (DOCS / target).exists(), target
    for path in re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^[^#\n]*\b{target}\b[^\n]*:", makefile, re.MULTILINE), target


def test_the_other_build_of_the_rehearsals_differs_in_every_patched_file(tmp_path: Path) -> None:
    """`make rehearse-upgrade` and `make compose-test` change these files, and recognize them by a word."""
    build = new_build(tmp_path)
    for path in PATCHES:
        assert "record_version" in (build / path).read_text()
        assert "record_version" not in (ROOT / path).read_text()


def test_every_dashboard_is_shown() -> None:
    shown = set(re.findall(r"\(pictures/dashboard-(\w+)\.png\)", (DOCS / "operations.md").read_text()))
    assert shown == {uid.removeprefix("voicelift-") for uid in dashboards()}


@pytest.mark.parametrize("name", PAGES)
def test_files_named_in_a_shell_block_are_there(name: str) -> None:
    for block in re.findall(r"^```\n(.*?)^```", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL):
        for path in re.findall(r"\bdeploy/[\w./-]+", block):
            assert (ROOT / path).exists(), path
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


COMMANDS = ("docker ", "kubectl ", "voicelift ", "promtool ", "dmesg ", "py-spy ", "GET ", "POST ", "CONFIG ", "INFO ")
SETTINGS = ("appendfsync ", "external_labels", "--scale")


def test_the_runbook_quotes_existing_messages() -> None:
    """All quotations of several words except commands are log messages."""
    quoted = (" ".join(text.split()) for text in re.findall(r"`([^`]+)`", (DOCS / "runbook.md").read_text()))
    messages = {text for text in quoted if " " in text and not text.startswith(COMMANDS + SETTINGS)}
    assert messages >= {"The device 'cuda' is not available", "device auto: cpu"}
    sources = "".join(path.read_text() for room in ("api", "core", "worker") for path in (ROOT / room).rglob("*.py"))
    for message in messages:
        assert message.replace("'cuda'", "{name!r}") in sources, message
