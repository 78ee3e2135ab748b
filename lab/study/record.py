"""Finished cells of a study, kept as they are done: a study that was killed goes on where it stood."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import InvalidOptions

FORMAT = 1


class Record:
    """One JSON line a cell, after a first line with the facts that all cells depend on.

    A line that a kill cut short is forgotten, and its cell is computed again.

    Args:
        path: of the file; made when the first cell is done.
        facts: the model, the form: what makes kept cells unusable when it changes.

    Raises:
        InvalidOptions: the file holds cells that other facts were true of.
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
        """The cell's value, a JSON document: the kept one, or what `work` gives, which is kept from now on."""
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
        whole = text[: text.rfind("\n") + 1]
        if not whole:  # killed within the first line
            self.path.unlink()
            return
        head, *lines = whole.splitlines()
        if head != self._head:
            raise InvalidOptions(
                f"{self.path} holds figures of another model or form. Name another folder with --out, or remove it."
            )
        self._cells = dict(json.loads(line) for line in lines)
        if whole != text:
            self.path.write_text(whole, encoding="utf-8")
