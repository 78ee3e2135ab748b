"""Words of the documents by area: `python -m lab.docs.words [CHECKOUT]`.

Words contain a letter or digit. Code blocks and generated parts (docs/errors.md, the table of settings) do not count.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AREAS = {
    "README.md, docs": ("README.md", "docs/**/*.md"),
    "lab/notes": ("lab/notes/*.md",),
    "clients, models, deploy, tests": ("clients/**/*.md", "models/**/*.md", "deploy/**/*.md", "tests/**/*.md"),
    "CONTRIBUTING, SECURITY, ...": ("C*.md", "SECURITY.md"),
}
GENERATED = ("docs/errors.md",)


def words(markdown: str) -> int:
    prose = re.sub(r"^ *```.*?^ *```$|<!-- settings.*?/settings -->", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return sum(bool(re.search(r"\w", word)) for word in prose.split())


def count(root: Path, patterns: tuple[str, ...]) -> int:
    paths = {path for pattern in patterns for path in root.glob(pattern) if "node_modules" not in path.parts}
    return sum(words(path.read_text()) for path in paths if path.relative_to(root).as_posix() not in GENERATED)


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for area, patterns in AREAS.items():
        print(f"{count(root, patterns):>7,}  {area}")


if __name__ == "__main__":
    main()
