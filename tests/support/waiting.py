"""Waiting for a condition: the only place where tests pause."""

import time
from collections.abc import Callable

import psutil


def until(
    condition: Callable[[], object], what: str | Callable[[], str] = "the condition", timeout_s: float = 30.0
) -> None:
    """Wait until `condition` is true; fail with the message `what` (or a function that returns it) after the
    timeout."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            words = what if isinstance(what, str) else what()
            raise AssertionError(f"{words}: not within {timeout_s:g} s")
        time.sleep(0.02)


def child_running(module: str) -> psutil.Process:
    """The only child of this process that runs `module`; while it starts, a child has no command line."""

    def children() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if module in child.cmdline()]

    until(children, f"a child runs {module}")
    (child,) = children()
    return child
