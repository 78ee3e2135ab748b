"""Mel-Band RoFormer through the engine, with random weights in the publisher's format, against the package."""

import json
import pickle
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cli.main import main
from core.audio.chunker import iter_chunks
from core.card import load_card
from core.checkpoint import load_estimator
from core.digest import sha256
from core.errors import CheckpointError
from core.nets import melband_roformer
from core.separation.engine import Engine
from core.separation.estimation import Estimation
from core.separation.request import ChunkRequest
from core.separation.track import separate_array, separate_chunks

pytest.importorskip("mel_band_roformer", reason="pip install '.[melband]'")
from tests.support.publisher import write_melband

pytestmark = pytest.mark.slow
NAME, RATE = melband_roformer.NAME, 44100
RELEASED = melband_roformer.SIZES, melband_roformer.DIGEST, melband_roformer.MelBand.segment_s


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    """A model folder, and the package's network with the same weights."""
    folder = tmp_path_factory.mktemp("melband")
    with pytest.MonkeyPatch.context() as patch:
        network = write_melband(folder / "publisher", patch)
        assert main(["models", "add", NAME, "--from", str(folder / "publisher"), "--to", str(folder / "model")]) == 0
        yield folder / "model", network


@pytest.fixture(scope="module")
def engine(adapted: tuple[Path, Any]) -> Iterator[Engine]:
    engine = Engine.load(adapted[0], "cpu", threads=1)
    yield engine
    engine.close()


def noise(channels: int, samples: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal((channels, samples))).astype(np.float32)


def over_db(expected: np.ndarray, actual: np.ndarray) -> float:
    return float(10 * np.log10(np.square(expected).sum() / max(np.square(expected - actual).sum(), 1e-30)))


def never() -> bool:
    return False


def test_a_chunk_equals_the_output_of_the_package(adapted: tuple[Path, Any], engine: Engine) -> None:
    wav = noise(2, engine.card.samples_per_chunk)
    with torch.inference_mode():
        expected = adapted[1](torch.from_numpy(wav)[None])[0].numpy()
    actual = engine.separate(ChunkRequest(wav, wav, RATE, 0, steps=1), never).vocals
    assert expected.any()
    assert over_db(expected, actual) > 90


def test_joints_of_chunks_are_inaudible(adapted: tuple[Path, Any], engine: Engine) -> None:
    """Between the fades it equals the package's output for that chunk."""
    geometry = engine.card.geometry
    stride, fade = (frames * RATE // 75 for frames in (geometry.stride, geometry.overlap))
    time_axis = np.arange(2 * stride + fade) / RATE
    mixture = np.stack([np.sin(2 * np.pi * hertz * time_axis) / 4 for hertz in (220, 330)]).astype(np.float32)
    vocals = separate_array(engine, mixture, RATE, render="masked")["vocals"]
    with torch.inference_mode():
        second = adapted[1](torch.from_numpy(mixture[:, stride:])[None])[0].numpy()
    assert over_db(second[:, fade:], vocals[:, stride + fade :]) > 90
    bends = np.abs(np.diff(vocals, 2)).max(0)
    joints = np.concatenate([bends[at - 8 : at + 8] for at in (stride, stride + fade)])
    assert joints.max() <= bends[fade : stride - fade].max()


def test_vocals_and_instrumental_add_up_to_the_mixture(engine: Engine) -> None:
    mixture = noise(2, 50_000)
    cut = iter_chunks([mixture], RATE, engine.card.geometry, engine.card.sample_rate)
    (piece,) = separate_chunks(engine, cut, RATE, engine.card.quality["standard"])
    stems = piece.parts.integers(16)
    assert piece.parts.names == ("vocals", "instrumental")
    assert np.array_equal(stems["vocals"] + stems["instrumental"], np.rint(mixture * 2**15))


def test_half_precision_is_near(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    wav = noise(2, engine.card.samples_per_chunk)
    request = ChunkRequest(wav, wav, RATE, 0, steps=1)
    whole = engine.separate(request, never).vocals
    assert isinstance(engine.method, Estimation)
    monkeypatch.setattr(engine.method, "half", True)
    assert 20 < over_db(whole, engine.separate(request, never).vocals) < 90


def test_the_card_names_licence_sources_and_geometry(adapted: tuple[Path, Any]) -> None:
    card = load_card(adapted[0])
    assert "weights MIT" in card.licence
    assert not card.commercial_use, "the songs of the training are not known"
    assert "Kimberley Jensen" in " ".join(card.credits)
    assert "No generator" in card.description
    assert card.source == "https://huggingface.co/KimberleyJSN/melbandroformer"
    assert (card.sample_rate, card.geometry.frames, card.geometry.stride) == (RATE, 90, 66)
    assert list(card.files) == ["melband_roformer.safetensors"]


def test_sizes_are_those_of_the_publishers_configuration() -> None:
    import mel_band_roformer
    import yaml

    sizes, digest, segment_s = RELEASED

    file = Path(mel_band_roformer.__file__).parent / "configs" / "config_vocals_mel_band_roformer.yaml"
    config = yaml.safe_load(file.read_text())
    assert {name: config["model"][name] for name in sizes} == sizes
    assert (config["model"]["stereo"], config["model"]["num_stems"]) == (True, 1)
    assert config["inference"]["chunk_size"] == segment_s * RATE
    checksums = json.loads((Path(mel_band_roformer.__file__).parent / "data" / "checksums.json").read_text())
    assert checksums["files"][melband_roformer.CHECKPOINT]["sha256"] == digest


def refused(capsys: pytest.CaptureFixture[str], source_folder: Path, model: Path) -> str:
    assert main(["models", "add", NAME, "--from", str(source_folder), "--to", str(model)]) == 1
    assert not model.exists()
    return capsys.readouterr().err


def test_a_file_other_than_the_released_one_is_not_opened(
    adapted: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source_folder, model, file = tmp_path / "given", tmp_path / "model", tmp_path / "given" / "MelBandRoformer.ckpt"
    source_folder.mkdir()
    assert "MelBandRoformer.ckpt is missing" in refused(capsys, source_folder, model)

    class Runs:
        def __reduce__(self) -> Any:
            return Path.mkdir, (tmp_path / "ran",)

    file.write_bytes(pickle.dumps({"weight": Runs()}, protocol=2))
    assert "is not the released checkpoint, whose sha256 is" in refused(capsys, source_folder, model)
    monkeypatch.setattr(melband_roformer, "DIGEST", sha256(file))
    assert "more than tensors" in refused(capsys, source_folder, model)
    torch.save({"weight": torch.zeros(1)}, file)
    monkeypatch.setattr(melband_roformer, "DIGEST", sha256(file))
    assert "is not a Mel-Band RoFormer of the sizes in its card" in refused(capsys, source_folder, model)
    assert not (tmp_path / "ran").exists()


def test_mismatched_files_are_errors(adapted: tuple[Path, Any], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(adapted[0], tmp_path / "model"))
    card = json.loads((copy / "card.json").read_text())
    card["estimator"]["sizes"]["dim"] = 24
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="is not a Mel-Band RoFormer of the sizes"):
        load_estimator(copy)


def test_without_its_package_the_error_names_the_extra(
    adapted: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mel_band_roformer.mel_band_roformer", None)
    with pytest.raises(CheckpointError, match=r"pip install '\.\[melband\]'"):
        load_estimator(adapted[0])
