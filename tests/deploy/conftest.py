from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.watched import Watched, watched_stack


@pytest.fixture(scope="package")
def watched(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Shared by the tests of dashboards, metrics and logs, because its start is expensive; ends with this folder,
    because a second stack and Prometheus take half a core from the tests after it."""
    with watched_stack(tiny_model_dir, tmp_path_factory.mktemp("watched")) as watched:
        yield watched
