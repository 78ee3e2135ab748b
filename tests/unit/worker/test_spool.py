"""Stems that wait for S3 on the worker's disk."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from jobs import make_job

from core.card import load_card
from core.errors import StorageUnavailable
from core.jobs.job import Kind, ModelRef, Work
from core.jobs.queue import make_celery
from core.separation.request import ChunkRequest
from worker.objects import pack, unpack
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.spool import FOLDER, KEPT_S, Spool
from worker.tasks.separate import run


def test_a_stem_is_found_again_by_another_process(tmp_path: Path) -> None:
    kept = Spool(tmp_path, 100).keep("job_a", 3, b"stem", 1.25, "cuda")
    assert kept is not None
    found = Spool(tmp_path, 100).find("job_a", 3)
    assert found == kept
    assert found.path.read_bytes() == b"stem"
    assert (found.seconds, found.device) == (1.25, "cuda")
    assert Spool(tmp_path, 100).find("job_a", 4) is None
    assert Spool(tmp_path, 100).find("job_a", 30) is None


def test_it_never_holds_more_than_it_may(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10)
    assert spool.keep("job_a", 0, b"123456", 1.0, "cpu") is not None
    assert spool.keep("job_a", 1, b"123456", 1.0, "cpu") is None
    assert spool.size() == 6
    assert spool.keep("job_a", 2, b"1234", 1.0, "cpu") is not None
    assert Spool(tmp_path, 0).keep("job_a", 3, b"x", 1.0, "cpu") is None


def test_what_nobody_came_for_makes_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10)
    old = spool.keep("job_a", 0, b"1234567890", 1.0, "cpu")
    assert old is not None
    os.utime(old.path, times=(0, time.time() - KEPT_S - 60))
    assert spool.keep("job_b", 0, b"1234567890", 1.0, "cpu") is not None
    assert spool.find("job_a", 0) is None


def test_half_a_file_is_no_stem(tmp_path: Path) -> None:
    """The process was killed while it wrote."""
    spool = Spool(tmp_path, 10)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "job_a.0.1000.cpu.tmp").write_bytes(b"half")
    assert spool.find("job_a", 0) is None
    assert spool.size() == 4


def test_without_room_on_the_disk_it_says_so(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("not a folder")
    assert Spool(tmp_path, 10).keep("job_a", 0, b"x", 1.0, "cpu") is None


class Engine:
    """Knows its card, and how often it was asked."""

    def __init__(self, folder: Path) -> None:
        self.card = load_card(folder)
        self.device = torch.device("cpu")
        self.asked = 0

    def separate(self, request: ChunkRequest, _stop: object) -> SimpleNamespace:
        self.asked += 1
        return SimpleNamespace(seconds=1.5, vocals=request.mixture, masked=request.mixture)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("ends", ["here", "leaves", "canceled"])
def test_a_stem_is_computed_once_however_long_s3_is_away(
    settings: Any, tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    own = WorkerSettings()
    engine, celery = Engine(tiny_model_dir), make_celery(own)
    resident = Resident(own, celery, engine)  # type: ignore[arg-type]
    store, storage = resident.store, resident.storage
    store.register_worker("w", "gpu", 4)
    store.register_worker("w", "cpu", 4)
    job = make_job(model=ModelRef.of(engine.card))
    assert store.create(job)
    store.release()
    prepare = store.claim(Work(kind=Kind.prepare, job_id=job.id))
    assert prepare is not None
    wav = np.zeros((1, 100), np.float32)
    storage.put_bytes("mixture", pack({"mixture": wav, "model_input": wav}, {"rate": 8000, "first_frame": 0}), "x/y")
    store.chunk_ready(prepare, 0, "mixture")
    store.release()

    gone, put_file = True, storage.put_file
    pauses: list[float] = []

    def put(*args: Any) -> None:
        if gone:
            raise StorageUnavailable("away")
        put_file(*args)

    def pause(seconds: float) -> bool:
        nonlocal gone
        pauses.append(seconds)
        assert resident.spool.size() > 0
        if ends == "here" and len(pauses) == 3:
            gone = False
        elif ends == "leaves" and len(pauses) == 1:
            resident.leave()
        elif ends == "canceled" and len(pauses) == 1:
            store.request_cancel(job.id)
            resident.heartbeats._beat()
        return False

    monkeypatch.setattr(storage, "put_bytes", put)
    monkeypatch.setattr(storage, "put_file", put)
    monkeypatch.setattr(resident.leaving, "wait", pause)
    work = Work(kind=Kind.separate, job_id=job.id)
    resident.perform(work, run)
    if ends == "leaves":  # another process on this machine takes the chunk, when S3 is back
        assert store.client.hget(f"vl:job:{job.id}:attempts", work.member) == "0"
        assert store.stem_key(job.id, 0) is None
        gone = False
        resident.leaving.clear()
        store.release()
        resident.perform(work, run)
    key = store.stem_key(job.id, 0)
    if ends == "canceled":
        assert key is None
    else:
        assert key is not None
        arrays, _ = unpack(storage.get_bytes(key))
        np.testing.assert_array_equal(arrays["vocals"], wav)
        assert store.get(job.id).timings.inference_s == 1.5
    assert engine.asked == 1
    assert resident.spool.size() == 0
    resident.close()
    celery.close()
