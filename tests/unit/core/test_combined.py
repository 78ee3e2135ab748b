"""Several of the project's models as one: each stem is that of its model, and the last is the remainder."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from core.audio.chunker import iter_chunks
from core.card import load_card
from core.checkpoint import load_model, save_model
from core.errors import CheckpointError, InvalidOptions
from core.separation.engine import Engine
from core.separation.request import ChunkRequest
from core.separation.track import separate_chunks

pytestmark = pytest.mark.slow
RATE = 44100


@pytest.fixture(scope="module")
def members(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny model, and a second one with other weights."""
    folder = tmp_path_factory.mktemp("members")
    model, card = load_model(tiny_model_dir)
    for parameter in model.conditioner.parameters():
        parameter.mul_(0.9)
    other = {"name": "drummer", "licence": "CC BY 4.0", "commercial_use": False, "credits": ["Ann"]}
    save_model(model, card.model_copy(update=other), folder / "drums")
    return {"vocals": tiny_model_dir, "drums": folder / "drums"}


@pytest.fixture(scope="module")
def combined(members: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("combined") / "three"
    named = [f"{stem}={member}" for stem, member in members.items()]
    assert main(["models", "combine", *named, "--to", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def engine(combined: Path) -> Iterator[Engine]:
    engine = Engine.load(combined, "cpu", threads=1)
    yield engine
    engine.close()


def never() -> bool:
    return False


def test_each_stem_equals_that_of_its_model(engine: Engine, members: dict[str, Path]) -> None:
    engine.warm_up()
    random = np.random.default_rng(0)
    model_input = random.normal(0, 0.1, (2, engine.card.samples_per_chunk)).astype(np.float32)
    mixture = random.normal(0, 0.1, (2, model_input.shape[1] * 147 // 80)).astype(np.float32)
    actual = engine.separate(ChunkRequest(mixture, model_input, RATE, 0, steps=3), never).separated
    assert list(actual) == ["vocals", "drums"]
    for stem, member in members.items():
        alone = Engine.load(member, "cpu", threads=1)
        expected = alone.separate(ChunkRequest(mixture, model_input, RATE, 0, steps=0), never).masked
        np.testing.assert_array_equal(actual[stem], expected)
        alone.close()
    assert np.abs(actual["vocals"] - actual["drums"]).max() > 1e-4
    assert not any(stem.any() for stem in silence(engine).values())


def silence(engine: Engine) -> dict[str, np.ndarray]:
    nothing = np.zeros((2, 1000), np.float32)
    return engine.separate(ChunkRequest(nothing, nothing, RATE, 0, steps=0), never).separated


def test_batches_hold_rows_of_one_model(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, where a batch has room for several."""
    monkeypatch.setattr(engine, "max_batch", 8)
    wav = np.random.default_rng(1).normal(0, 0.1, (2, engine.card.samples_per_chunk)).astype(np.float32)
    request = ChunkRequest(wav, wav, engine.card.sample_rate, 0, steps=0)
    together = engine.separate(request, never).separated
    monkeypatch.undo()
    for stem, alone in engine.separate(request, never).separated.items():
        np.testing.assert_allclose(together[stem], alone, atol=1e-5)


def test_all_stems_add_up_to_the_mixture(engine: Engine) -> None:
    mixture = np.random.default_rng(0).normal(0, 0.1, (2, 50_000)).astype(np.float32)
    cut = iter_chunks([mixture], RATE, engine.card.geometry, engine.card.sample_rate)
    pieces = list(separate_chunks(engine, cut, RATE, engine.card.quality["standard"]))
    assert pieces[0].parts.names == ("vocals", "drums", "other")
    parts = [piece.parts.integers(16) for piece in pieces]
    stems = {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
    whole = np.rint(mixture * 2**15)
    assert np.array_equal(stems["vocals"] + stems["drums"] + stems["other"], whole)
    assert np.array_equal(stems["vocals"] + stems["instrumental"], whole)


def test_the_card_has_the_terms_of_all(combined: Path, members: dict[str, Path]) -> None:
    card, tiny = load_card(combined), load_card(members["vocals"])
    assert (card.name, card.stems, card.renders) == ("three", ("vocals", "drums", "other"), ("masked",))
    assert card.licence == f"vocals: {tiny.licence}; drums: CC BY 4.0"
    assert not card.commercial_use
    assert card.credits == [*tiny.credits, "Ann"]
    assert "drummer" in card.description
    assert set(card.files) >= {"vocals/card.json", "drums/conditioner.safetensors"}


def test_an_altered_file_is_refused(combined: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(combined, tmp_path / "copy"))
    card = json.loads((copy / "drums" / "card.json").read_text())
    (copy / "drums" / "card.json").write_text(json.dumps({**card, "licence": "any"}))
    with pytest.raises(CheckpointError, match="differs from its card"):
        Engine.load(copy)


def test_incompatible_models_are_errors(
    combined: Path, members: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vocals, drums = (f"{stem}={member}" for stem, member in members.items())
    longer = Path(shutil.copytree(members["drums"], tmp_path / "longer"))
    card = json.loads((longer / "card.json").read_text())
    card["geometry"] = {"frames": card["geometry"]["frames"] + 12, "stride": card["geometry"]["stride"]}
    (longer / "card.json").write_text(json.dumps(card))
    for named, message in {
        (drums, vocals): "Name a model for vocals first",
        (vocals,): "Name a model for vocals first",
        (vocals, f"other={members['drums']}"): "other is the rest",
        (vocals, drums, drums): "named twice",
        (vocals, f"drums={combined}"): "three, is not a network of Voicelift",
        (vocals, f"drums={longer}"): "chunks of another length or rate",
        (vocals, "drums=nowhere"): "No model in nowhere",
    }.items():
        assert main(["models", "combine", *named, "--to", str(tmp_path / "out")]) == 1
        assert message in capsys.readouterr().err
    assert main(["models", "combine", vocals, drums, "--to", str(combined)]) == 1
    assert "exists. Name another folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_it_has_no_single_network(engine: Engine) -> None:
    with pytest.raises(InvalidOptions, match="single networks of Voicelift"):
        _ = engine.model
