"""The permissions left to a sandboxed process, such as the decoder of untrusted files."""

import struct
import subprocess
import sys

import pytest

from core.audio import sandbox

FILTERED = sys.platform == "linux"
SETUP = "import ctypes, os, resource, socket, threading\nfrom core.audio import sandbox\nparent = os.getppid()\n"
OPENED = "open('/etc/hosts')", "os.open('/tmp', os.O_RDONLY)", "socket.socket()", "os.pipe()", "bytearray(1 << 31)"
# Also with a number free for it, and without any resource limit.
CALLED = (
    "os.close(0), open('/etc/hosts')",
    "os.close(0), socket.socket()",
    "os.close(0), socket.socket(socket.AF_UNIX)",
    "os.stat('/etc/hosts')",
    "os.listdir('/')",
    "os.fork()",
    "threading.Thread(target=print).start()",
    "os.execv('/bin/true', ['true'])",
    "os.kill(parent, 0)",
    "os.unlink('/tmp/nothing')",
    "os.chdir('/')",
    "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "ctypes.CDLL('libutil.so.1')",
)


def attempt(code: str, lock: str) -> str:
    script = f"{SETUP}{lock}\ntry:\n    {code}\n"
    script += "except (OSError, RuntimeError, MemoryError, ValueError):\n    print('refused')\nelse:\n    print('done')"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("code", OPENED)
def test_nothing_can_be_opened(code: str) -> None:
    assert attempt(code, "sandbox.lock_down(5, 1 << 30)") == "refused\n"
    assert attempt(code, "") == "done\n"


@pytest.mark.parametrize("code", CALLED)
def test_system_calls_are_refused_on_linux(code: str) -> None:
    assert attempt(code, "assert sandbox._filter_system_calls()") == ("refused\n" if FILTERED else "")


def test_existing_threads_are_restricted() -> None:
    lock = "import queue\nrequests, results = queue.Queue(), queue.Queue()\n"
    lock += "def other():\n    requests.get()\n    try:\n        results.put(open('/etc/hosts'))\n"
    lock += "    except OSError as error:\n        results.put(error)\n"
    lock += "threading.Thread(target=other).start()\nassert sandbox._filter_system_calls()"
    code = "requests.put(1)\n    result = results.get()\n    if isinstance(result, OSError): raise result"
    assert attempt(code, lock) == ("refused\n" if FILTERED else "")


def test_other_architectures_system_calls_are_refused() -> None:
    """The numbers of 32-bit calls differ on a 64-bit machine: the filter checks the architecture first."""
    architecture, _, allowed = sandbox._MACHINES["x86_64"]
    steps = list(struct.iter_unpack("=HBBI", sandbox._program(architecture, allowed)))
    code, _, otherwise, compared = steps[1]
    assert (steps[0], code, compared) == ((0x20, 0, 0, 4), 0x15, 0xC000003E)
    assert steps[2 + otherwise] == (0x06, 0, 0, 0x00050001), "EPERM"
