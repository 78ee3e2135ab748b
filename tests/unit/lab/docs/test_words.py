"""Words of the documents, counted without code and generated text."""

from pathlib import Path

from lab.docs.words import count, words

PAGE = """# A title

| a | table, 5 s |
|---|---|

```sh
not counted
```

<!-- settings: made -->
| not | counted |
<!-- /settings -->
"""


def test_words_have_a_letter_or_digit_and_are_prose() -> None:
    assert words(PAGE) == 2 + 4


def test_generated_pages_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "docs" / "guides").mkdir(parents=True)
    for name in ("docs/errors.md", "docs/api.md", "docs/guides/bulk.md"):
        (tmp_path / name).write_text(PAGE)
    assert count(tmp_path, ("README.md", "docs/**/*.md")) == 12
