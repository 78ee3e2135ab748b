"""Retries: after Retry-After, else with growing pauses, within the caller's time limit."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from voicelift_client.errors import ApiError, VoiceliftError

FIRST_S, LONGEST_S = 0.5, 30.0

log = logging.getLogger("voicelift_client")


class Patience:
    """The attempts of one operation. Each partial success, such as a part that has arrived, resets them."""

    def __init__(
        self,
        for_s: float,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._for_s, self._clock, self._chance = for_s, clock, chance
        self.renew()

    def renew(self) -> None:
        self._failures = 0
        self._until = self._clock() + self._for_s

    def pause_s(self, error: VoiceliftError) -> float:
        """Seconds until the next attempt after `error`; raises it after the last attempt."""
        self._failures += 1
        retry_after_s = error.retry_after_s if isinstance(error, ApiError) else None
        longest = min(LONGEST_S, FIRST_S * 2 ** min(self._failures - 1, 10))
        # With jitter, so that many clients do not return at the same moment; never before Retry-After.
        pause = (
            longest * (0.5 + self._chance() / 2) if retry_after_s is None else retry_after_s + FIRST_S * self._chance()
        )
        enough = error.attempts is not None and self._failures >= error.attempts
        if not error.retryable or enough or self._clock() + pause > self._until:
            raise error
        log.info("%s Next attempt in %.1f s.", error, pause)
        return pause


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The header Retry-After in seconds; it may be a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
