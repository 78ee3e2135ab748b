"""Training of a generator over another project's separator: checks of the recipe, and the card."""

from core.card import Card
from core.errors import InvalidOptions
from lab.training.recipe import RunRecipe


def check_estimator(card: Card) -> None:
    """Check that `card` describes another project's network without a generator.

    Raises:
        InvalidOptions: it does not.
    """
    if card.estimator is None or card.net:
        raise InvalidOptions(
            f"{card.name} is not an estimator of another project. Add one with `voicelift models add`."
        )


def check_legs(recipe: RunRecipe, card: Card) -> None:
    """Check that the legs of `recipe` can train a generator over the estimator of `card`.

    Raises:
        InvalidOptions: a leg trains the conditioner, or its segments are too long.
    """
    if any(leg.stage != "generator" for leg in recipe.leg):
        raise InvalidOptions(
            "Estimators of other projects cannot be trained. Select the generator legs of the recipe with "
            "--stage generator."
        )
    longest = max(
        (frames for leg in recipe.leg for frames in (leg.frames, *(row[1] for row in leg.curriculum))), default=0
    )
    if longest > card.geometry.frames:
        raise InvalidOptions(
            f"Segments of {longest} frames exceed the {card.geometry.frames} frames of {card.name}. Shorten them, for "
            "example with --set leg.0.frames=512. Legs of all stages count in the numbering."
        )


def refining_card(card: Card, estimator: Card) -> Card:
    """The card of a new generator over an estimator, with the estimator's stems and chunks."""
    kept = ("stems", "sample_rate", "geometry", "estimator", "files", "source", "credits")
    return card.model_copy(
        update={
            **{name: getattr(estimator, name) for name in kept},
            "description": f"A generator over the vocals of {estimator.name} {estimator.version}: masked stems are its "
            "estimates, generative vocals are refined.",
            "licence": f"not stated: see the recordings it was trained on; of {estimator.name}: {estimator.licence}",
            "guide": "estimate",
        }
    )
