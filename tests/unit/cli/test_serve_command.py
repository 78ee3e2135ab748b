"""`voicelift serve` passes its arguments to the local stack, and other commands do not import it."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from cli import serve as command
from deploy.local import serve


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(["serve", *arguments])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((), (serve.DATA, None)), (("--port", "8123", "--data", "here"), (Path("here"), 8123))],
)
def test_arguments_reach_the_stack(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: tuple[Path, int | None]
) -> None:
    calls: list[tuple[Path, int | None]] = []

    def serving(data: Path, port: int | None) -> int:
        calls.append((data, port))
        return 7

    monkeypatch.setattr(serve, "serve", serving)
    args = parsed(*arguments)
    assert args.run(args) == 7
    assert calls == [expected]


def test_a_second_stack_on_the_same_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve._exclusive(tmp_path):
        assert serve.serve(tmp_path) == 1
    assert "Another stack already uses" in capsys.readouterr().err


def test_importing_the_command_needs_no_extra() -> None:
    code = "import sys, cli.serve; print(sorted({'httpx', 'psutil', 'redis', 'torch'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
