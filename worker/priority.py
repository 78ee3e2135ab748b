"""CPU priority of tasks that nobody waits for yet."""

import os
import sys
import threading
from collections.abc import Callable

LOW = 10  # niceness: a tenth of the share of a thread of normal priority


def at_low_priority(call: Callable[[], None]) -> None:
    """Call in a new thread with a low CPU priority, and wait for its end. `call` must not raise.

    On Linux each thread has its own niceness, which processes that it starts inherit. Lowering needs no privilege,
    raising it again does: hence the thread. Elsewhere the priority stays as it is.
    """

    def lowered() -> None:
        if sys.platform == "linux":
            thread_id = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread_id, max(LOW, os.getpriority(os.PRIO_PROCESS, thread_id)))
        call()

    thread = threading.Thread(target=lowered, name="low priority")
    thread.start()
    thread.join()
