"""Child processes that decode and encode media: start, wait and report.

Standard input and output are the caller's. On standard error a process may leave one line of JSON as its report; a
malicious file may have taken the process over, so only known members of known types are read.
"""

import contextlib
import json
import math
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import core.errors

ROOT = Path(core.errors.__file__).parent.parent
MAX_STDERR_BYTES = 1 << 16


def start(module: str, arguments: str, stdin: "IO[bytes] | int", stdout: "IO[bytes] | int") -> subprocess.Popen[bytes]:
    """Run `python -m module arguments` with an empty environment."""
    return subprocess.Popen(
        [sys.executable, "-m", module, arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        cwd="/",
        start_new_session=True,  # a signal to the process group is for the parent to handle
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it, if it still runs. May be repeated."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def ready(descriptor: int, event: int, within_s: float) -> bool:
    """Wait until `descriptor` is ready for `event`, of select.POLLIN and POLLOUT.

    Waits second by second: time in which this process and its child were frozen does not count.
    """
    poll = select.poll()
    poll.register(descriptor, event)
    return any(poll.poll(1000 * min(1.0, within_s)) for _ in range(math.ceil(within_s)))


def status(process: subprocess.Popen[bytes], within_s: float) -> int | None:
    """Its exit status; None if it does not end in time, as `ready` counts it."""
    for _ in range(math.ceil(within_s)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(min(1.0, within_s))
    return None


def read_stderr(process: subprocess.Popen[bytes]) -> str:
    """The output of an ended process on standard error: its report, or its error."""
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    return (process.stderr.read(MAX_STDERR_BYTES) or b"").decode(errors="replace").strip()


def parse_report(stderr: str) -> dict[str, Any]:
    """The report in the result of `read_stderr`; {} without one."""
    try:
        report = json.loads(stderr.rpartition("\n")[2])
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def write_report(report: dict[str, Any]) -> None:
    """Write `report` as the last line of this process."""
    os.write(2, b"\n" + json.dumps(report).encode() + b"\n")
