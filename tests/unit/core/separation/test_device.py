import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.errors import InvalidOptions
from core.separation.device import find_device, share_out

# Threads that hold many small blocks at once, each of which would get a separate heap; then ask glibc for its
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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="heaps of threads are glibc's")
def test_threads_share_one_heap(tmp_path: Path) -> None:
    assert heaps(tmp_path / "default.xml", "nothing") > 1
    assert heaps(tmp_path / "shared.xml", "set_up") == 1


@pytest.mark.parametrize(
    ("threads", "lanes", "each"), [(1, 1, 1), (2, 2, 1), (4, 4, 1), (5, 2, 2), (6, 3, 2), (8, 4, 2), (16, 4, 4)]
)
def test_threads_are_divided_among_lanes(threads: int, lanes: int, each: int) -> None:
    assert share_out(threads) == (lanes, each)
    assert threads - lanes * each < each


def test_auto_logs_the_device_and_the_reason(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def old_driver() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).\nPlease update it.")

    caplog.set_level("INFO")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", old_driver)
    assert find_device("auto").type == "cpu"
    reason = "The NVIDIA driver on your system is too old (found version 11040)"
    assert caplog.messages == [f"device auto: cpu (no GPU can be used: {reason})"]
    caplog.clear()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H200")
    assert find_device("auto").type == "cuda"
    assert caplog.messages == ["device auto: cuda (NVIDIA H200)"]


def test_a_missing_gpu_is_an_error_with_the_reason() -> None:
    with pytest.raises(InvalidOptions, match=r"The device 'cuda:99' is not available \(.+\)"):
        find_device("cuda:99")
