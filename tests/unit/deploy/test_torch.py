"""The build of PyTorch that `make` installs: deploy/local/torch.sh, with a stub in place of pip."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WANTED = "torch==2.13.0"
CPU = ["--index-url", "https://download.pytorch.org/whl/cpu", "--timeout", "5", "--retries", "0", WANTED]


@pytest.fixture
def pip(tmp_path: Path) -> Path:
    """Records its arguments in a file, one call per line; fails for an index while `unreachable` exists."""
    stub = tmp_path / "pip"
    lines = ["#!/bin/sh", f'echo "$@" >> {tmp_path}/calls']
    lines.append(f'case "$*" in *--index-url*) test ! -e {tmp_path}/unreachable;; esac')
    stub.write_text("\n".join(lines) + "\n")
    stub.chmod(0o755)
    return stub


def installed(pip: Path, **environment: str) -> tuple[list[list[str]], list[str]]:
    """The calls of pip, and the printed lines."""
    surroundings = {
        "PATH": "/usr/bin:/bin",
        "SYSTEM": "Linux",
        "NVIDIA_DRIVER": str(pip.parent / "driver"),
        **environment,
    }
    command: list[str | Path] = ["sh", ROOT / "deploy" / "local" / "torch.sh", WANTED, pip, "install"]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
    return [line.split() for line in (pip.parent / "calls").read_text().splitlines()], done.stdout.splitlines()


def test_without_a_driver_the_cpu_build_is_used(pip: Path) -> None:
    calls, lines = installed(pip)
    assert calls == [["install", *CPU]]
    assert len(lines) == 1 and "no NVIDIA driver" in lines[0]


def test_an_unreachable_index_falls_back_to_the_default(pip: Path) -> None:
    (pip.parent / "unreachable").touch()
    calls, lines = installed(pip)
    assert calls == [["install", *CPU], ["install", WANTED]]
    assert "default" in lines[-1]


def test_with_a_driver_the_default_index_is_used(pip: Path) -> None:
    (pip.parent / "driver").touch()
    calls, lines = installed(pip)
    assert calls == [["install", WANTED]]
    assert len(lines) == 1 and "CUDA" in lines[0]


def test_on_a_mac_the_default_index_is_used(pip: Path) -> None:
    calls, lines = installed(pip, SYSTEM="Darwin")
    assert (calls, lines) == ([["install", WANTED]], [])


@pytest.mark.parametrize("driver", [True, False])
def test_a_named_index_is_the_only_one(pip: Path, driver: bool) -> None:
    if driver:
        (pip.parent / "driver").touch()
    calls, lines = installed(pip, TORCH_INDEX="https://index.example/simple")
    assert calls == [["install", "--index-url", "https://index.example/simple", WANTED]]
    assert len(lines) == 1 and "https://index.example/simple" in lines[0]
