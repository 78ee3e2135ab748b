"""How a model separates a chunk: what a lane of the engine does with it, batch by batch."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from core.audio.types import Wav
from core.separation.line import Active
from core.separation.request import ChunkRequest, ChunkResult

Row = TypeVar("Row", bound=Active)


class Method(Protocol[Row]):
    """A model at work. Work on a batch that raises has changed nothing, so it may be tried again on fewer rows."""

    def prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> list[Row]:
        """In the caller's thread: what is to be computed of a chunk, each its own row of a batch; none of a silence."""

    def record(self, largest: int) -> int:
        """Once, before the first batch, by one lane of a GPU; the largest batch, at most `largest`, that there is room
        for."""

    def limit(self, largest: int) -> None:
        """There is no memory for more than `largest` rows at once."""

    def enter(self, rows: Sequence[Row]) -> None:
        """What is done to those that join."""

    def step(self, rows: Sequence[Row]) -> None:
        """One step of every active row; each counts it."""

    def leave(self, rows: Sequence[Row]) -> list[Callable[[], Wav]]:
        """What those that are done came to: functions that wait for the samples to be on the host."""

    def render(self, request: ChunkRequest, rows: Sequence[Row], results: Sequence[Wav]) -> ChunkResult:
        """In the caller's thread: the stems of a chunk, from what its rows came to; no rows, a silence."""
