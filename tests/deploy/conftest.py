from collections.abc import Iterator
from pathlib import Path

import pytest
from watched import Watched, watched_stack


@pytest.fixture(scope="session")
def watched(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Shared by the tests of dashboards, metrics and logs, because starting it is what costs."""
    with watched_stack(tiny_model_dir, tmp_path_factory.mktemp("watched")) as found:
        yield found
