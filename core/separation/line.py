"""Who is next: chunks inside the engine, and the order in which waiting ones are admitted.

Each chunk draws a number when it comes, and the lowest is admitted first:

    number = chunks admitted so far + APART x (its job's chunks already waiting) - (HEAD_START if among its job's first)

So jobs take turns, however many chunks one of them brings, a new song is heard early, and nobody waits for ever: what
comes later than HEAD_START admissions after a chunk cannot pass it.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.audio.types import Wav
from core.errors import Stopped
from core.separation.request import ChunkRequest
from core.separation.transfer import Upload

FIRST_CHUNKS = 2  # of a job: they decide when its first piece can be heard
APART, HEAD_START = 8, 16


@dataclass(eq=False)
class Active:
    """A chunk inside the engine.

    Attributes:
        future: gives a function that waits for the voice `[m]` to be on the host, and the seconds spent.
        audio: `[1, C, T]` a full chunk at the codec's level; noise: `[1, D, F]`; both on their way to the device.
        schedule: `[steps + 1]` times, on the device; z, estimate: `[1, D, F]`; features: `[1, channels, frames]` each.
    """

    request: ChunkRequest
    should_stop: Callable[[], bool]
    gain: float
    audio: Upload
    noise: Upload
    times: Upload
    seconds: float = 0.0
    step: int = 0
    future: "Future[tuple[Callable[[], Wav], float]]" = field(default_factory=Future)
    schedule: Tensor = field(default_factory=lambda: torch.zeros(0))
    eta: Tensor = field(default_factory=lambda: torch.zeros(0))
    z: Tensor = field(default_factory=lambda: torch.zeros(0))
    estimate: Tensor = field(default_factory=lambda: torch.zeros(0))
    features: list[Tensor] = field(default_factory=list)

    def finish(self, arrive: Callable[[], Wav], seconds: float) -> None:
        """Tell the caller its voice; too late when it has been told that it stopped."""
        with suppress(InvalidStateError):
            self.future.set_result((arrive, seconds))

    def fail(self, error: BaseException) -> None:
        """Tell the caller, unless it has been told something before."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    @property
    def sampled(self) -> bool:
        """Whether its last step is done."""
        return self.step == self.request.steps

    def stopped(self) -> bool:
        """Whether its caller no longer wants it; if so, the caller is told."""
        try:
            if not self.should_stop():
                return False
            self.fail(Stopped("told to stop"))
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

    def join(self, chunk: Active) -> None:
        job, first = chunk.request.job, chunk.request.index < FIRST_CHUNKS
        before = sum(other.request.job == job for _, other in self._waiting)
        self._waiting.append((self._admitted + APART * before - (HEAD_START if first else 0), chunk))

    def take(self, room: int) -> list[Active]:
        """The next chunks, at most `room`; of equal numbers the one that came first."""
        self._waiting.sort(key=lambda numbered: numbered[0])
        taken = [chunk for _, chunk in self._waiting[: max(0, room)]]
        del self._waiting[: len(taken)]
        self._admitted += len(taken)
        return taken

    def waiting(self) -> list[Active]:
        return [chunk for _, chunk in self._waiting]

    def leave(self, gone: Iterable[Active]) -> None:
        """Those who need not wait any more go."""
        leaving = {id(chunk) for chunk in gone}
        self._waiting = [numbered for numbered in self._waiting if id(numbered[1]) not in leaving]
