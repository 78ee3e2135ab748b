"""Banned phrases in documents, texts of the program, docstrings and comments (`make check`)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import REPOSITORY
from tests.support.tracked import tracked

BANNED = {
    r"\bworks? (that|which|in hand|of all|is|are|were|was|goes)\b|\b(a|the|oldest) work\b": "task",
    r"\bbeing done\b|\bin work\b|\bin the house\b": "in flight",
    r"\bpieces? to be heard\b": "time to first audio",
    r"\b(ours|of yours|of (its|their|our|your) own)\b": "name the owner or leave it out",
    r"\bbeside\b": "next to, with, in addition to",
    r"\b(told|tells)\b|(?<!not )(?<!Not )\bfound\b": "says, reports, contains",
    r"\bis (around|away)\b|\bunfit\b|\bstranger\b|\bhad better\b|\bso much to do\b": "say what happened and what to do",
    r"(^|[.;:|(] )(What|Whoever|Who)\b(?![^.|]*\?)": "give the clause a subject",
    r"\b(what|whatever) (is|was|are|were|has|had|comes|came|lies)\b": "name the subject",
    r"(?<!nyone )\bwho(ever)? (has|had)\b": "anyone who has",
    r"\b(go|goes|going|gone|went) on\b|\bcomes? along\b|\bfor ever\b|\banew\b": "continue; bundled; permanently; again",
    r"\bin step\b|\bexact to the sample\b|\bbr(oke|eaks) off\b": "in sync; sample-accurate; was interrupted",
    r"\basked for\b|\bcome twice\b|\bis no [A-Z]": "requested; arrive twice; is not a",
    r"\b(pre-signed|dead-letter|time-to-first-audio|queue length|waiting time)\b": "see docs/glossary.md",
}
EXAMPLES = (
    "Works that are being done", "Faults of ours", "First piece to be heard", "a stranger sample rate", "who has a key",
    "There is so much to do that a new job would wait for about 400 minutes", "always about 40 jobs in the house",
    "Large files had better be sent by", "0 unfit answers", "what is around is away", "a process of its own",
    "the table beside it", "The API is told.", "what was found", "a song.mp3 that was asked for",
    "The request broke off.", "all stems in step", "a.th is no HT-Demucs",
)  # fmt: skip
ROOMS = ("core/*.py", "api/*.py", "worker/*.py", "cli/*.py", "deploy/*.py", "clients/python/src/*.py",
         "lab/*.py", "tests/unit/lab/*.py")  # fmt: skip
"""Python code whose strings, docstrings and comments are checked."""
BANNED_NAMES = frozenset(
    "answer answers around asked beside ear found hall heard looked made ours said says theirs told town unfit".split()
)
NAMED = (
    "core/*.py",
    "api/*.py",
    "worker/*.py",
    "cli/*.py",
    "deploy/*.py",
    "lab/*.py",
    "clients/python/*.py",
    "tests/*.py",
)
"""Python code whose identifiers are checked for the words of `BANNED_NAMES`."""
SCRIPTS = ("api/web/*.js", "api/reference/reference.js", "clients/typescript/src/*.ts")
"""JavaScript and TypeScript of which the comments are checked."""
LINES = ("deploy/*.yml", "deploy/*.yaml", "deploy/*.conf", "docker-compose.yml", "Makefile", "core/*.lua",
         "api/web/languages/en.json")  # fmt: skip
"""Files that are checked as a whole: alerts, panels, manifests, comments of scripts, texts of the page."""


def faults(text: str) -> list[str]:
    return [f"{hit[0].strip()!r}: {advice}" for rule, advice in BANNED.items() for hit in re.finditer(rule, text, re.M)]


def prose(markdown: str) -> str:
    without = re.sub(r"^```.*?^```$|^    .*?$|<!-- settings.*?/settings -->", "", markdown, flags=re.M | re.S)
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "`", without)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Strings of several words, docstrings and comments of a Python file, by line."""
    source = path.read_text()
    yield from strings(ast.parse(source))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def identifiers_of(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def banned_words(identifier: str) -> frozenset[str]:
    """The words of a snake_case or CamelCase name that are in `BANNED_NAMES`; "not found" is allowed."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", re.sub("not_?found", "", identifier, flags=re.I))
    return BANNED_NAMES.intersection(word.lower() for word in words)


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def place(path: Path, line: int = 1) -> str:
    return f"{path.relative_to(REPOSITORY)}:{line}"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_rejected(example: str) -> None:
    assert faults(example)


def test_documents_avoid_them() -> None:
    hits = [f"{place(path)}: {fault}" for path in tracked("*.md") for fault in faults(prose(path.read_text()))]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("room", ROOMS)
def test_code_avoids_them(room: str) -> None:
    hits = [(path, line, fault) for path in tracked(room) for line, text in texts_of(path) for fault in faults(text)]
    assert not hits, "\n".join(f"{place(path, line)}: {fault}" for path, line, fault in hits)


@pytest.mark.parametrize(
    "name", ["Ear", "heard", "HEARD", "_Heard", "told_here", "made_by", "test_errors_are_told", "answer_of"]
)
def test_old_names_are_rejected(name: str) -> None:
    assert banned_words(name)


def test_identifiers_avoid_them() -> None:
    hits = [
        f"{place(path, line)}: {name}"
        for path in tracked(*NAMED)
        for line, name in identifiers_of(path)
        if banned_words(name)
    ]
    assert not hits, "\n".join(hits)


def test_comments_of_scripts_avoid_them() -> None:
    hits = [
        f"{place(path, number)}: {fault}"
        for path in tracked(*SCRIPTS)
        if path.name != "contract.ts" and "vendor" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for comment in re.findall(r"(?://|/\*\*?|^ *\*) (.*)", line)
        for fault in faults(comment)
    ]
    assert not hits, "\n".join(hits)


def test_configuration_avoids_them() -> None:
    hits = [
        f"{place(path, number)}: {fault}"
        for path in tracked(*LINES)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for fault in faults(line)
    ]
    assert not hits, "\n".join(hits)
