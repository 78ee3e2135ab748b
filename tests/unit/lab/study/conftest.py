"""Shortens the quick forms of studies that train."""

import pytest

from lab.training import new_model


@pytest.fixture(autouse=True)
def few_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit the normalisation on four mixtures, to save time."""
    monkeypatch.setattr(new_model, "FIT_BATCHES", 1)
    monkeypatch.setattr(new_model, "FIT_SIZE", 4)
