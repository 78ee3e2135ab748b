"""Wheels, and environments with nothing but them and their requirements. Nothing is downloaded."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement


def build_wheel(source: Path, folder: Path) -> Path:
    """The wheel of the project in `source`, which may receive build files; returns its path in `folder`."""
    build = [sys.executable, "-c", "from setuptools import build_meta as b; import sys; b.build_wheel(sys.argv[1])"]
    subprocess.run([*build, str(folder)], cwd=source, check=True, capture_output=True, timeout=200)
    (path,) = folder.glob("*.whl")
    return path


def dependencies(requirements: Iterable[str], extras: Iterable[str] = ("",)) -> dict[str, metadata.Distribution]:
    """The distributions that pip would install for `requirements`, by name."""
    installed: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        distribution = metadata.distribution(wanted.name)
        more = [Requirement(text) for text in distribution.requires or ()]
        marked = {"", *wanted.extras}
        new = [r for r in more if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in marked)]
        if wanted.name not in installed or wanted.extras:
            installed[wanted.name] = distribution
            waiting += [Requirement(f"{r.name}[{','.join(r.extras)}]" if r.extras else r.name) for r in new]
    return installed


def link(distributions: Mapping[str, metadata.Distribution], folder: Path) -> None:
    """Make all files of `distributions` importable from `folder`."""
    for distribution in distributions.values():
        for top in {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."} - {"__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(distribution.locate_file(top))))
