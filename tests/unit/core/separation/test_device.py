import subprocess
import sys
from pathlib import Path

import pytest

from core.separation.device import share_out

# Threads that hold many small blocks at once, each of which glibc would give a heap of its own; then ask glibc for its
# heaps. Numbers of heaps: one line each in what malloc_info writes.
PROGRAM = """
import ctypes, sys, threading
if sys.argv[2] == "set_up":
    from core.separation.device import set_up
    set_up(1)
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(6)
def work():
    together.wait()
    for _ in range(2000):
        libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(path: Path, how: str) -> int:
    subprocess.run([sys.executable, "-c", PROGRAM, str(path), how], check=True)
    return path.read_text().count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="heaps of threads are glibc's")
def test_threads_share_one_heap(tmp_path: Path) -> None:
    assert heaps(tmp_path / "default.xml", "nothing") > 1
    assert heaps(tmp_path / "shared.xml", "set_up") == 1


@pytest.mark.parametrize(
    ("threads", "lanes", "each"), [(1, 1, 1), (2, 2, 1), (4, 4, 1), (5, 2, 2), (6, 3, 2), (8, 4, 2), (16, 4, 4)]
)
def test_threads_are_shared_out_to_lanes(threads: int, lanes: int, each: int) -> None:
    assert share_out(threads) == (lanes, each)
    assert threads - lanes * each < each
