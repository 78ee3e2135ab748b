"""Storage of finished cells, so that an interrupted study can resume."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import InvalidOptions

FORMAT = 1


class Record:
    """A JSON Lines file with one line per cell, after a first line with the facts that all cells depend on.

    An incomplete last line, after a kill, is dropped, and its cell is computed again.

    Args:
        path: the file; created with the first cell.
        facts: model, form and settings. Cells are valid only for equal facts.

    Raises:
        InvalidOptions: the file contains cells for other facts.
    """

    def __init__(self, path: Path, facts: dict[str, Any]) -> None:
        self.path = path
        self._head = json.dumps({"voicelift_study": FORMAT, **facts}, sort_keys=True)
        self._cells: dict[str, Any] = {}
        if path.is_file():
            self._read()

    def __contains__(self, key: str) -> bool:
        return key in self._cells

    def cell(self, key: str, work: Callable[[], Any]) -> Any:
        """The value of a cell, a JSON document: the stored one, or else the result of `work`, which is stored."""
        if key not in self._cells:
            value = work()
            line = json.dumps([key, value], allow_nan=False)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.is_file()
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{self._head}\n{line}\n" if fresh else f"{line}\n")
            self._cells[key] = json.loads(line)[1]
        return self._cells[key]

    def _read(self) -> None:
        text = self.path.read_text(encoding="utf-8")
        complete = text[: text.rfind("\n") + 1]
        if not complete:  # killed within the first line
            self.path.unlink()
            return
        head, *lines = complete.splitlines()
        if head != self._head:
            raise InvalidOptions(
                f"{self.path} contains figures of another model or form. Name another folder with --out, or delete it."
            )
        self._cells = dict(json.loads(line) for line in lines)
        if complete != text:
            self.path.write_text(complete, encoding="utf-8")
