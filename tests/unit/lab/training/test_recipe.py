"""Recipes: valid ones are read, invalid ones are refused with the name of the field."""

import time
from pathlib import Path

import pytest

from core.errors import InvalidOptions
from core.nets.config import PRESETS
from core.settings import REPOSITORY
from lab.training.diffusion import DiffusionRecipe
from lab.training.recipe import RunRecipe, read_recipe

LEG = '[[leg]]\nstage = "estimate"\nsteps = 10\n'


@pytest.mark.parametrize("path", sorted((REPOSITORY / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_the_recipes_of_the_repository_are_valid(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.leg or recipe.codec
    reduction = PRESETS[recipe.model.preset].generator.reduction
    for leg in recipe.leg:
        assert all(frames % reduction == 0 for frames in (leg.frames, *(f for _, f, _ in leg.curriculum)))


def test_the_recipe_of_paper_a_has_the_stages_of_the_paper() -> None:
    recipe = read_recipe(REPOSITORY / "recipes" / "paper-a.toml")
    first, second = recipe.leg
    assert (first.stage, first.steps, second.stage, second.steps) == ("generator", 600_000, "joint", 400_000)
    assert second.conditioner_rate < 1
    assert (recipe.model.codec, recipe.model.conditioner) == ("encodec", "encoder")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[model]\nwidth = 3\n", "model.width: unknown field"),
        ("[modle]\n", "modle: unknown field"),
        (LEG + "lr = 1.0\n", "leg.0.lr: unknown field"),
        ("[[leg]]\nsteps = 10\n", "leg.0.stage: is required"),
        (
            '[[leg]]\nstage = "finetune"\nsteps = 10\n',
            "leg.0.stage: Input should be 'estimate', 'generator' or 'joint'",
        ),
        ('[[leg]]\nstage = "joint"\nsteps = "many"\n', "leg.0.steps: Input should be a valid integer (given: 'many')"),
        ('[[leg]]\nstage = "joint"\nsteps = "10"\n', "leg.0.steps: Input should be a valid integer"),
        ('[[leg]]\nstage = "joint"\nsteps = true\n', "leg.0.steps: Input should be a valid integer"),
        ('[[leg]]\nstage = "joint"\nsteps = 0\n', "leg.0.steps: Input should be greater than 0"),
        (LEG + "curriculum = [[0.5, 512]]\n", "leg.0.curriculum.0.2: is required"),
        (LEG + "curriculum = [[0.5, 512, 2], [0.2, 256, 2]]\n", "leg.0: the shares of the curriculum must increase"),
        (LEG + "curriculum = [[1.0, 512, 2]]\n", "leg.0.curriculum.0.0: Input should be less than 1"),
        (LEG + "curriculum = [[0.0, 0, 1]]\n", "leg.0.curriculum.0.1: Input should be greater than 0"),
        (LEG + "curriculum = [[0.5, 512, 0]]\n", "leg.0.curriculum.0.2: Input should be greater than 0"),
        (LEG + "seed = -1\n", "leg.0.seed: Input should be greater than or equal to 0"),
        ('[model]\nconditioner = "encoder"\n' + LEG, "leg.0.stage cannot be estimate"),
        ("[model]\ngate = 1.5\n", "model.gate: Input should be less than 1"),
        ("[data]\nworkers = -1\n", "data.workers: Input should be greater than or equal to 0"),
        ("[data]\npool = 2026-01-01T00:00:00\n[data.x]\n", "data.x: unknown field"),
        ("[validation]\nevery = 0\n", "validation.every: Input should be greater than 0"),
        ("[validation]\nclips = 0\n", "validation.clips: Input should be greater than 0"),
        ("[codec]\nsegment = 321\n", "codec.segment: Input should be a multiple of 320"),
        ("[codec]\nsteps = 0\n", "codec.steps: Input should be greater than 0"),
        ("[codec]\nseed = -1\n", "codec.seed: Input should be greater than or equal to 0"),
        ("leg = 3\n", "leg: Input should be a valid array"),
        ("model = 3\n", "model: Input should be an object"),
        ("not toml", "is not TOML"),
    ],
)
def test_an_invalid_recipe_is_refused_with_the_name_of_the_field(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(InvalidOptions) as refused:
        read_recipe(path)
    assert message in refused.value.message


def test_changes_take_precedence(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(LEG)
    changes = ["leg.0.steps=3", "data.target=bass", 'data.pool="a b"', "leg.0.learning_rate=1", "codec.noise=0"]
    recipe = read_recipe(path, changes)
    assert (recipe.leg[0].steps, recipe.data.target, recipe.data.pool) == (3, "bass", "a b")
    assert recipe.leg[0].learning_rate == 1.0 and recipe.codec is not None
    for invalid in ("leg.4.steps=3", "leg.steps", "leg=", "leg.0.step=1"):
        with pytest.raises(InvalidOptions):
            read_recipe(path, [invalid])


def test_minutes_become_one_deadline() -> None:
    deadline = RunRecipe().pace(minutes=10).deadline
    assert deadline is not None and 590 < deadline - time.monotonic() <= 600
    assert RunRecipe().pace().deadline is None


def test_a_missing_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOptions, match="does not exist"):
        read_recipe(tmp_path / "absent.toml")


def test_the_curriculum_changes_segments_and_batches() -> None:
    leg = DiffusionRecipe("joint", steps=10, batch=8, frames=256, curriculum=((0.5, 512, 4), (0.9, 1024, 2)))
    assert [leg.segment(step) for step in (1, 5, 6, 9, 10)] == [(256, 8), (256, 8), (512, 4), (512, 4), (1024, 2)]
