"""Commands that need packages which the service does not: say so in a sentence, before any import fails."""

import importlib.util
import sys
from collections.abc import Iterable

from core.errors import InvalidOptions
from core.settings import REPOSITORY


def require(command: str, packages: Iterable[str]) -> None:
    """Look for the packages of the extras `model` and `evaluation` that `command` imports.

    Raises:
        InvalidOptions: some are not installed; the message says what to run.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise InvalidOptions(
            f"{command} needs packages that are not installed here: {', '.join(missing)}. Install them with: "
            f"{sys.executable} -m pip install -e '{REPOSITORY}[model,evaluation]'"
        )
