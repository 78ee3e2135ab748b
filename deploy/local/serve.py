"""Keep the whole service running on this machine, for `make serve` and `voicelift serve`."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import plan
from deploy.local.stack import ROOT, Stack, interruptible, require_checkout

DEFAULT_PORT = 8000
DATA = ROOT / ".data"
SERVICE = "service.json"
SHARED_SETTINGS = (
    "REDIS_URL", "S3_ENDPOINT_URL", "S3_PUBLIC_ENDPOINT_URL", "S3_BUCKET", "S3_REGION", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "VOICELIFT_MODEL_DIR", "VOICELIFT_WORK_DIR",
)  # fmt: skip


def serve(data: Path = DATA, port: int | None = None) -> int:
    """Run the stack until a signal ends it or a part of it fails. Redis and S3 keep their data in `data`.

    `port` is the API's; None: DEFAULT_PORT, or a free one. Returns 0 after a signal, 1 after a failure.
    """
    try:
        require_checkout()
        with interruptible(), _exclusive(data), Stack(_plan(data, port)) as stack:
            stack.start()
            _write_settings(data, stack.plan)
            _welcome(stack.plan)
            while True:
                stack.check()
                time.sleep(0.5)
    except plan.StackError as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nAll processes have stopped.", flush=True)
        return 0


def _plan(data: Path, port: int | None) -> plan.Plan:
    if port is None and plan.is_free(DEFAULT_PORT):
        port = DEFAULT_PORT
    return plan.make(data, os.environ, port)


def _write_settings(data: Path, planned: plan.Plan) -> None:
    """For `voicelift keys` and `voicelift admin` (cli/service.py): addresses and keys of Redis and S3."""
    path = data / SERVICE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(
        json.dumps({name: planned.environment[name] for name in SHARED_SETTINGS if name in planned.environment})
    )


@contextmanager
def _exclusive(data: Path) -> Iterator[None]:
    """Two stacks must not share a folder: the second is refused."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise plan.StackError(f"Another stack already uses {data}. Stop it, or choose another folder.") from None
        try:
            yield
        finally:
            (data / SERVICE).unlink(missing_ok=True)


def _welcome(planned: plan.Plan) -> None:
    url = planned.url
    metrics = "\n".join(f"  {name:<11} {address}" for name, address in planned.metrics.items())
    print(
        f"\nVoicelift is ready at {url} (Ctrl-C stops it). Separate a song:\n\n  curl -F file=@song.mp3 "
        f"{url}/v1/jobs\n\nthen follow its progress at the URL in the response. Documentation: "
        f"{url}/docs\n\nMetrics:\n{metrics}\n",
        flush=True,
    )
