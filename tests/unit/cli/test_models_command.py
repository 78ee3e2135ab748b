"""`voicelift models add` with wrong or missing files: a sentence with the solution, and no folder."""

from pathlib import Path

import pytest

from cli.main import main

pytest.importorskip("demucs", reason="pip install '.[demucs]'")
from lab.bench.random_weights import write_htdemucs


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["models", "add", "htdemucs", *map(str, arguments)]) == 1
    return capsys.readouterr().err


def test_a_folder_without_the_publishers_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, model = tmp_path / "given", tmp_path / "model"
    folder.mkdir()
    assert f"{folder / 'htdemucs.yaml'} is missing." in refused(capsys, "--from", folder, "--to", model)
    for text, message in (
        ("models: 7", "not the publisher's list"),
        ("models: [../../secret]", "invalid network names"),
    ):
        (folder / "htdemucs.yaml").write_text(text)
        assert message in refused(capsys, "--from", folder, "--to", model)
    (folder / "htdemucs.yaml").write_text("models: ['00000000']")
    assert "00000000.safetensors is missing" in refused(capsys, "--from", folder, "--to", model)
    (folder / "00000000.safetensors").write_bytes(b"{}")
    assert "is not an HT-Demucs file" in refused(capsys, "--from", folder, "--to", model)
    write_htdemucs(folder)
    (folder / "htdemucs.yaml").write_text("models: ['00000000']\nweights: [[1, 1]]")
    assert "needs 1 weights for each of drums, bass, other, vocals" in refused(capsys, "--from", folder, "--to", model)
    write_htdemucs(folder, sources=["drums", "rest"])
    assert "vocals and other are required" in refused(capsys, "--from", folder, "--to", model)
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


def test_an_existing_folder_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_htdemucs(tmp_path / "given")
    (tmp_path / "model").mkdir()
    output = refused(capsys, "--from", tmp_path / "given", "--to", tmp_path / "model")
    assert "exists. Name another folder with --to" in output
    assert not any((tmp_path / "model").iterdir())


def test_without_network_the_download_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    output = refused(capsys, "--to", tmp_path / "model")
    assert "cannot be downloaded from https://huggingface.co/adefossez/HTDemucs" in output
    assert "name their folder with --from" in output
    assert not (tmp_path / "model").exists()
