"""`voicelift separate` as a command, and against the service: the same files."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import main
from core.audio.decode import open_audio
from core.jobs.options import JobOptions
from core.separation.engine import Engine
from tests.support.media import tones, write_media
from tests.support.pipeline_harness import undisturbed

VOICELIFT = Path(sys.executable).with_name("voicelift")


def separate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([VOICELIFT, "separate", *arguments], capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("song")
    return write_media(folder / "a song.wav", "pcm_s16le", tones(44100, 120_000), 44100)


def test_it_writes_the_same_files_as_the_service(song: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    done = separate(song, "-o", tmp_path / "out", "--model", tiny_model_dir, "--device", "cpu", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "RTF" in done.stderr
    assert "chunk" in done.stderr, "progress is shown"
    written = {path.name.split(".")[-2]: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    engine = Engine.load(tiny_model_dir, "cpu")
    # test_pipeline holds the service to these functions, byte by byte.
    assert written == undisturbed(song, engine, tmp_path / "service", JobOptions(seed=3))
    engine.close()


def test_options_affect_the_result(song: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    done = separate(
        song, "-o", tmp_path, "--model", tiny_model_dir, "--stems", "vocals", "--format", "mp3",
        "--render", "generative",
        "--steps", "1", "--eta", "0.5", "--t-start", "1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a song.vocals.mp3"]
    with open_audio(tmp_path / "a song.vocals.mp3") as stream:
        assert sum(block.shape[1] for block in stream) == 120_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{song}", "--device", "banana"], "The device 'banana' is not available"),
        (["{song}", "--stems", "drums"], "no stem 'drums'"),
        (["{song}", "--steps", "0"], "--steps must be"),
        (["{song}", "--model", "nowhere"], "No model in nowhere"),
        (["nowhere.mp3"], "nowhere.mp3"),
        (["{script}"], "not supported"),
        (["{song}", "-o", "/dev/null/out"], "Not a directory"),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str], message: str, song: Path, tiny_model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [word.format(song=song, script=Path(__file__)) for word in arguments]
    if "--model" not in filled:
        filled += ["--model", str(tiny_model_dir)]
    assert main(["separate", *filled]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed
