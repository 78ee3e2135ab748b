"""Training a generator over another project's separator: what of a recipe fits, and the card."""

from core.card import Card
from core.errors import InvalidOptions
from lab.training.recipe import RunRecipe


def check_estimator(card: Card) -> None:
    """Raises InvalidOptions: it is not another project's network alone."""
    if card.estimator is None or card.net:
        raise InvalidOptions(f"{card.name} is no estimator of another project; `voicelift models add` makes one.")


def check_legs(recipe: RunRecipe, card: Card) -> None:
    """Raises InvalidOptions: the recipe's legs cannot go over an estimator with this card."""
    if any(leg.stage != "generator" for leg in recipe.leg):
        raise InvalidOptions(
            "An estimator of another project is not trained. Keep the recipe's legs for the generator with "
            "--stage generator."
        )
    longest = max(
        (frames for leg in recipe.leg for frames in (leg.frames, *(row[1] for row in leg.curriculum))), default=0
    )
    if longest > card.geometry.frames:
        raise InvalidOptions(
            f"Segments of {longest} frames are longer than those of {card.name}, {card.geometry.frames}. "
            "Give the legs shorter frames, as --set leg.0.frames=512; their number counts those of other stages, too."
        )


def refining_card(card: Card, estimator: Card) -> Card:
    """The card of a new generator over an estimator, whose stems and chunks it has."""
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
