"""The method of a model: the operations of an engine's lane, batch by batch."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from core.audio.types import Wav
from core.separation.line import Active
from core.separation.request import ChunkRequest, ChunkResult

Row = TypeVar("Row", bound=Active)


class Method(Protocol[Row]):
    """A model in use. A failed operation has changed nothing, so it may be tried again on fewer rows."""

    def prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> list[Row]:
        """In the caller's thread: the rows of a chunk, each a row of a batch; none for silence."""

    def record(self, largest: int) -> int:
        """Called once, before the first batch, by one lane of a GPU; returns the largest batch, at most `largest`, that
        fits."""

    def limit(self, largest: int) -> None:
        """There is no memory for more than `largest` rows at once."""

    def enter(self, rows: Sequence[Row]) -> None:
        """Process the joining rows."""

    def step(self, rows: Sequence[Row]) -> None:
        """One step of every active row; each counts it."""

    def results(self, rows: Sequence[Row]) -> list[Callable[[], Wav]]:
        """The results of finished rows: functions that wait for the samples to be on the host."""

    def render(self, request: ChunkRequest, rows: Sequence[Row], results: Sequence[Wav]) -> ChunkResult:
        """In the caller's thread: the stems of a chunk from the results of its rows; without rows, silence."""
