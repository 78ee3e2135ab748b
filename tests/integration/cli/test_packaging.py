"""The project runs from a checkout or an image; from a wheel every command says so, without a traceback."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest

from cli.main import COMMANDS
from core.settings import REPOSITORY
from tests.support.packages import build_wheel, dependencies, link

CALLS = {
    "separate": ["{song}"],
    "serve": [],
    "models": ["add", "htdemucs"],
    "train": ["net", "--out", "out"],
    "evaluate": ["{model}"],
    "mushra": ["make", "clips"],
    "bench": ["song"],
    "study": ["steps"],
}
CHECKOUT = re.compile(r"checkout|repository")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy of its sources, and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    for name in ("api", "cli", "core", "deploy", "lab", "worker"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=NOT_COPIED)
    with zipfile.ZipFile(build_wheel(source, folder)) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.fixture(scope="module")
def light(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links to the requirements of the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("light")
    (info,) = wheel.glob("*.dist-info")
    required = metadata.PathDistribution(info).requires
    assert required
    link(dependencies(required), folder)
    assert (folder / "pydantic").exists() and not (folder / "torch").exists()
    return folder


def voicelift(path: Iterable[Path], cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from cli.main import main; sys.exit(main())"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOICELIFT_")}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_package_indexes_refuse_the_wheel(wheel: Path) -> None:
    (info,) = wheel.glob("*.dist-info")
    classifiers = metadata.PathDistribution(info).metadata.get_all("Classifier") or []
    assert any(classifier.startswith("Private ::") for classifier in classifiers)
    assert not (wheel / "models").exists()


@pytest.mark.parametrize("command", CALLS)
def test_a_command_names_its_missing_packages(command: str, wheel: Path, light: Path, tmp_path: Path) -> None:
    names = {"song": REPOSITORY / "deploy/local/demo_song/demo_song.flac", "model": REPOSITORY / "tests/data/tiny"}
    arguments = [text.format(**names) for text in CALLS[command]]
    done = voicelift([wheel, light], tmp_path, command, *arguments)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("voicelift: ") and "Traceback" not in done.stderr
    assert CHECKOUT.search(done.stderr), done.stderr


@pytest.mark.parametrize("command", ["separate", "serve", "bench", "study"])
def test_a_command_names_its_missing_files(command: str, wheel: Path, tmp_path: Path) -> None:
    packages = [Path(path) for path in sys.path if path.endswith("-packages")]
    names = {"song": REPOSITORY / "deploy/local/demo_song/demo_song.flac"}
    arguments = [text.format(**names) for text in CALLS[command]]
    options = ["--quick"] if command in ("bench", "study") else []
    done = voicelift([wheel, *packages], tmp_path, command, *arguments, *options)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert CHECKOUT.search(done.stderr) and str(wheel) in done.stderr, done.stderr
    assert not (wheel / ".data").exists(), "nothing is started"


def test_every_other_command_prints_its_help(wheel: Path, light: Path, tmp_path: Path) -> None:
    assert set(CALLS) | {"keys", "admin"} == set(COMMANDS), "keys and admin need Redis alone"
    for command in ("keys", "admin"):
        done = voicelift([wheel, light], tmp_path, command, "--help")
        assert done.returncode == 0, done.stderr
        assert "usage: voicelift" in done.stdout
