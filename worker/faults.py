"""Classification of errors of a task, which determines the next step."""

import errno
from enum import StrEnum

from core.errors import InputError, LeaseLost, Stopped, VoiceliftError

# Faults of the machine, not of the song: a full or broken disk, too many open files, no memory for a process.
_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
)


class Fault(StrEnum):
    """`stopped`: asked to stop, or the lease is lost. `input`: the recording or the request. `dependency`: an
    unavailable dependency (S3, Redis, disk), which would fail every task. `unexpected`: anything else, so possibly the
    song itself."""

    stopped = "stopped"
    input = "input"
    dependency = "dependency"
    unexpected = "unexpected"


def fault_of(error: Exception) -> Fault:
    """The class of `error`."""
    if isinstance(error, Stopped | LeaseLost):
        return Fault.stopped
    if isinstance(error, InputError):
        return Fault.input
    if isinstance(error, VoiceliftError):
        return Fault.dependency if error.retryable else Fault.unexpected
    # Not all are OSErrors: FFmpeg's errors are of another class.
    return Fault.dependency if getattr(error, "errno", None) in _MACHINE else Fault.unexpected
