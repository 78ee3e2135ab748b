"""How much may go on at a time: things that hold memory or a connection for as long as the client likes.

Counted in this process, for each caller and in all. A caller is a key, or all tokens of one job; where no key is needed
everybody is one.
"""

import collections
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.errors import Busy, TooManyAtOnce

RETRY_AFTER_S = 5


class Slots:
    """At most `per_caller` of one caller and `in_all`; `what` they are, in a person's words. 0: no limit."""

    def __init__(self, what: str, per_caller: int, in_all: int) -> None:
        self._what, self._per_caller, self._in_all = what, per_caller, in_all
        self._held: collections.Counter[str] = collections.Counter()

    def take(self, state: Mapping[str, Any]) -> str:
        """Take a slot for the request with this `state` (auth.py) until `give_back`, which wants what this returns.

        Raises:
            TooManyAtOnce: the caller has as many as it may.
            Busy: there are as many as this process takes.
        """
        known = state.get("caller")
        caller: str = known.bucket if known is not None else ""
        if caller and self._per_caller and self._held[caller] >= self._per_caller:
            raise TooManyAtOnce(
                f"{self._per_caller} {self._what} are going on with this key, which is as many as may at a time. "
                "Wait for one to end.",
                retry_after_s=RETRY_AFTER_S,
            )
        if self._in_all and self._held.total() >= self._in_all:
            raise Busy(
                f"There are too many {self._what} going on here. Try again in a moment.", retry_after_s=RETRY_AFTER_S
            )
        self._held[caller] += 1
        return caller

    def give_back(self, caller: str) -> None:
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]

    @contextmanager
    def held(self, state: Mapping[str, Any]) -> Iterator[None]:
        """A slot for the time of the block. Raises as `take`."""
        caller = self.take(state)
        try:
            yield
        finally:
            self.give_back(caller)
