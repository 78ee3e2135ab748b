"""Waiting for a condition: the one place where tests pause."""

import time
from collections.abc import Callable

import psutil


def until(
    condition: Callable[[], object], what: str | Callable[[], str] = "the condition", timeout_s: float = 30.0
) -> None:
    """Wait until `condition` is true; fail with `what`, the words or their maker, when it is not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            words = what if isinstance(what, str) else what()
            raise AssertionError(f"{words}: not within {timeout_s:g} s")
        time.sleep(0.02)


def child_running(module: str) -> psutil.Process:
    """The one child of this process that runs `module`; a child has no command line while it is being started."""

    def children() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if module in child.cmdline()]

    until(children, f"a child runs {module}")
    (child,) = children()
    return child
