"""Workers that die, kill -9, between taking a message and noting it: `python -m tests.chaos.popping COUNT`.

So many of them, one after the other, each forked from this process, which has imported everything already. Until the
message arrives it is Celery's own worker; it dies where kombu would write the message down as unacknowledged.
"""

import os
import signal
import sys
from typing import Any

from kombu.transport.redis import QoS

from worker.app import app

ARGUMENTS = ["--quiet", "worker", "-Q", "cpu", "--pool=threads", "-c", "1", "--without-gossip", "--without-mingle"]


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    QoS.append = die  # type: ignore[method-assign]
    for number in range(int(sys.argv[1])):
        child = os.fork()
        if child == 0:
            app.worker_main([*ARGUMENTS, "-n", f"popping-{number}@%h"])
            os._exit(1)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            return 1
        print(number + 1, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
