"""Small parts of a worker: objects, temporary files, metrics."""

import fcntl
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.card import Geometry
from core.jobs.job import Job, ModelRef, Source, State, Timings
from core.jobs.options import JobOptions
from tests.support.jobs import AUDIO
from worker.janitor_metrics import JanitorMetrics
from worker.metrics import serve
from worker.objects import pack, unpack
from worker.scratch import PREFIX, Scratch


def test_objects_round_trip() -> None:
    wav = np.arange(24, dtype=np.float32).reshape(2, 12)
    arrays, facts = unpack(pack({"a": wav[:, 3:9], "b": wav.T}, {"rate": 44100, "layout": "5.1(side)", "final": True}))
    assert facts == {"rate": 44100, "layout": "5.1(side)", "final": True}
    np.testing.assert_array_equal(arrays["a"], wav[:, 3:9])  # not contiguous: safetensors alone would reorder it
    np.testing.assert_array_equal(arrays["b"], wav.T)


def test_temporary_files_of_a_killed_process_are_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from worker.scratch import Scratch\n"
        "with Scratch(Path(sys.argv[1])).folder() as folder:\n"
        "    (folder / 'song').write_bytes(b'x'); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert len(list(tmp_path.glob("*/*/song"))) == 1
    with Scratch(tmp_path) as mine:
        assert len(list(tmp_path.iterdir())) == 1
        with Scratch(tmp_path), mine.folder() as folder:
            assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 2, "one in use is kept"
            assert folder.exists()
        assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_starting_process_does_not_clean_up_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process starts at the worst moment: the first has created its lock file but not locked it."""
    flock, others = fcntl.flock, []

    def interrupted(*how: Any) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        others.append(Scratch(tmp_path))
        flock(*how)

    monkeypatch.setattr(fcntl, "flock", interrupted)
    with Scratch(tmp_path) as mine, mine.folder() as folder:
        assert folder.exists()
        assert len(list(tmp_path.iterdir())) == 2
        others[0].close()


def test_a_finished_job_is_counted_on_the_metrics_port(caplog: pytest.LogCaptureFixture) -> None:
    metrics = JanitorMetrics()
    job = Job(
        id="job_1",
        tenant="t",
        options=JobOptions(quality="draft"),
        source=Source(key="k", filename="f", bytes=1),
        model=ModelRef(name="m", version="1", sample_rate=24000, geometry=Geometry()),
        created_at=0.0,
        state=State.succeeded,
        device="cpu",
        audio=AUDIO,
        timings=Timings(queue_s=0.2, inference_s=3.0, first_piece_s=2.0, total_s=6.0, rtf=0.3),
    )
    metrics.ends.count(job)
    with caplog.at_level("INFO"):
        server, thread = serve(metrics.registry, "127.0.0.1", 0)
    assert f"http://127.0.0.1:{server.server_port}/metrics" in caplog.text
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as response:
            text = response.read().decode()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    kind = 'device="cpu",model="m@1"'
    assert f'voicelift_job_inference_seconds_sum{{{kind},outcome="succeeded",quality="draft"}} 3.0' in text
    assert "voicelift_job_wait_seconds_sum 0.2" in text
    assert "voicelift_job_time_to_first_audio_seconds_sum 2.0" in text
    assert 'voicelift_job_duration_seconds_sum{quality="draft"} 6.0' in text
    assert 'voicelift_job_rtf_bucket{device="cpu",le="0.3",model="m@1",quality="draft"} 1.0' in text


@pytest.mark.slow
@pytest.mark.parametrize("module", ["worker.app", "worker.janitor", "worker.tasks.prepare", "worker.tasks.publish"])
def test_cpu_worker_imports_build_nothing_and_need_no_torch(module: str) -> None:
    code = (
        f"import os, sys; os.environ['VOICELIFT_LEASE_S'] = 'not a number'; import {module}\n"
        "print([name for name in ('torch', 'scipy', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
