"""The Python client and its command with a real service and workers."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

import voicelift_client
import voicelift_client.command.main as main_module
from core.jobs.job import State
from core.settings import REPOSITORY
from tests.clients.python.conftest import Service
from tests.support.api_harness import WAV
from tests.support.pipeline_harness import write_song
from tests.support.waiting import until
from voicelift_client import AsyncVoicelift, Progress, Voicelift
from voicelift_client.command.journal import NAME
from voicelift_client.command.main import main
from voicelift_client.errors import JobFailed

Command = Callable[..., int]
PACKAGES = str(Path(voicelift_client.__file__).parents[1])
LARGE = 6_000_000  # larger than a form


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_song(tmp_path_factory.mktemp("songs") / "A song.wav", 2.0)


def jobs(service: Service) -> list[str]:
    return [job.id for job in service.api.store.records.list_jobs("default", None, 100, None)]


def test_a_song_is_separated_and_its_stems_are_saved(service: Service, song: Path, tmp_path: Path) -> None:
    shown: list[Progress] = []
    with Voicelift(service.url, service.key) as client:
        job = client.separate(song, quality="draft", metadata={"user": "8231"}, on_progress=shown.append)
        vocals = job.save("vocals", tmp_path / "vocals.flac")
        instrumental = job.save("instrumental", tmp_path)
        lossy = job.save("vocals", tmp_path, format="mp3")
        assert job.save("vocals", tmp_path, format="mp3") == lossy, "no second job"
        conversion = job.refresh().outputs[0].conversions[0]
    assert lossy.name == "A song (vocals).mp3"
    assert (conversion.format, conversion.ready, conversion.bytes) == ("mp3", True, lossy.stat().st_size)
    assert job.state == "succeeded"
    assert job.info.metadata == {"user": "8231"}
    assert vocals.read_bytes().startswith(b"fLaC")
    assert instrumental.name == "A song (instrumental).flac"
    assert [vocals.stat().st_size, instrumental.stat().st_size] == [output.bytes for output in job.outputs]
    fractions = [progress.fraction for progress in shown]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert {"separating", "succeeded"} <= {progress.phase for progress in shown}


def test_a_presigned_upload_is_separated_asynchronously(service: Service, tmp_path: Path) -> None:
    song = write_song(tmp_path / "large.wav", 2.0)
    with song.open("ab") as file:
        file.write(b"JUNK" + LARGE.to_bytes(4, "little") + bytes(LARGE))  # a chunk that no decoder reads

    async def separate() -> bytes:
        async with AsyncVoicelift(service.url, service.key) as client:
            job = await client.separate(song, quality="draft", stems=["vocals"], format="mp3")
            assert [output.stem async for each in client.jobs("succeeded") for output in each.outputs][:1] == ["vocals"]
            return (await job.save("vocals", tmp_path / "vocals.mp3")).read_bytes()

    assert len(anyio.run(separate)) > 50_000


def test_the_examples_of_the_readme_run(service: Service, song: Path, tmp_path: Path) -> None:
    readme = (REPOSITORY / "clients" / "python" / "README.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    webhook = [block for block in blocks if "verify_webhook" in block]
    (tmp_path / "song.mp3").write_bytes(song.read_bytes())
    script = tmp_path / "script.py"
    script.write_text(
        "\n".join(
            block.replace('"vocals.flac"', f'"{n}.flac"') for n, block in enumerate(blocks) if block not in webhook
        )
    )
    environment = {"VOICELIFT_URL": service.url, "VOICELIFT_KEY": service.key, "PYTHONPATH": PACKAGES}
    done = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (len(blocks), len(webhook)) == (4, 1)
    assert saved(tmp_path) == ["0.flac", "2.flac", "script.py", "song.mp3", "stems/song (vocals).mp3"]


def test_error_of_a_failed_job_is_reported(service: Service) -> None:
    with Voicelift(service.url, service.key) as client, pytest.raises(JobFailed) as error:
        client.separate(io.BytesIO(WAV), filename="broken.wav")
    assert error.value.code == error.value.job.error.code == "damaged_media"  # type: ignore[union-attr]
    assert str(error.value) == error.value.job.error.message  # type: ignore[union-attr]


@pytest.fixture
def command(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.setenv("VOICELIFT_URL", service.url)
    monkeypatch.setenv("VOICELIFT_KEY", service.key)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: main(["separate", "--quality", "draft", *arguments])


def saved(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_repeating_a_folder_creates_no_second_job(
    service: Service, command: Command, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album = tmp_path / "music" / "album"
    album.mkdir(parents=True)
    for name in ("one.wav", "two.wav"):
        (album / name).write_bytes(song.read_bytes())
    (album.parent / "broken.wav").write_bytes(WAV)
    (album.parent / "cover.jpg").write_bytes(b"no recording")
    before = len(jobs(service))
    assert command("music", "-o", "out", "--stems", "vocals", "--format", "mp3") == 1
    out, err = capsys.readouterr()
    files = ["album/one (vocals).mp3", "album/two (vocals).mp3"]
    assert saved(tmp_path / "out") == [NAME, *files]
    assert sorted(out.splitlines()) == [f"out/{file}" for file in files]
    assert "broken.wav: The file " in err
    assert err.endswith("voicelift-client: 2 of 3 songs are separated, 1 failed.\n")
    assert "Traceback" not in err
    assert len(jobs(service)) == before + 3
    (album.parent / "broken.wav").unlink()
    (tmp_path / "out" / files[0]).unlink()
    assert command("music", "-o", "out", "--stems", "vocals", "--format", "mp3") == 0
    out, err = capsys.readouterr()
    assert out == f"out/{files[0]}\n", "the deleted file is downloaded again"
    assert err == "voicelift-client: 2 of 2 songs are separated, 1 of them by an earlier run.\n"
    assert len(jobs(service)) == before + 3, "no second separation"


def test_the_command_resumes_after_an_interruption(
    service: Service, command: Command, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "out" / NAME
    before = set(jobs(service))
    options = ["separate", str(song), "-o", "out", "--steps", "60"]
    worker = service.pipeline.processes["gpu"]
    worker.send_signal(signal.SIGSTOP)  # otherwise the song might finish before the interruption
    with subprocess.Popen(
        [sys.executable, "-m", "voicelift_client", *options],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background shell ignores it
    ) as process:
        until(lambda: (journal.exists() and b'"job_0' in journal.read_bytes()) or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=30)
    worker.send_signal(signal.SIGCONT)
    assert process.returncode == 130
    assert b"Traceback" not in output and b"The same command resumes" in output
    (job_id,) = set(jobs(service)) - before
    assert service.api.store.records.get(job_id).state in (State.queued, State.running)
    assert main(options) == 0
    assert (set(jobs(service)) - before, len(capsys.readouterr().out.splitlines())) == ({job_id}, 2)
    assert saved(tmp_path / "out") == [NAME, "A song (instrumental).flac", "A song (vocals).flac"]


def test_the_command_does_not_overwrite_files(
    service: Service, command: Command, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "A song (vocals).flac"
    mine.write_bytes(b"mine")
    before = len(jobs(service))
    assert command(str(song), "-o", ".") == 1
    assert f"{mine.name} is there already and is not replaced." in capsys.readouterr().err
    assert (mine.read_bytes(), len(jobs(service))) == (b"mine", before), "before anything is computed"
    assert command(str(song), "-o", ".", "--overwrite") == 0
    assert mine.read_bytes().startswith(b"fLaC")


def test_the_command_prints_errors_as_one_sentence(
    command: Command, song: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main_module, "FIRST_RESPONSE_S", 0.0)

    def output(status: int, *arguments: str) -> str:
        assert command(*arguments) == status
        out, err = capsys.readouterr()
        assert (out, err.count("\n"), err.startswith("voicelift-client: ")) == ("", 1, True)
        return err

    assert "nothing.mp3 does not exist." in output(2, "nothing.mp3")
    assert "--url" in output(2, str(song), "--url", "")
    assert "https:// or http://" in output(2, str(song), "--url", "localhost:8000")
    assert "The API key is unknown." in output(3, str(song), "--key", f"vl_{'0' * 12}_{'0' * 64}")
    assert "The connection to http://127.0.0.1:1 failed" in output(3, str(song), "--url", "http://127.0.0.1:1")
    assert command(str(song), "--steps", "100000") == 3
    assert "The other songs were not sent: Invalid options. steps: " in capsys.readouterr().err
