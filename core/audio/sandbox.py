"""The sandbox of the processes that decode and encode: `decode_process` and `encode_process`.

It has two layers. Resource limits: no file can be opened (no descriptor is left), a decoder writes nothing to disk and
an encoder one file of bounded size, CPU time and memory are bounded. On Linux also a seccomp filter: only the system
calls of a running codec are allowed; the kernel refuses all others (open, socket, connect, clone, execve, kill, ptrace,
...) in all threads, also after a takeover that frees a descriptor.

`python -m core.audio.sandbox` prints the layers of this machine.
"""

import contextlib
import ctypes
import platform
import resource
import struct
import sys

# Numbers of system calls: <asm/unistd_64.h>, and the generic table of <asm-generic/unistd.h>.
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "mremap": 25, "madvise": 28, "getpid": 39, "exit": 60,
    "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_yield": 24, "restart_syscall": 219, "clock_gettime": 228,
    "exit_group": 231, "getrandom": 318,
}  # fmt: skip
_AARCH64 = {
    "read": 63, "write": 64, "close": 57, "lseek": 62, "mmap": 222, "mprotect": 226, "munmap": 215,
    "brk": 214, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "mremap": 216, "madvise": 233,
    "getpid": 172, "exit": 93, "sigaltstack": 132, "gettid": 178, "futex": 98, "sched_yield": 124,
    "restart_syscall": 128, "clock_gettime": 113, "exit_group": 94, "getrandom": 278,
}  # fmt: skip
# Machine: AUDIT_ARCH_* of <linux/audit.h>, number of seccomp(2), numbers of the allowed calls.
_MACHINES = {"x86_64": (0xC000003E, 317, _X86_64), "aarch64": (0xC00000B7, 277, _AARCH64)}

# <linux/filter.h>, <linux/seccomp.h>, <linux/prctl.h>
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ERRNO, EPERM
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1  # SECCOMP_FILTER_FLAG_TSYNC


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def lock_down(cpu_s: int, memory_bytes: int, file_bytes: int = 0) -> bool:
    """Give up everything but standard input, output and error, `cpu_s`, `memory_bytes` and `file_bytes` of each file,
    irrevocably. Returns whether system calls are filtered too, which only Linux does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    # macOS does not know these two, or does not enforce them.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return _filter_system_calls()


def _filter_system_calls() -> bool:
    """Refuse all system calls but the allowed ones with EPERM. Needs no privilege and is irrevocable."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    architecture, seccomp, allowed = _MACHINES[platform.machine()]
    program = _program(architecture, allowed)
    filtered = _Program(len(program) // 8, program)
    libc, zero = ctypes.CDLL(None, use_errno=True), ctypes.c_ulong(0)
    # Without new privileges, so that a filter cannot mislead a setuid program; this allows unprivileged use.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        return False
    flags = ctypes.c_ulong(_ALL_THREADS)
    return bool(libc.syscall(seccomp, ctypes.c_ulong(_SET_MODE_FILTER), flags, ctypes.byref(filtered)) == 0)


def _program(architecture: int, allowed: dict[str, int]) -> bytes:
    """BPF: load the number of the call, compare it with each allowed one, and jump over the refusal on a match."""
    numbers = sorted(allowed.values())
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_JUMP_IF_EQUAL, 0, len(numbers) + 1, architecture), (_LOAD, 0, 0, _NUMBER)]
    steps += [(_JUMP_IF_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def main() -> int:
    filtered = _filter_system_calls()
    print(f"system calls filtered: {'yes' if filtered else 'no, only resource limits apply here'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
