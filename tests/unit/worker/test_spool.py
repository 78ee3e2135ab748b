"""Stems that wait for S3 on the worker's disk."""

import os
import time
from pathlib import Path

from worker.spool import FOLDER, KEPT_S, Spool


def test_another_process_finds_a_spooled_stem(tmp_path: Path) -> None:
    kept = Spool(tmp_path, 100).keep("job_a", 3, b"stem", 1.25, "cuda")
    assert kept is not None
    restored = Spool(tmp_path, 100).find("job_a", 3)
    assert restored == kept
    assert restored.path.read_bytes() == b"stem"
    assert (restored.seconds, restored.device) == (1.25, "cuda")
    assert Spool(tmp_path, 100).find("job_a", 4) is None
    assert Spool(tmp_path, 100).find("job_a", 30) is None


def test_the_spool_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10)
    assert spool.keep("job_a", 0, b"123456", 1.0, "cpu") is not None
    assert spool.keep("job_a", 1, b"123456", 1.0, "cpu") is None
    assert spool.size() == 6
    assert spool.keep("job_a", 2, b"1234", 1.0, "cpu") is not None
    assert Spool(tmp_path, 0).keep("job_a", 3, b"x", 1.0, "cpu") is None


def test_unclaimed_stems_make_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10)
    old = spool.keep("job_a", 0, b"1234567890", 1.0, "cpu")
    assert old is not None
    os.utime(old.path, times=(0, time.time() - KEPT_S - 60))
    assert spool.keep("job_b", 0, b"1234567890", 1.0, "cpu") is not None
    assert spool.find("job_a", 0) is None


def test_incomplete_files_are_ignored(tmp_path: Path) -> None:
    """The process was killed while it wrote."""
    spool = Spool(tmp_path, 10)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "job_a.0.1000.cpu.tmp").write_bytes(b"half")
    assert spool.find("job_a", 0) is None
    assert spool.size() == 4


def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("not a folder")
    assert Spool(tmp_path, 10).keep("job_a", 0, b"x", 1.0, "cpu") is None
