"""The shipped models: small, loadable, and clear about their permitted use."""

from pathlib import Path

import pytest

from core.card import Card, load_card
from core.checkpoint import load_model
from core.settings import REPOSITORY

MODELS = REPOSITORY / "models"
MAX_BYTES, MAX_BYTES_A_FILE = 28_000_000, 14_000_000
RESEARCH = ("MIR-1K", "MUSDB18")


@pytest.fixture(params=["default", "open"])
def folder(request: pytest.FixtureRequest) -> Path:
    return MODELS / str(request.param)


@pytest.fixture
def card(folder: Path) -> Card:
    return load_card(folder)


def test_all_models_together_are_small() -> None:
    files = {path.resolve() for path in MODELS.rglob("*.safetensors")}  # models share a codec by a link
    sizes = [path.stat().st_size for path in files]
    assert len(files) == 5
    assert sum(sizes) <= MAX_BYTES
    assert max(sizes) <= MAX_BYTES_A_FILE


def test_each_model_loads_and_matches_its_card(folder: Path, card: Card) -> None:
    model, _ = load_model(folder)
    assert model.config.estimates
    assert card.geometry.frames == 1024
    assert card.training, "the legs are listed"


def test_permitted_use_follows_from_the_training_data(card: Card) -> None:
    research_credits = [credit for credit in card.credits if credit.startswith(RESEARCH)]
    assert card.commercial_use is not bool(research_credits)
    assert ("non-commercial" in card.licence) is not card.commercial_use


def test_higher_quality_presets_have_at_least_as_many_steps(card: Card) -> None:
    steps = [card.quality[quality].steps for quality in ("draft", "standard", "high")]
    assert steps == sorted(steps)
