"""Shortens the quick forms of studies that train."""

import pytest

from lab.training import train


@pytest.fixture(autouse=True)
def few_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit the normalisation on four mixtures, to save time."""
    monkeypatch.setattr(train, "FIT_BATCHES", 1)
    monkeypatch.setattr(train, "FIT_SIZE", 4)
