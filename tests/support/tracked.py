"""The files of the repository."""

import subprocess
from pathlib import Path

from core.settings import REPOSITORY


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository that match git patterns; all that git does not ignore."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := REPOSITORY / name).is_file()]
