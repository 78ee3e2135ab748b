"""Concurrency limits: for operations that hold memory or a connection for as long as the client likes.

Counted in this process, per caller and in total. A caller is a key, or all tokens of one job; where no key is needed
everyone is the same caller.
"""

import collections
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Busy, TooManyAtOnce

RETRY_AFTER_S = 5


class Slots:
    """At most `per_caller` of one caller and `in_all`; `what` names them in messages. 0: no limit."""

    def __init__(self, what: str, per_caller: int, in_all: int) -> None:
        self._what, self._per_caller, self._in_all = what, per_caller, in_all
        self._held: collections.Counter[str] = collections.Counter()

    def take(self, caller: str) -> None:
        """Take a slot for `caller` (auth.Caller.bucket) until `give_back`.

        Raises:
            TooManyAtOnce: the caller has reached its limit.
            Busy: this process has reached its limit.
        """
        if caller and self._per_caller and self._held[caller] >= self._per_caller:
            raise TooManyAtOnce(
                f"{self._per_caller} {self._what} are in progress with this key, the maximum. Wait for one to end.",
                retry_after_s=RETRY_AFTER_S,
            )
        if self._in_all and self._held.total() >= self._in_all:
            raise Busy(f"Too many {self._what} are in progress. Retry in a moment.", retry_after_s=RETRY_AFTER_S)
        self._held[caller] += 1

    def give_back(self, caller: str) -> None:
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]

    @contextmanager
    def held(self, caller: str) -> Iterator[None]:
        """A slot during the block. Raises as `take`."""
        self.take(caller)
        try:
            yield
        finally:
            self.give_back(caller)
