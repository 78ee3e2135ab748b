"""The learning curve of a run: JSON lines, and TensorBoard if installed (extra `train`)."""

import importlib.util
import json
from pathlib import Path
from typing import Any

FILE = "curve.jsonl"


class Curve:
    """Appends to FOLDER/curve.jsonl and FOLDER/tensorboard. Each line has its `part` (codec, leg-1, ...).

    A run that resumes at step n removes the lines of later steps, which run again.
    """

    def __init__(self, folder: Path, part: str, resumed_at: int = 0) -> None:
        self.part, self.path = part, folder / FILE
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        kept = [line for line in lines if (e := _entry(line)) and (e["part"] != part or e["step"] <= resumed_at)]
        self.path.write_text("".join(line + "\n" for line in kept))
        self.board: Any = None
        if importlib.util.find_spec("tensorboard") is not None:
            from torch.utils.tensorboard.writer import SummaryWriter

            self.board = SummaryWriter(str(folder / "tensorboard" / part), purge_step=resumed_at + 1)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Append `values` as one point."""
        rounded = {name: float(f"{value:.6g}") for name, value in values.items()}
        with self.path.open("a") as file:
            file.write(json.dumps({"part": self.part, "step": step, **rounded}) + "\n")
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, step)
            self.board.flush()

    def close(self) -> None:
        if self.board is not None:
            self.board.close()


def _entry(line: str) -> dict[str, Any] | None:
    """The parsed line; None if it is incomplete because the process was killed."""
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return entry
