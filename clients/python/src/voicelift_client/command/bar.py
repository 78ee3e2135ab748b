"""A progress line for all songs in progress on a terminal; elsewhere only complete lines."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from voicelift_client.models import Progress

WIDTH = 24
EVERY_S = 0.1
# Shares of the steps in a song's progress: upload, job, download.
SHARES = {"uploading": (0.0, 0.1), "downloading": (0.9, 1.0)}
JOB_SHARE = (0.1, 0.9)


class Bar:
    """`songs` is their number. Lines are printed above the bar."""

    def __init__(self, stream: TextIO, songs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._songs, self._clock = stream, songs, clock
        self._terminal = stream.isatty()
        self._done, self._drawn_at, self._shown = 0, float("-inf"), False
        self._active: dict[str, Progress] = {}
        self._reached: dict[str, float] = {}

    def update(self, song: str, progress: Progress) -> None:
        start, end = SHARES.get(progress.phase, JOB_SHARE)
        self._active[song] = progress
        self._reached[song] = max(self._reached.get(song, 0.0), start + (end - start) * progress.fraction)
        if self._terminal and self._clock() - self._drawn_at >= EVERY_S:
            self._draw()

    def finish(self, song: str) -> None:
        """The song has ended."""
        self._active.pop(song, None)
        self._reached.pop(song, None)
        self._done += 1
        if self._terminal:
            self._draw()

    def line(self, text: str) -> None:
        self.clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()
        if self._terminal and self._active:
            self._draw()

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False

    @property
    def fraction(self) -> float:
        return (self._done + sum(self._reached.values())) / max(1, self._songs)

    def text(self, columns: int) -> str:
        full = int(WIDTH * self.fraction)
        text = f"[{'#' * full}{'.' * (WIDTH - full)}] {self.fraction:4.0%}  {self._done} of {self._songs}"
        for song, progress in list(self._active.items())[:1]:
            text += f"  {song}: {_words(progress)}"
        if len(self._active) > 1:
            text += f", and {len(self._active) - 1} more"
        return text[: columns - 1]

    def _draw(self) -> None:
        self._stream.write(f"\r{self.text(shutil.get_terminal_size().columns)}\x1b[K")
        self._stream.flush()
        self._shown, self._drawn_at = True, self._clock()


def _words(progress: Progress) -> str:
    words = f"{progress.phase} {progress.fraction:.0%}"
    if progress.phase == "queued":
        place = progress.queue_position
        words = "queued" if not place else f"queued behind {place}"
    if progress.eta_s is not None and progress.phase not in SHARES:
        words += f", about {_duration(progress.eta_s)}"
    return words


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
