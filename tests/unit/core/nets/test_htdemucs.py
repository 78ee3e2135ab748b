"""HT-Demucs through the engine, with random weights in the publisher's format, against the publisher's package.

Random weights cannot show sound quality.
"""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cli.main import main
from core.audio.chunker import iter_chunks
from core.audio.stems import Parts
from core.card import load_card
from core.checkpoint import load_estimator
from core.errors import CheckpointError, InvalidOptions
from core.nets.htdemucs import KLASS
from core.separation.engine import Engine
from core.separation.estimation import Estimation
from core.separation.request import ChunkRequest
from core.separation.track import separate_array, separate_chunks

pytest.importorskip("demucs", reason="pip install '.[demucs]'")
from lab.bench.random_weights import RELEASED, SOURCES, write_htdemucs

pytestmark = pytest.mark.slow
RATE = 44100
SAME_DB, FADED_DB = 100.0, 30.0  # of the package's output over the difference: outside cross-fades, and in them


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A model folder, and the package's network with the same weights."""
    folder = tmp_path_factory.mktemp("htdemucs")
    (network,) = write_htdemucs(folder / "publisher")
    assert main(["models", "add", "htdemucs", "--from", str(folder / "publisher"), "--to", str(folder / "model")]) == 0
    return folder / "model", network


@pytest.fixture(scope="module")
def engine(adapted: tuple[Path, Any]) -> Iterator[Engine]:
    engine = Engine.load(adapted[0], "cpu", threads=1)
    yield engine
    engine.close()


@pytest.fixture
def copy(adapted: tuple[Path, Any], tmp_path: Path) -> Path:
    return Path(shutil.copytree(adapted[0], tmp_path / "model"))


def edit(model_dir: Path, **fields: object) -> None:
    path = model_dir / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((channels, samples))).astype(np.float32)


def over_db(expected: np.ndarray, actual: np.ndarray) -> float:
    return float(10 * np.log10(np.square(expected).sum() / max(np.square(expected - actual).sum(), 1e-30)))


def never() -> bool:
    return False


