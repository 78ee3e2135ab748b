"""`make demo` and `make serve` as commands: the whole service starts, works and leaves nothing."""

import itertools
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import httpx
import numpy as np
import psutil
import pytest

from deploy.local import plan

REPOSITORY = Path(__file__).parents[2]
MARK = "VOICELIFT_TEST_MARK"


@dataclass(frozen=True)
class Demo:
    """Starts demos whose processes are identified by a mark, or by their folder (Redis)."""

    folder: Path
    environment: dict[str, str]

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return self.popen("-m", "deploy.local.demo", "--out", self.folder / "out", *arguments)

    def popen(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=REPOSITORY, env=self.environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # As in a terminal, though these tests may themselves run in the background, where Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        with self.start(*arguments) as demo:
            output, _ = demo.communicate(timeout=240)
        return demo.returncode, output

    def left(self) -> list[str]:
        return [" ".join(process.cmdline()) for process in self._processes()]

    def files_left(self) -> list[Path]:
        return [path for path in (self.folder / "tmp").rglob("*") if path.is_file()]

    def kill(self) -> None:
        for process in self._processes():
            process.kill()

    def _processes(self) -> list[psutil.Process]:
        processes = []
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(MARK) == self.environment[MARK]
                if marked or Path(process.cwd()).is_relative_to(self.folder):
                    processes.append(process)
            except psutil.Error:
                continue
        return processes


@pytest.fixture
def demo(tmp_path: Path, tiny_model_dir: Path) -> Iterator[Demo]:
    (tmp_path / "tmp").mkdir()
    inherited = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "S3_ENDPOINT_URL"}}
    environment = {
        **inherited,
        MARK: secrets.token_hex(8),
        "TMPDIR": str(tmp_path / "tmp"),
        "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
    }
    demo = Demo(tmp_path, environment)
    yield demo
    demo.kill()  # only after a failure


@pytest.fixture
def song(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """Three seconds of 16-bit stereo at 44.1 kHz under a name with spaces and letters of two alphabets."""
    path = tmp_path / "my sång – песня.wav"
    time = np.arange(3 * 44100) / 44100
    voice = np.sin(2 * np.pi * 440 * time + 3 * np.sin(2 * np.pi * 5 * time))
    noise = np.random.default_rng(0).standard_normal(time.size)
    samples = np.round(np.stack([voice + 0.1 * noise, voice - 0.1 * noise]) * 8000).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=44100, layout="stereo")
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1).copy(), format="s16", layout="stereo")
        frame.sample_rate = 44100
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path, samples


def pcm(path: Path) -> np.ndarray:
    """The samples [channels, n] of a 16-bit file."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, 2).T for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1)


def test_the_demo_separates_a_song(demo: Demo, song: tuple[Path, np.ndarray]) -> None:
    path, samples = song
    status, output = demo.run(path)
    assert status == 0, output
    vocals, instrumental = (demo.folder / "out" / f"{path.stem}.{stem}.flac" for stem in ("vocals", "instrumental"))
    assert np.array_equal(pcm(vocals).astype(int) + pcm(instrumental), samples)
    for fact in ("wait time", "first audio", "inference", "RTF", "null error"):
        assert fact in output
    assert "null error    exactly zero" in output
    assert " chunks" in output
    assert demo.left() == []
    assert demo.files_left() == []


def test_other_files_are_refused_with_a_sentence(demo: Demo) -> None:
    text = demo.folder / "song.mp3"
    text.write_text("This is a letter, not a song.\n" * 100)
    status, output = demo.run(text)
    assert status == 1
    assert "(unsupported_media)" in output
    assert "Traceback" not in output
    assert demo.left() == []


def test_a_missing_file_is_reported_before_the_start(demo: Demo) -> None:
    status, output = demo.run(demo.folder / "nowhere.mp3")
    assert status == 1
    assert "does not exist" in output
    assert demo.files_left() == []


@pytest.mark.parametrize(("number", "moment"), [(signal.SIGTERM, "Starting"), (signal.SIGINT, "Ready after")])
def test_an_interrupted_demo_leaves_nothing(
    demo: Demo, song: tuple[Path, np.ndarray], number: signal.Signals, moment: str
) -> None:
    with demo.start(song[0]) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if moment in line:
                os.kill(running.pid, number)
                break
        output = running.stdout.read()
        status = running.wait(timeout=60)
    assert status == 130, output
    assert "All processes have stopped" in output
    assert demo.left() == []
    assert demo.files_left() == []


def test_serve_prints_its_address_and_keeps_its_jobs(demo: Demo, song: tuple[Path, np.ndarray]) -> None:
    (port,) = plan.free_ports(1)
    jobs: list[str] = []
    for _ in range(2):
        serve = ["-m", "cli.main", "serve", "--port", str(port), "--data", str(demo.folder / "data")]
        with demo.popen(*serve) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if match := re.search(r"curl -F file=@song.mp3 (\S+)/v1/jobs", line):
                    address = match[1]
                    break
            fields = (line.split() for line in running.stdout if line.startswith("  ") and "/metrics" in line)
            metrics = dict(itertools.islice(fields, 4))
            assert "voicelift_worker_tasks" in httpx.get(metrics["worker-cpu"], trust_env=False).text
            with httpx.Client(base_url=address, trust_env=False) as http:
                for job in jobs:
                    assert http.get(f"/v1/jobs/{job}").status_code == 200
                with song[0].open("rb") as file:
                    jobs.append(http.post("/v1/jobs", files={"file": file}).raise_for_status().json()["id"])
            running.send_signal(signal.SIGTERM)
            output = running.stdout.read()
            assert running.wait(timeout=60) == 0, output
        assert demo.left() == []
