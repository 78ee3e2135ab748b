"""Phrases that documents avoid (`make check`). STYLE_OF_ERRORS=1 checks the texts of errors as well."""

import ast
import os
import re
from collections.abc import Iterator

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
    r"\b(what|whatever) (is|was|are|were|has|had|comes|came|lies)\b|\bwho(ever)? (has|had)\b": "name the subject",
    r"\b(go|goes|going|gone|went) on\b|\bcomes? along\b|\bfor ever\b|\banew\b": "continue; bundled; permanently; again",
    r"\b(pre-signed|dead-letter|time-to-first-audio|queue length|waiting time)\b": "see docs/glossary.md",
}
EXAMPLES = (
    "Works that are being done", "Faults of ours", "First piece to be heard", "a stranger sample rate", "who has a key",
    "There is so much to do that a new job would wait for about 400 minutes", "always about 40 jobs in the house",
    "Large files had better be sent by", "0 unfit answers", "what is around is away", "a process of its own",
    "the table beside it", "The API is told.", "what was found",
)  # fmt: skip


def faults(text: str) -> list[str]:
    return [f"{hit[0].strip()!r}: {advice}" for rule, advice in BANNED.items() for hit in re.finditer(rule, text, re.M)]


def prose(markdown: str) -> str:
    without = re.sub(r"^```.*?^```$|^    .*?$|<!-- settings.*?/settings -->", "", markdown, flags=re.M | re.S)
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "`", without)


def error_texts() -> Iterator[tuple[str, str]]:
    for path in tracked("api/*.py", "core/*.py", "worker/*.py", "cli/*.py", "clients/python/src/*.py"):
        for node in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Raise)):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield f"{path.relative_to(REPOSITORY)}:{node.lineno}", part.value


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_rejected(example: str) -> None:
    assert faults(example)


def test_texts_avoid_them() -> None:
    texts = [(str(path.relative_to(REPOSITORY)), prose(path.read_text())) for path in tracked("*.md")]
    texts += error_texts() if "STYLE_OF_ERRORS" in os.environ else ()
    hits = [f"{place}: {fault}" for place, text in texts for fault in faults(text)]
    assert not hits, "\n".join(hits)