def test_a_track_equals_the_output_of_the_package_except_the_fades(adapted: tuple[Path, Any], engine: Engine) -> None:
    """Also of the last chunk, which the package pads with silence and the engine by reflection."""
    from demucs.apply import apply_model

    geometry, chunk = engine.card.geometry, engine.card.samples_per_chunk
    stride, fade = (frames * RATE // 75 for frames in (geometry.stride, geometry.overlap))
    mixture = noise(2, 3 * stride + fade)
    overlap = 1 - (stride + 0.5) / chunk  # 0.25 to whole frames: the same chunks
    expected = apply_model(adapted[1], torch.from_numpy(mixture)[None], shifts=0, overlap=overlap)[0].numpy()
    actual = separate_array(engine, mixture, RATE, render="masked")
    for stem in ("vocals", "drums", "bass"):
        for index in range(2):
            faded = slice(index * stride, index * stride + fade) if index else slice(0, 0)
            alone = slice(index * stride + fade, (index + 1) * stride)
            stem_actual, stem_expected = actual[stem], expected[SOURCES.index(stem)]
            assert over_db(stem_expected[:, alone], stem_actual[:, alone]) > SAME_DB
            assert not index or over_db(stem_expected[:, faded], stem_actual[:, faded]) > FADED_DB


def test_joints_are_inaudible(engine: Engine) -> None:
    geometry = engine.card.geometry
    stride, fade = (frames * RATE // 75 for frames in (geometry.stride, geometry.overlap))
    time_axis = np.arange(3 * stride + fade) / RATE
    tones = [np.sin(2 * np.pi * hertz * time_axis) / 4 for hertz in (220, 330)]
    mixture = np.stack(tones).astype(np.float32)
    vocals = separate_array(engine, mixture, RATE, render="masked")["vocals"]
    bends = np.abs(np.diff(vocals, 2)).max(0)
    joints = np.concatenate([bends[at - 8 : at + 8] for k in (1, 2) for at in (k * stride, k * stride + fade)])
    assert joints.max() <= np.abs(bends[fade : stride - fade]).max()


def test_all_stems_add_up_to_the_mixture(engine: Engine) -> None:
    mixture = noise(2, 50_000)
    cut = iter_chunks([mixture], RATE, engine.card.geometry, engine.card.sample_rate)
    (piece,) = separate_chunks(engine, cut, RATE, engine.card.quality["standard"])
    assert isinstance(piece.parts, Parts)
    assert piece.parts.names == engine.card.stems == ("vocals", "drums", "bass", "other")
    stems = piece.parts.integers(16)
    whole = np.rint(mixture * 2**15)
    assert np.array_equal(sum(stems[name] for name in piece.parts.names), whole)
    assert np.array_equal(stems["vocals"] + stems["instrumental"], whole)


def test_channels_are_separated_in_pairs(engine: Engine) -> None:
    chunk = engine.card.samples_per_chunk
    surround = noise(6, chunk)  # FL FR FC LFE BL BR
    surround[4:] = 0

    def drums(wav: np.ndarray) -> np.ndarray:
        result = engine.separate(ChunkRequest(wav, wav, RATE, 0, steps=9), never)
        return result.separated["drums"]

    actual, mono = drums(surround), drums(surround[2:3])
    np.testing.assert_array_equal(actual[:2], drums(surround[:2]))
    np.testing.assert_array_equal(actual[2:3], mono)
    np.testing.assert_allclose(mono[0], drums(surround[[2, 2]]).mean(0), atol=1e-6)
    assert not actual[3:].any(), "rumble, and silence"


def test_the_mixture_keeps_its_rate_and_length(engine: Engine) -> None:
    mixture = noise(2, 30_001)
    stems = separate_array(engine, mixture, 48000, render="masked")
    assert {wav.shape for wav in stems.values()} == {mixture.shape}


def test_the_same_request_gives_the_same_bits_without_steps(engine: Engine) -> None:
    wav, before = noise(2, engine.card.samples_per_chunk), engine.rows_run
    one, other = (engine.separate(ChunkRequest(wav, wav, RATE, 0, steps=steps), never) for steps in (1, 50))
    for name, stem in one.separated.items():
        np.testing.assert_array_equal(other.separated[name], stem)
    assert engine.rows_run - before == 2


def test_half_precision_is_near(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    wav = noise(2, engine.card.samples_per_chunk)
    request = ChunkRequest(wav, wav, RATE, 0, steps=1)
    whole = engine.separate(request, never).vocals
    assert isinstance(engine.method, Estimation)
    monkeypatch.setattr(engine.method, "half", True)
    assert 25 < over_db(whole, engine.separate(request, never).vocals) < SAME_DB


def test_several_networks_are_weighted_as_published(tmp_path: Path) -> None:
    weights = [[1.0, 0.0, 3.0, 1.0], [0.0, 1.0, 1.0, 1.0]]
    networks = write_htdemucs(tmp_path / "publisher", "htdemucs_ft", weights)
    folder = tmp_path / "model"
    assert main(["models", "add", "htdemucs_ft", "--from", str(tmp_path / "publisher"), "--to", str(folder)]) == 0
    bag, mixture = load_estimator(folder), torch.from_numpy(noise(2, 52920))[None]
    with torch.inference_mode():
        actual = bag(mixture)[0]
        one, other = (network(mixture)[0] for network in networks)
    expected = [one[0], other[1], 0.75 * one[2] + 0.25 * other[2], (one[3] + other[3]) / 2]
    torch.testing.assert_close(actual, torch.stack(expected))


def test_released_sizes_have_the_released_geometry(tmp_path: Path) -> None:
    write_htdemucs(tmp_path / "publisher", "htdemucs_6s", sources=[*SOURCES, "guitar", "piano"], **RELEASED)
    folder = tmp_path / "model"
    assert main(["models", "add", "htdemucs_6s", "--from", str(tmp_path / "publisher"), "--to", str(folder)]) == 0
    engine = Engine.load(folder, "cpu", threads=1)
    card, wav = engine.card, noise(2, 343_980)
    assert card.stems == ("vocals", "drums", "bass", "guitar", "piano", "other")
    assert card.samples_per_chunk == 343_980
    assert card.geometry.stride / card.geometry.frames == pytest.approx(0.75, rel=2e-3)
    result = engine.separate(ChunkRequest(wav, wav, RATE, 0, steps=1), never)
    assert tuple(result.separated) == card.stems[:-1]
    assert all(stem.any() for stem in result.separated.values())
    engine.close()


def test_it_has_no_generator_and_no_conditioner(engine: Engine) -> None:
    assert engine.card.renders == ("masked",)
    with pytest.raises(InvalidOptions, match="single networks of Voicelift"):
        _ = engine.model


def test_the_card_states_origin_and_permitted_use(adapted: tuple[Path, Any]) -> None:
    card = load_card(adapted[0])
    assert "research only" in card.licence
    assert not card.commercial_use
    assert card.source is not None
    assert "adefossez" in card.source
    assert any("Rouard" in credit for credit in card.credits)


def test_a_file_that_names_another_class_is_not_built(copy: Path) -> None:
    """The package would call any function named there."""
    (name,) = load_card(copy).files
    metadata = {"klass": "os.mkdir", "args": json.dumps([str(copy / "ran")]), "kwargs": "{}"}
    save_file({"weight": torch.zeros(1)}, copy / name, metadata)
    with pytest.raises(CheckpointError, match=f"does not name the class {KLASS}"):
        load_estimator_again(copy)
    assert not (copy / "ran").exists()


def test_a_pickle_is_not_opened(copy: Path) -> None:
    (name,) = load_card(copy).files
    (copy / name).write_bytes(pickle.dumps({"klass": "any"}))
    with pytest.raises(CheckpointError, match="is not an HT-Demucs file"):
        load_estimator_again(copy)


def load_estimator_again(folder: Path) -> None:
    """With the current digests of the files."""
    from core.digest import sha256

    edit(folder, files={name: sha256(folder / name) for name in load_card(folder).files})
    load_estimator(folder)


def test_mismatched_files_are_named(copy: Path) -> None:
    edit(copy, stems=["vocals", "guitar", "other"])
    with pytest.raises(CheckpointError, match="their stems are drums, bass, other, vocals"):
        load_estimator(copy)
    edit(copy, estimator={"kind": "spleeter"})
    with pytest.raises(CheckpointError, match="estimator of the kind 'spleeter'"):
        load_estimator(copy)
    edit(copy, estimator={"kind": "htdemucs", "weights": [[1.0, 1.0]]})
    with pytest.raises(CheckpointError, match="1 weights for each of drums, bass, other, vocals"):
        load_estimator(copy)
    edit(copy, files=dict.fromkeys(load_card(copy).files, "0" * 64))
    with pytest.raises(CheckpointError, match="differs from its card"):
        load_estimator(copy)


def test_without_its_package_the_error_explains_the_installation(
    adapted: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "demucs.hf", None)
    with pytest.raises(CheckpointError, match=r"pip install '\.\[demucs\]'"):
        load_estimator(adapted[0])
