import json
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from core.errors import InvalidOptions, NotFound
from lab.evaluation.audio_files import read_audio, write_audio
from lab.evaluation.loudness import loudness
from lab.evaluation.mushra_make import RATE, Item, choose, find_items, low_pass, make, stimuli
from lab.evaluation.synthetic import accompany, sing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clips")
    rate = 24000
    for k in range(3):
        voice = np.repeat(sing(2.0, rate, k)[None], 2, axis=0)
        band = accompany(2.0, rate, k)
        folder = root / "made" / f"clip_{k}" / "vocals"
        for name, wav in {
            "reference": voice,
            "mixture": voice + band,
            "masked": 0.3 * (voice + 0.1 * band),
            "generative": (0.1 * voice)[:1],
        }.items():
            write_audio(folder / f"{name}.flac", wav, rate)
        write_audio(root / "made" / f"clip_{k}" / "instrumental" / "reference.flac", band, rate)
    return root


def test_items_are_folders_with_reference_and_mixture(clips: Path, tmp_path: Path) -> None:
    items = find_items(clips)
    assert [item.name for item in items] == [f"made_clip_{k}_vocals" for k in range(3)]
    assert items[0].systems == ["generative", "masked"]
    assert len(find_items(clips, "*/clip_1/*")) == 1
    with pytest.raises(NotFound, match="Nothing to rate"):
        find_items(tmp_path)


def test_the_choice_of_items_is_reproducible(clips: Path) -> None:
    items = find_items(clips)
    assert choose(items, 2, seed=1) == choose(items, 2, seed=1)
    assert len({tuple(i.name for i in choose(items, 2, seed)) for seed in range(20)}) == 3
    assert choose(items, None, 0) == items


def test_stimuli_have_equal_loudness_length_and_channels(clips: Path) -> None:
    wavs = stimuli(find_items(clips)[0], ["masked", "generative"])
    assert list(wavs) == ["reference", "masked", "generative", "anchor_mixture", "anchor35"]
    assert {wav.shape for wav in wavs.values()} == {(2, 2 * RATE)}
    levels = [level for wav in wavs.values() if (level := loudness(wav, RATE)) is not None]
    assert len(levels) == len(wavs)
    assert max(levels) - min(levels) < 0.1
    assert max(np.abs(wav).max() for wav in wavs.values()) <= 0.9


def test_a_silent_system_stays_silent(tmp_path: Path) -> None:
    voice = sing(1.0, RATE, 0)[None]
    for name, wav in {"reference": voice, "mixture": voice, "mute": 0 * voice}.items():
        write_audio(tmp_path / f"{name}.wav", wav, RATE)
    assert not stimuli(find_items(tmp_path)[0], ["mute"])["mute"].any()


def test_the_low_anchor_meets_bs1534() -> None:
    impulse = np.zeros((1, RATE), np.float32)
    impulse[0, RATE // 2] = 1
    out = low_pass(impulse, RATE)
    assert np.abs(out).argmax() == RATE // 2, "no delay"
    response = 20 * np.log10(np.abs(np.fft.rfft(out[0])) + 1e-12)
    assert np.abs(response[:3501]).max() < 0.1
    assert response[4000:].max() < -25 and response[4500:].max() < -50


def test_the_configuration_is_valid_for_webmushra(clips: Path, tmp_path: Path) -> None:
    path = make(find_items(clips), ["masked", "generative"], tmp_path, "pilot", training=True)
    config = json.loads(path.read_text())
    assert path == tmp_path / "configs" / "pilot.yaml" and config["testId"] == "pilot"
    training, (word, *rest) = config["pages"][2], config["pages"][3]
    assert training["id"].startswith("training_") and word == "random" and len(rest) == 2
    assert [page["type"] for page in config["pages"] if isinstance(page, dict)] == [
        "generic", "volume", "mushra", "finish"
    ]  # fmt: skip
    for page in [training, *rest]:
        assert page["randomize"] and not page["showConditionNames"]
        assert set(page["stimuli"]) == {"masked", "generative", "anchor35", "anchor_mixture"}
        shapes = {read_audio(tmp_path / file)[0].shape for file in [page["reference"], *page["stimuli"].values()]}
        assert shapes == {(2, 2 * RATE)}


def test_invalid_tests_are_refused(clips: Path, tmp_path: Path) -> None:
    items = find_items(clips)
    with pytest.raises(InvalidOptions, match="no recording of demucs"):
        make(items, ["demucs"], tmp_path, "x", training=False)
    with pytest.raises(InvalidOptions, match="the limit is 12"):
        make(items, [f"s{k}" for k in range(10)], tmp_path, "x", training=False)
    with pytest.raises(InvalidOptions, match="at least two"):
        make([Item("one", {})], ["a"], tmp_path, "x", training=True)


def test_the_command(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["mushra", "make", str(clips), "--systems", "masked", "--items", "2", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "2 items, 1 systems" in capsys.readouterr().out
    assert main([*arguments, "--id", "../x"]) == 1
    assert "letters" in capsys.readouterr().err
