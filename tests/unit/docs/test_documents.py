"""Files named by documents and code exist."""

import re

import pytest
import torch

from core.nets.config import PRESETS
from core.nets.unet import Generator
from core.settings import REPOSITORY
from tests.support.tracked import tracked

METHOD = REPOSITORY / "docs" / "method.md"
STANDING = re.compile(r"(?<!to `)\[[PCID](?:/[PCID]| for [^\]]+)?\]")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def test_every_relative_link_leads_to_a_file() -> None:
    pages = tracked("*.md")
    assert METHOD in pages
    broken = [
        f"{page.relative_to(REPOSITORY)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text())
        if not re.match(r"[a-z]+:|/v1/", target) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_files_that_documents_name_exist() -> None:
    roots = "api|cli|core|deploy|docs|lab|models|recipes|tests|worker"
    missing = {
        (str(page.relative_to(REPOSITORY)), name)
        for page in tracked("*.md")
        if page.name != "CHANGELOG.md"
        for name in re.findall(rf"`((?:{roots})/[\w./-]*\w/?)[`\s]", page.read_text())
        if not (REPOSITORY / name).exists()
    }
    assert missing == set()


def test_the_documents_that_the_code_cites_exist() -> None:
    cited = {
        (str(path.relative_to(REPOSITORY)), name)
        for path in tracked("*.py", "*.toml", "Makefile", "*.yml", "*.lua", "Dockerfile.*")
        for name in re.findall(r"\b(?:[\w-]+/)*[\w-]+\.md\b", path.read_text())
        if not path.is_relative_to(REPOSITORY / "tests")
    }
    assert ("core/diffusion/velocity.py", "docs/method.md") in cited
    names = {page.name for page in tracked("*.md")} | {"table.md", "analysis.md"}  # the last two are written by lab
    missing = {
        (path, name)
        for path, name in cited
        if not (REPOSITORY / name).is_file() and (name.startswith("docs/") or name.rpartition("/")[2] not in names)
    }
    assert missing == set()


def test_every_module_with_marks_cites_the_legend() -> None:
    legend = METHOD.read_text()
    assert all(f"**[{letter}]**" in legend for letter in "PCID")
    marked = [path for path in tracked("core/*.py", "lab/*.py", "recipes/*") if STANDING.search(path.read_text())]
    assert len(marked) > 20
    assert [path for path in marked if "docs/method.md" not in path.read_text()] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_the_sizes_of_the_networks_are_as_documented(preset: str) -> None:
    config = PRESETS[preset].generator
    with torch.device("meta"):
        parameters = sum(weight.numel() for weight in Generator(PRESETS[preset]).parameters())
    cells = (config.channels, config.factors, config.blocks)
    row = " | ".join([preset, *(",".join(map(str, cell)) for cell in cells), f"{parameters / 1e6:.2f}"])
    assert f"| {row} |" in METHOD.read_text()
