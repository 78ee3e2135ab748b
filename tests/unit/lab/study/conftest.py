"""Quick forms that train are quicker still."""

import pytest

from lab.training import train


@pytest.fixture(autouse=True)
def few_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statistics from four mixtures: measuring them is slower than all else here."""
    monkeypatch.setattr(train, "FIT_BATCHES", 1)
    monkeypatch.setattr(train, "FIT_SIZE", 4)
