"""Keep the whole service running on this machine: what `make serve` and `voicelift serve` do."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import plan
from deploy.local.stack import ROOT, Stack, interruptible

DEFAULT_PORT = 8000
DATA = ROOT / ".data"


def serve(data: Path = DATA, port: int | None = None) -> int:
    """Run the stack until a signal ends it or a part of it fails. Redis and S3 keep their data in `data`.

    `port` is the API's; None takes DEFAULT_PORT, or a free one. Returns 0 after a signal, 1 after a failure.
    """
    try:
        with interruptible(), _alone(data), Stack(_plan(data, port)) as stack:
            stack.start()
            _welcome(stack.plan)
            while True:
                stack.check()
                time.sleep(0.5)
    except plan.StackError as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nEverything has been stopped.", flush=True)
        return 0


def _plan(data: Path, port: int | None) -> plan.Plan:
    if port is None and plan.is_free(DEFAULT_PORT):
        port = DEFAULT_PORT
    return plan.make(data, os.environ, port)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two stacks must not share one folder: the second is refused."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise plan.StackError(f"Another stack uses {data} already. Stop it, or choose another folder.") from None
        yield


def _welcome(planned: plan.Plan) -> None:
    url = planned.url
    metrics = "\n".join(f"  {name:<11} {address}" for name, address in planned.metrics.items())
    print(
        f"\nVoicelift is ready at {url} (Ctrl-C stops it). Separate a song:\n\n"
        f"  curl -F file=@song.mp3 {url}/v1/jobs\n\n"
        f"then look at its progress under the URL in the answer. Documentation: {url}/docs\n\nMetrics:\n{metrics}\n",
        flush=True,
    )
