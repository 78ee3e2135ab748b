"""Where the time goes: seconds by stage, each stage without those inside it."""

import functools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lab.bench.measure import wait_for


class Clock:
    """Stages may nest and may run in several threads. On a GPU each stage waits for what it has started."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._local = threading.local()

    @property
    def seconds(self) -> dict[str, float]:
        with self._lock:
            return dict(self._seconds)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        inside: list[float] = getattr(self._local, "inside", [])
        self._local.inside = inside
        inside.append(0.0)
        began = time.perf_counter()
        try:
            yield
            wait_for(self._device)
        finally:
            taken = time.perf_counter() - began
            own = taken - inside.pop()
            if inside:
                inside[-1] += taken
            with self._lock:
                self._seconds[name] += own

    def wrap(self, owner: Any, method: str, name: str) -> None:
        """From now on calls of `owner.method` are a stage."""
        plain: Callable[..., Any] = getattr(owner, method)

        @functools.wraps(plain)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return plain(*args, **kwargs)

        setattr(owner, method, timed)

    def pulled(self, items: Iterable[Any], name: str) -> Iterator[Any]:
        """The same items; making each is a stage."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
