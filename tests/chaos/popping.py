"""Workers killed (kill -9) between reading a message and recording it: `python -m tests.chaos.popping COUNT`.

COUNT workers in sequence, each forked from this process, which has imported everything already. Until the message
arrives each is Celery's own worker; it is killed where kombu would record the message as unacknowledged.
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
