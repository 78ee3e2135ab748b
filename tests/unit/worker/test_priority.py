import os
import subprocess
import sys
import threading

import pytest

from core.errors import LeaseLost
from worker.priority import LOW, at_low_priority

NICENESS = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux each thread has its own niceness")
def test_only_the_call_and_its_child_processes_have_a_low_priority() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen = list[int]()

    def call() -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        seen.append(int(subprocess.check_output([sys.executable, "-c", NICENESS])))

    at_low_priority(call)
    assert seen == 2 * [max(LOW, before)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_an_error_of_the_call_reaches_the_caller() -> None:
    def fail() -> None:
        raise LeaseLost("the lease expired")

    with pytest.raises(LeaseLost):
        at_low_priority(fail)
