"""The Python client as published: its wheel in an environment with its requirements only."""

import ast
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from core.settings import REPOSITORY
from tests.support.packages import build_wheel, dependencies, link

PROJECT = REPOSITORY / "clients" / "python"
LARGEST_WHEEL_BYTES = 60_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(PROJECT, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    return build_wheel(source, folder)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with links to the wheel's requirements."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    (packages,) = folder.glob("lib/python*/site-packages")
    (info,) = packages.glob("voicelift_client-*.dist-info")
    link(dependencies(metadata.PathDistribution(info).requires or ()), packages)
    return folder


def run(environment: Path, *command: str) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("VOICELIFT_", "PYTHON"))}
    program, *arguments = command
    return subprocess.run(
        [environment / "bin" / program, *arguments],
        cwd=environment, env=clean, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_package_runs_without_other_packages(environment: Path, wheel: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    assert not (packages / "fastapi").exists()
    (info,) = packages.glob("voicelift_client-*.dist-info")
    version = metadata.PathDistribution(info).version
    assert run(environment, "voicelift-client", "--version").stdout == f"{version}\n"
    script = "import voicelift_client as v; print(v.__file__, *map(v.__getattribute__, v.__all__))"
    done = run(environment, "python", "-W", "error", "-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(packages))
    refused = run(environment, "python", "-m", "voicelift_client", "separate", "nothing.mp3", "--url", "http://x")
    assert (refused.returncode, refused.stderr) == (2, "voicelift-client: nothing.mp3 does not exist.\n")


def test_the_wheel_can_be_published(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        text = archive.read(f"{info}/METADATA").decode()
    assert {"voicelift_client/py.typed", f"{info}/licenses/LICENSE"} <= set(names)
    assert {name.partition("/")[0] for name in names} == {"voicelift_client", info}
    for line in ("License-Expression: MIT", "Requires-Python: >=3.10", "Description-Content-Type: text/markdown"):
        assert f"\n{line}\n" in text
    assert "Private ::" not in text, "indexes refuse that"
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES


def test_every_import_is_a_declared_requirement(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        modules = [archive.read(name) for name in archive.namelist() if name.endswith(".py")]
        requires = [
            line.removeprefix("Requires-Dist: ")
            for line in archive.read(f"{info}/METADATA").decode().splitlines()
            if line.startswith("Requires-Dist: ")
        ]
    imported = {
        name.partition(".")[0]
        for module in modules
        for node in ast.walk(ast.parse(module, feature_version=(3, 10)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    required = {line.partition(">")[0].partition("<")[0].replace("-", "_") for line in requires}
    assert imported - set(sys.stdlib_module_names) - {"voicelift_client"} == required
