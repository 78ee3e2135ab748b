"""The encoder process: whatever happens to it, its parent continues and knows the reason."""

import signal as signals
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.audio import encoder
from core.audio.encoder import Encoder, Encoding
from core.errors import EncodingFailed, InternalError
from tests.support.waiting import child_running

pytestmark = pytest.mark.slow

PROCESS = "core.audio.encode_process"
SECOND = np.full((2, 48_000), 0.25, np.float32)


def encoding(codec: str = "libmp3lame", kind: str = "fltp", muxer: str = "mp3", layout: str = "stereo") -> Encoding:
    return Encoding(
        muxer=muxer, options={}, codec=codec, rate=48_000, layout=layout, channels=2, format=kind, bit_rate=None,
        best_quality=codec == "libmp3lame", tags={},
    )  # fmt: skip


def complete(writing: Encoder, block: np.ndarray = SECOND, seconds: int = 20) -> None:
    for _ in range(seconds):
        writing.write(block)
    writing.finish()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (signals.SIGABRT, EncodingFailed),  # as an assertion inside LAME
        (signals.SIGSEGV, EncodingFailed),
        (signals.SIGXCPU, EncodingFailed),  # as one that costs too much CPU time
        (signals.SIGKILL, InternalError),  # not an error of the samples
    ],
)
def test_an_encoder_that_dies_is_an_error(sent: signals.Signals, error: type[Exception], tmp_path: Path) -> None:
    writing = Encoder(tmp_path / "a.mp3", encoding())
    writing.write(SECOND)
    child_running(PROCESS).send_signal(sent)
    with pytest.raises(error):
        complete(writing)
    writing.close()


def test_an_encoder_that_dies_at_the_end_is_an_error(tmp_path: Path) -> None:
    writing = Encoder(tmp_path / "a.mp3", encoding())
    child_running(PROCESS).send_signal(signals.SIGABRT)
    with pytest.raises(EncodingFailed, match="another format"):
        writing.finish()
    writing.close()


def test_a_hanging_encoder_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "STALL_S", 2.0)
    writing = Encoder(tmp_path / "a.mp3", encoding())
    child_running(PROCESS).suspend()
    with pytest.raises(EncodingFailed):
        complete(writing)
    writing.close()


def test_not_a_number_ends_the_child_alone(tmp_path: Path) -> None:
    """The engine refuses it earlier; this is LAME's reaction."""
    writing = Encoder(tmp_path / "a.mp3", encoding())
    with pytest.raises(EncodingFailed):
        complete(writing, np.full_like(SECOND, np.nan), 1)
    writing.close()


def test_leaving_early_leaves_no_process_behind(tmp_path: Path) -> None:
    writing = Encoder(tmp_path / "a.mp3", encoding())
    child = child_running(PROCESS)
    writing.close()
    assert not child.is_running()


@pytest.mark.parametrize(
    ("codec", "kind", "muxer"), [("pcm_s16le", "s16", "wav"), ("flac", "s32", "flac"), ("aac", "fltp", "ipod")]
)
def test_a_full_disk_is_reported_as_enospc(codec: str, kind: str, muxer: str) -> None:
    """Linux' device that is always full."""
    writing = Encoder(Path("/dev/full"), encoding(codec, kind, muxer))
    with pytest.raises(OSError, match=r"\[Errno 28\]"):
        complete(writing, SECOND if kind.startswith("f") else SECOND.astype(np.int32))
    writing.close()


def test_a_rejected_format_is_an_error(tmp_path: Path) -> None:
    writing = Encoder(tmp_path / "a.mp3", encoding(layout="5.1"))
    with pytest.raises(EncodingFailed):
        complete(writing)
    writing.close()


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoder.LIMITS, "file_bytes", 300_000)
    writing = Encoder(tmp_path / "a.wav", encoding("pcm_s16le", "s16", "wav"))
    with pytest.raises(OSError, match="File too large"):
        complete(writing, SECOND.astype(np.int32))
    writing.close()
    assert (tmp_path / "a.wav").stat().st_size <= 300_000


def test_the_encoder_imports_nothing_heavy_and_has_an_empty_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import sys; import core.audio.encode_process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "av" in loaded
    assert {"torch", "scipy", "pydantic", "boto3", "redis", "core.settings"}.isdisjoint(loaded)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    writing = Encoder(tmp_path / "a.mp3", encoding())
    assert "canary" not in str(child_running(PROCESS).environ())
    writing.close()


def test_memory_does_not_grow_with_the_track(tmp_path: Path) -> None:
    writing = Encoder(tmp_path / "a.flac", encoding("flac", "s32", "flac"))
    block = (SECOND * 2**30).astype(np.int32)
    for _ in range(60):
        writing.write(block)
    child = child_running(PROCESS)
    before = child.memory_info().rss
    for _ in range(600):
        writing.write(block)
    assert child.memory_info().rss < before + (4 << 20)
    writing.close()
