"""Why a work ended without a result, and so what is to be done about it."""

import errno
from enum import StrEnum

from core.errors import InputError, LeaseLost, Stopped, VoiceliftError

# Of the machine, not of the song: a disk that is full or broken, too many open files, no memory for a process.
_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
)


class Fault(StrEnum):
    """`stopped`: told to stop, or the lease is lost. `input`: the recording or what was asked of it. `around`: S3,
    Redis, the disk: whatever is done meets the same. `surprise`: anything else, so perhaps the song itself."""

    stopped = "stopped"
    input = "input"
    around = "around"
    surprise = "surprise"


def fault_of(error: Exception) -> Fault:
    """Which of them `error` is."""
    if isinstance(error, Stopped | LeaseLost):
        return Fault.stopped
    if isinstance(error, InputError):
        return Fault.input
    if isinstance(error, VoiceliftError):
        return Fault.around if error.retryable else Fault.surprise
    # Not all are OSErrors: FFmpeg's come with its own class.
    return Fault.around if getattr(error, "errno", None) in _MACHINE else Fault.surprise
