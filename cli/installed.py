"""Requirements of commands that an installation may lack: packages, and files of the repository."""

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from core.errors import InvalidOptions
from core.settings import REPOSITORY


def default_model() -> Path:
    """VOICELIFT_MODEL_DIR, else the checkout's models/default."""
    return Path(os.environ.get("VOICELIFT_MODEL_DIR") or REPOSITORY / "models" / "default")


def require(command: str, packages: Iterable[str]) -> None:
    """Check the packages that `command` imports.

    Raises:
        InvalidOptions: some are not installed; the message has the remedy.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise InvalidOptions(missing_packages(command, missing))


def missing_packages(command: str, packages: list[str]) -> str:
    """The message for packages that are not installed."""
    names = ", ".join(packages)
    if not (REPOSITORY / "pyproject.toml").is_file():
        return (
            f"{command} is not part of this installation: {names} is missing. Voicelift runs from a checkout or from "
            "its images: clone the repository and run `make demo` there."
        )
    extras = "api,model,evaluation,train,local,demucs,melband"
    return (
        f"{command} needs packages that are not installed here: {names}. Install them with: "
        f"{sys.executable} -m pip install -e '{REPOSITORY}[{extras}]'"
    )
