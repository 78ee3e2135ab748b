"""Results of a scenario: rows of promise and figure, printed as a table and stored as JSON."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """`reached` and `promised` are figures as text; `kept`: whether the promise held."""

    promise: str
    done: str
    reached: str
    promised: str
    kept: bool


def table(rows: Sequence[Row]) -> str:
    """As Markdown, for the laboratory notes."""
    lines = ["| promise | done | reached | promised | |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.promise} | {row.done} | {row.reached} | {row.promised} | {'kept' if row.kept else '**BROKEN**'} |"
        for row in rows
    ]
    return "\n".join(lines)


def write(path: Path, rows: dict[str, Sequence[Row]]) -> None:
    """The rows of each scenario; rows of other scenarios from an earlier run are kept."""
    results = json.loads(path.read_text()) if path.exists() else {}
    results |= {name: [dataclasses.asdict(row) for row in entries] for name, entries in rows.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n")


def read(path: Path) -> dict[str, list[Row]]:
    return {name: [Row(**row) for row in entries] for name, entries in json.loads(path.read_text()).items()}
