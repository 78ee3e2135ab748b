"""Low CPU priority for background tasks."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

LOW = 10  # niceness: a tenth of the share of a thread of normal priority


def at_low_priority(call: Callable[[], None]) -> None:
    """Call in a new thread with a low CPU priority, and wait for its end. Raises the exceptions of `call`.

    On Linux each thread has its own niceness, which processes that it starts inherit. Lowering needs no privilege,
    raising it again does: hence the thread. Elsewhere the priority stays as it is.
    """
    with ThreadPoolExecutor(1, "low priority", _lower) as thread:
        thread.submit(copy_context().run, call).result()


def _lower() -> None:
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(LOW, os.getpriority(os.PRIO_PROCESS, thread)))
