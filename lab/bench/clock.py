"""A profiler of wall time by stage; nested stages do not count for the outer one."""

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
    """Stages may be nested and run in several threads. On a GPU, each stage ends with a synchronisation."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._local = threading.local()

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time by stage, without nested stages."""
        with self._lock:
            return dict(self._seconds)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body of a `with` statement."""
        inside: list[float] = getattr(self._local, "inside", [])
        self._local.inside = inside
        inside.append(0.0)
        started = time.perf_counter()
        try:
            yield
            wait_for(self._device)
        finally:
            taken = time.perf_counter() - started
            own = taken - inside.pop()
            if inside:
                inside[-1] += taken
            with self._lock:
                self._seconds[name] += own

    def wrap(self, owner: Any, method: str, name: str) -> None:
        """Replace `owner.method` by a version that times each call as a stage."""
        plain: Callable[..., Any] = getattr(owner, method)

        @functools.wraps(plain)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return plain(*args, **kwargs)

        setattr(owner, method, timed)

    def pulled(self, items: Iterable[Any], name: str) -> Iterator[Any]:
        """Yield the same items; time the production of each as a stage."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
