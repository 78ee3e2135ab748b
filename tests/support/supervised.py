"""`python -m tests.support.supervised ARGUMENTS`: pytest with these arguments, without surviving processes.

Ctrl-C reaches pytest and all processes of the tests at once, and pytest-xdist may end its workers before their
fixtures have stopped their servers. On Linux these orphans become children of this process, which kills them after
pytest has ended.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

import psutil

STOP_S = 30.0  # for pytest to end by itself after an interrupt
SIGNALS = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM}
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    # Several tests share the cores: torch's threads, where they share one with another test, wait by spinning.
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    command = [sys.executable, "-m", "pytest", *arguments]
    pytest = subprocess.Popen(command, env=environment, preexec_fn=_unblock)
    try:
        return _status(pytest.pid)
    finally:
        _kill_descendants()


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _status(pid: int) -> int:
    """The exit status of `pid`; reaps adopted children meanwhile. A second interrupt, or STOP_S after one, kills."""
    deadline: float | None = None
    while True:
        pause_s = 3600.0 if deadline is None else max(0.0, deadline - time.monotonic())
        received = signal.sigtimedwait(SIGNALS, pause_s)
        if received is not None and received.si_signo == signal.SIGCHLD:
            if (status := _reaped(pid)) is not None:
                return status
        elif deadline is not None:
            os.kill(pid, signal.SIGKILL)
        elif received is not None:
            deadline = time.monotonic() + STOP_S
            if received.si_signo == signal.SIGTERM:
                os.kill(pid, signal.SIGINT)  # pytest ends its fixtures on an interrupt only


def _reaped(pid: int) -> int | None:
    """Reap all ended children; returns the exit status of `pid` if it is one of them."""
    status = None
    while True:
        try:
            ended, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if not ended:
            return status
        if ended == pid:
            status = os.waitstatus_to_exitcode(how)


def _kill_descendants() -> None:
    """Repeatedly, because children of a killed process become children of this one."""
    while descendants := psutil.Process().children(recursive=True):
        for process in descendants:
            try:
                process.kill()
                process.wait(10)
            except psutil.NoSuchProcess:
                continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
