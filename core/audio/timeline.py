"""The position of audio in time, by the container's stamps: late starts and gaps are filled with silence."""

from dataclasses import dataclass
from typing import Any

LATE_S = 0.01  # smaller late starts are ignored: encoder delay is stored in many ways
GAP_S = 0.05  # tolerance of stamps: Matroska's are whole milliseconds, and browsers write them as packets arrive
OVER_S = 1.0  # a stamp so far beyond the file's end is damage
MAX_UNSTATED_S = 60.0  # maximum silence in a file that does not state its length


@dataclass
class Timeline:
    """The timeline of one track. `origin_s`: start of the file's time; `end_s`: its end, if stated.

    `late` and `gaps` count the samples of inserted silence so far."""

    origin_s: float
    end_s: float | None
    rate: int
    late: int = 0
    gaps: int = 0
    unbelievable: bool = False
    _begin_s: float | None = None  # of the first sample, adjusted where stamps are ignored
    _samples: int = 0  # samples since then, silence included
    _ended_s: float = 0.0  # the previous frame

    def silence_before(self, frame: Any, packet_s: float) -> int:
        """Samples of silence to insert before `frame`, whose first packet has the stamp `packet_s`.

        Samples that a decoder removes at the start (encoder delay) are no silence: the packet was in time.
        """
        if frame.pts is None:
            return 0
        begins_s = float(frame.pts * frame.time_base) - self.origin_s
        jump_s = begins_s - self._ended_s
        self._ended_s = begins_s + frame.samples / frame.sample_rate
        if self._begin_s is None:
            self._begin_s = begins_s
            late_s = begins_s if packet_s - self.origin_s > LATE_S else 0.0
            self.late = round(late_s * self.rate) if self._believed(late_s, late_s) else 0
            return self.late
        if abs(jump_s) < GAP_S:
            return 0
        missing = round((begins_s - self._begin_s) * self.rate) - self._samples
        if missing > 0 and self._believed(jump_s, begins_s):
            self.gaps += missing
            self._samples += missing
            return missing
        self._begin_s = begins_s - self._samples / self.rate
        return 0

    def advance(self, samples: int) -> None:
        """Count so many decoded samples of the track."""
        self._samples += samples

    def _believed(self, silence_s: float, until_s: float) -> bool:
        far = silence_s > MAX_UNSTATED_S if self.end_s is None else until_s > self.end_s - self.origin_s + OVER_S
        self.unbelievable |= far
        return not far
