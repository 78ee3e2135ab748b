"""The waiting line of chunks in the engine, and the order of their admission.

Each chunk draws a number when it arrives, and the lowest is admitted first:

    number = chunks admitted so far + APART x (chunks of its tenant that wait) - (HEAD_START if among its job's first)

Jobs' first chunks and later ones are counted apart. So tenants take turns, however many songs one of them sends, a new
song plays early, and every wait is bounded: a chunk that arrives more than HEAD_START admissions after another cannot
pass it.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from core.audio.types import Wav
from core.errors import Stopped
from core.separation.request import ChunkRequest

FIRST_CHUNKS = 2  # first chunks of a job: they determine its time to first audio
APART, HEAD_START = 8, 16


@dataclass(eq=False)
class Active:
    """A part of a chunk inside the engine, a row of a batch; a Method keeps more with it.

    Attributes:
        steps: number of its steps.
        kind: rows of different kinds share no batch.
        future: a function that waits for the samples to be on the host, and the seconds spent.
    """

    request: ChunkRequest
    should_stop: Callable[[], bool]
    steps: int
    seconds: float = field(default=0.0, kw_only=True)
    step: int = field(default=0, kw_only=True)
    kind: int = field(default=0, kw_only=True)
    future: "Future[tuple[Callable[[], Wav], float]]" = field(default_factory=Future, kw_only=True)

    def finish(self, arrive: Callable[[], Wav], seconds: float) -> None:
        """Set the result; no effect after the caller has been stopped."""
        with suppress(InvalidStateError):
            self.future.set_result((arrive, seconds))

    def fail(self, error: BaseException) -> None:
        """Set the error, unless the caller already has a result."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    @property
    def sampled(self) -> bool:
        """Whether its last step is done."""
        return self.step == self.steps

    def stopped(self) -> bool:
        """Whether its caller has canceled it; if so, the caller is notified."""
        try:
            if not self.should_stop():
                return False
            self.fail(Stopped("asked to stop"))
        except Exception as error:  # noqa: BLE001 - the caller's own question failed
            self.fail(error)
        return True


class Line:
    """Waiting chunks. Not thread-safe: the engine holds its lock."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Active]] = []
        self._admitted = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, parts: Sequence[Active]) -> None:
        """The parts of one chunk, which share a number."""
        request = parts[0].request
        before = {id(other.request) for _, other in self._waiting if _turn(other.request) == _turn(request)}
        number = self._admitted + APART * len(before) - (HEAD_START if _is_first(request) else 0)
        self._waiting.extend((number, part) for part in parts)

    def take(self, room: int) -> list[Active]:
        """The next chunks, at most `room`; of equal numbers the earliest."""
        self._waiting.sort(key=lambda numbered: numbered[0])
        taken = [chunk for _, chunk in self._waiting[: max(0, room)]]
        del self._waiting[: len(taken)]
        self._admitted += len(taken)
        return taken

    def waiting(self) -> list[Active]:
        return [chunk for _, chunk in self._waiting]

    def remove(self, canceled: Iterable[Active]) -> None:
        """Remove canceled chunks."""
        removed = {id(chunk) for chunk in canceled}
        self._waiting = [numbered for numbered in self._waiting if id(numbered[1]) not in removed]


def _is_first(request: ChunkRequest) -> bool:
    return request.index < FIRST_CHUNKS


def _turn(request: ChunkRequest) -> tuple[str, bool]:
    """Chunks of equal turns are counted together."""
    return request.tenant, _is_first(request)
