import json
import shutil
from pathlib import Path

import pytest
import torch

from core.card import load_card
from core.checkpoint import load_model, save_model
from core.errors import CheckpointError


@pytest.fixture
def copy(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "model"))


def edit(model_dir: Path, **fields: object) -> None:
    path = model_dir / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_saved_model_loads_unchanged(copy: Path, tmp_path: Path) -> None:
    model, card = load_model(copy)
    saved = save_model(model, card, tmp_path / "again")
    assert saved.files == card.files
    again, _ = load_model(tmp_path / "again")
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=0, atol=0)


def test_the_tiny_model_is_tiny(tiny_model_dir: Path) -> None:
    model, _ = load_model(tiny_model_dir)
    assert sum(p.numel() for p in model.parameters()) <= 1_000_000


def test_an_altered_file_is_refused(copy: Path) -> None:
    path = copy / "generator.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="sha256"):
        load_model(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "conditioner.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"conditioner\.safetensors"):
        load_model(copy)


def test_a_folder_without_a_card_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="VOICELIFT_MODEL_DIR"):
        load_card(tmp_path)


def test_a_card_of_other_sizes_is_refused(copy: Path) -> None:
    net = json.loads((copy / "card.json").read_text())["net"]
    edit(copy, net={**net, "time_dim": 64})
    with pytest.raises(CheckpointError, match="do not fit"):
        load_model(copy)


@pytest.mark.parametrize(
    "fields",
    [
        {"sample_rate": 48000},
        {"files": {}},
        {"files": {"../card.json": "0"}},
        {"geometry": {"frames": 97, "stride": 84}},
    ],
)
def test_a_card_that_contradicts_its_weights_is_refused(copy: Path, fields: dict[str, object]) -> None:
    edit(copy, **fields)
    with pytest.raises(CheckpointError):
        load_model(copy)


def test_saving_again_keeps_other_files_and_leaves_nothing_behind(copy: Path) -> None:
    (copy / "notes.txt").write_text("mine")
    model, card = load_model(copy)
    save_model(model, card, copy)
    assert (copy / "notes.txt").read_text() == "mine"
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in copy.iterdir()), "readable by the worker's user"


@pytest.mark.parametrize(
    "fields", [{"geometry": {"frames": 96, "stride": 85}}, {"quality": {"standard": {"steps": -1}}}]
)
def test_an_impossible_card_is_refused(copy: Path, fields: dict[str, object]) -> None:
    edit(copy, **fields)
    with pytest.raises(CheckpointError, match="not a model card"):
        load_card(copy)


def test_masked_stems_that_the_estimate_guides_need_no_steps(tiny_model_dir: Path) -> None:
    card = load_card(tiny_model_dir).model_copy(update={"guide": "estimate"})
    assert card.sampling("high").steps == 0
    assert card.sampling("high", render="generative") == card.quality["high"]
    assert card.sampling("high", steps=3) == card.quality["high"].model_copy(update={"steps": 3})


def test_an_estimate_that_the_model_does_not_give_cannot_guide(copy: Path) -> None:
    net = {**load_card(copy).net, "conditioner_kind": "encoder"}
    edit(copy, guide="estimate", net=net)
    with pytest.raises(CheckpointError, match="estimate"):
        load_model(copy)


def test_the_qualitys_preset_yields_to_explicit_steps(tiny_model_dir: Path) -> None:
    card = load_card(tiny_model_dir)
    preset = card.quality["standard"]
    assert card.sampling("standard") == preset
    assert card.sampling("standard", steps=50, eta=0.4).steps == 50
    assert card.sampling("standard", steps=50).t_start == preset.t_start
